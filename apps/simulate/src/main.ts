import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { exitStatusOf, FAILED, output } from '@stateful-route/lab/command-line';
import { SOURCE_FLAGS } from '@stateful-route/lab/process';
import { parseOptions, type SimulateOptions } from './cli/options.ts';
import { allMutants } from './mutants/all-mutants.ts';
import { runMutants } from './run-mutants.ts';
import { runSeeds } from './run-seeds.ts';

const { out, err } = output;

/** The program. Resolves with its exit status. */
async function main(args: readonly string[]): Promise<number> {
  const names = allMutants.map(({ name }) => name);
  const options = parseOptions(args, names, output);
  if (!options.mutants) return run(options);
  // A patched copy is not compiled: it needs the loader for TypeScript.
  return import.meta.url.endsWith('.ts') ? findMutants(options) : fromSource(args);
}

async function run({ seed, seeds, minutes, json }: SimulateOptions): Promise<number> {
  err(`seeds ${seed} to ${seed + seeds - 1}, ${minutes} minutes each\n`);
  const result = await runSeeds({ seed, seeds, minutes }, (line) => out(`${line}\n`));
  const { violations, simulatedMinutes, seconds } = result;
  out(
    json
      ? `${JSON.stringify(result)}\n`
      : `${violations} violations in ${simulatedMinutes} simulated minutes, ${seconds} seconds\n`,
  );
  return violations === 0 ? 0 : FAILED;
}

async function findMutants({ seed, seeds, minutes, json, only }: SimulateOptions): Promise<number> {
  const mutants = allMutants.filter(({ name }) => only.length === 0 || only.includes(name));
  const result = await runMutants(mutants, { seed, seeds, minutes }, (found) => {
    const how =
      found.seed === undefined ? 'not found' : `seed ${found.seed}, ${found.check}, ${found.events} events`;
    out(json ? `${JSON.stringify(found)}\n` : `${found.name}: ${how}: ${found.broken}\n`);
  });
  out(json ? `${JSON.stringify(result)}\n` : `${result.found} of ${result.mutants} found\n`);
  return result.found === result.mutants ? 0 : FAILED;
}

async function fromSource(args: readonly string[]): Promise<number> {
  const program = fileURLToPath(new URL('../src/main.ts', import.meta.url));
  const child = spawn(process.execPath, [...SOURCE_FLAGS, program, ...args], { stdio: 'inherit' });
  const [status] = (await once(child, 'exit')) as [number | null];
  return status ?? FAILED;
}

process.exitCode = await exitStatusOf(main);
