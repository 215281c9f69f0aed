import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Mutant } from './mutants/mutant.ts';
import { withPatchedCopy } from './mutants/patched-copy.ts';
import type { findFirst } from './run-seeds.ts';
import { themeOf } from './script/themes/all-themes.ts';

/** How a mutant was found. `seed` is `undefined` if it was not. */
export interface MutantResult {
  readonly name: string;
  readonly broken: string;
  readonly seed?: number | undefined;
  readonly check?: string | undefined;
  /** How many events the shrunk script has. */
  readonly events?: number | undefined;
}

/** The module of a copy of this app. */
interface PatchedApp {
  readonly findFirst: typeof findFirst;
}

/** The seeds to search, those of the mutant's theme first. */
function seedsOf({ theme }: Mutant, first: number, count: number): readonly number[] {
  const seeds = Array.from({ length: count }, (_, index) => first + index);
  if (theme === undefined) return seeds;
  const themed = seeds.filter((seed) => themeOf(seed)?.name === theme);
  return [...themed, ...seeds.filter((seed) => !themed.includes(seed))];
}

/** For each mutant, runs worlds on the patched library until one breaks a promise. */
export async function runMutants(
  mutants: readonly Mutant[],
  { seed, seeds, minutes }: { readonly seed: number; readonly seeds: number; readonly minutes: number },
  report: (result: MutantResult) => void,
): Promise<{ readonly mutants: number; readonly found: number }> {
  let found = 0;
  Error.stackTraceLimit = 0;
  for (const mutant of mutants) {
    const { name, broken } = mutant;
    const finding = await withPatchedCopy(mutant, async (app) => {
      const url = pathToFileURL(join(app, 'src/run-seeds.ts')).href;
      const patched = (await import(url)) as PatchedApp;
      for (const each of seedsOf(mutant, seed, seeds)) {
        const first = await patched.findFirst(each, 1, minutes);
        if (first) return first;
      }
      return undefined;
    });
    if (finding) found += 1;
    report({
      name,
      broken,
      seed: finding?.seed,
      check: finding?.check,
      events: finding?.script.events.length,
    });
  }
  return { mutants: mutants.length, found };
}
