import type { ThemeName } from '../script/themes/theme.ts';

/** One change of a source, which must match exactly once. */
export interface Patch {
  /** Below `packages`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** The library with one of its rules broken, as a real defect broke it. */
export interface Mutant {
  readonly name: string;
  /** What is broken, in a few words. */
  readonly broken: string;
  readonly patches: readonly Patch[];
  /** The theme whose worlds show it soonest, and are searched first. */
  readonly theme?: ThemeName | undefined;
}
