import type { ThemeName } from '../script/themes/theme.ts';

/** One change of a source. `find` must match exactly once. */
export interface Patch {
  /** Below `packages`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** The library with one rule broken, as a real defect once broke it. */
export interface Mutant {
  readonly name: string;
  /** What is broken. */
  readonly broken: string;
  readonly patches: readonly Patch[];
  /** The theme that finds it soonest: its seeds are searched first. */
  readonly theme?: ThemeName | undefined;
}
