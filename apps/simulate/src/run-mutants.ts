import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Mutant } from './mutants/mutant.ts';
import { withPatchedCopy } from './mutants/patched-copy.ts';
import type { findFirst } from './run-seeds.ts';

/** How a mutant was found; `seed` is `undefined` where it was not. */
export interface MutantResult {
  readonly name: string;
  readonly broken: string;
  readonly seed?: number | undefined;
  readonly check?: string | undefined;
  /** How many events the shrunk script has. */
  readonly events?: number | undefined;
}

/** What a copy of this app offers. */
interface PatchedApp {
  readonly findFirst: typeof findFirst;
}

/** Runs worlds with each mutant in place of the library until one breaks a promise. */
export async function runMutants(
  mutants: readonly Mutant[],
  { seed, seeds, minutes }: { readonly seed: number; readonly seeds: number; readonly minutes: number },
  tell: (result: MutantResult) => void,
): Promise<{ readonly mutants: number; readonly found: number }> {
  let found = 0;
  for (const mutant of mutants) {
    const { name, broken } = mutant;
    const finding = await withPatchedCopy(mutant, async (app) => {
      const url = pathToFileURL(join(app, 'src/run-seeds.ts')).href;
      const patched = (await import(url)) as PatchedApp;
      return patched.findFirst(seed, seeds, minutes);
    });
    if (finding) found += 1;
    tell({ name, broken, seed: finding?.seed, check: finding?.check, events: finding?.script.events.length });
  }
  return { mutants: mutants.length, found };
}
