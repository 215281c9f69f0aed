import { CommanderError } from 'commander';
import 'reflect-metadata';
import { parseOptions } from './cli/options.ts';
import { runSeeds } from './run-seeds.ts';

const FAILED = 1;

const out = (text: string): void => void process.stdout.write(text);
const err = (text: string): void => void process.stderr.write(text);

/** The whole program; resolves with its exit status. */
async function main(args: readonly string[]): Promise<number> {
  const { seed, seeds, minutes, json } = parseOptions(args, [], { out, err });
  err(`seeds ${seed} to ${seed + seeds - 1}, ${minutes} minutes each\n`);
  const result = await runSeeds({ seed, seeds, minutes }, (line) => out(`${line}\n`));
  if (json) out(`${JSON.stringify(result)}\n`);
  else
    out(
      `${result.violations} violations in ${result.simulatedMinutes} simulated minutes, ${result.seconds} seconds\n`,
    );
  return result.violations === 0 ? 0 : FAILED;
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode;
  err(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return FAILED;
}

process.exitCode = await main(process.argv.slice(2)).catch(explain);
