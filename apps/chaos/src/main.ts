import { exitStatusOf, FAILED, output } from '@stateful-route/lab/command-line';
import { parseOptions } from './cli/options.ts';
import { isShown } from './report/result.ts';
import { runChaos } from './run-chaos.ts';
import { scenarios } from './scenarios/all.ts';

/** The length of the scenarios with random faults: two minutes with the default of 100 trials, and at least 15 s. */
const SOAK_MS_PER_TRIAL = 1_200;
const SOAK_MS_MIN = 15_000;
const SOAK_MS_MAX = 120_000;

const { out, err } = output;

/** The program. Resolves with its exit status. */
async function main(args: readonly string[]): Promise<number> {
  const names = scenarios.map(({ name }) => name);
  const { only, trials, seed, json } = parseOptions(args, names, output);
  const start = performance.now();
  err(`seed ${seed}, ${trials} trials; the same again: --seed ${seed} --trials ${trials}\n`);
  const result = await runChaos({
    scenarios: scenarios.filter(({ name }) => only.length === 0 || only.includes(name)),
    trials,
    seed,
    soakMs: Math.min(SOAK_MS_MAX, Math.max(SOAK_MS_MIN, trials * SOAK_MS_PER_TRIAL)),
    print: (line) => out(`${line}\n`),
    warn: (line) => err(`${line}\n`),
  });
  const minutes = ((performance.now() - start) / 60_000).toFixed(1);
  out(`rows: ${result.faults.length}, violations: ${result.violations}, seed ${seed}, ${minutes} minutes\n`);
  if (json) out(`${JSON.stringify(result)}\n`);
  return isShown(result) ? 0 : FAILED;
}

// Servers and pods end with this process.
process.exit(await exitStatusOf(main));
