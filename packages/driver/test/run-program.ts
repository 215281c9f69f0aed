import { spawnSync, type SpawnSyncReturns } from 'node:child_process';

/** Runs a program that imports the packages from their sources, in a process of its own. */
export function runProgram(program: string): SpawnSyncReturns<string> {
  return spawnSync(
    process.execPath,
    [
      '--conditions=@stateful-route/source',
      '--import',
      '@oxc-node/core/register',
      '--input-type=module',
      '-e',
      program,
    ],
    { cwd: new URL('..', import.meta.url), encoding: 'utf8', timeout: 50_000 },
  );
}
