import { CommanderError } from 'commander';
import { parseOptions } from './cli/options.ts';
import { isShown } from './report/result.ts';
import { runChaos } from './run-chaos.ts';
import { scenarios } from './scenarios/all.ts';

const FAILED = 1;
/** How long everything goes wrong at random: two minutes with the usual hundred trials, and never so short that nothing happens. */
const SOAK_MS_PER_TRIAL = 1_200;
const SOAK_MS_MIN = 15_000;
const SOAK_MS_MAX = 120_000;

const out = (text: string): void => void process.stdout.write(text);
const err = (text: string): void => void process.stderr.write(text);

/** The whole program; resolves with its exit status. */
async function main(args: readonly string[]): Promise<number> {
  const names = scenarios.map(({ name }) => name);
  const { only, trials, seed, json } = parseOptions(args, names, { out, err });
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
  out(`${result.faults.length} rows, ${result.violations} violations, seed ${seed}, ${minutes} minutes\n`);
  if (json) out(`${JSON.stringify(result)}\n`);
  return isShown(result) ? 0 : FAILED;
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode;
  err(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return FAILED;
}

// Servers and pods end with this process, however it ends.
process.exit(await main(process.argv.slice(2)).catch(explain));
