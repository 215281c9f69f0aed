import { expect, it } from 'vitest';
import { isShown } from '../src/report/result.ts';
import { runChaos } from '../src/run-chaos.ts';
import type { Scenario } from '../src/scenario.ts';

/** A few trials of each, quick enough for the tests. `pnpm chaos` runs the whole table. */
export function itShows(scenarios: readonly Scenario[]): void {
  it.each(scenarios.map((each) => [each.name, each] as const))('%s', { timeout: 60_000 }, async (_, each) => {
    const output: string[] = [];
    const note = (line: string): void => void output.push(line);
    const run = { scenarios: [each], trials: 4, seed: 1, soakMs: 5_000, print: note, warn: note };
    const result = await runChaos(run);
    // A failure shows the output.
    expect({ isShown: isShown(result), output }).toEqual({ isShown: true, output });
  });
}
