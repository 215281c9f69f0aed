import { userInfo } from 'node:os';
import type { Logger } from '@stateful-route/core';

const MISSING = 3;
const { argv, env, stdout, stderr } = process;

process.exitCode = await run();

async function run(): Promise<number> {
  let adapter: typeof import('@stateful-route/adapter-redis');
  try {
    await import('ioredis');
    adapter = await import('@stateful-route/adapter-redis');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    stderr.write('error: Packages are missing. Run: npm install @stateful-route/adapter-redis ioredis\n');
    return MISSING;
  }
  const { openRedisStore, readRedisSettings } = adapter;
  const { runConsole } = await import('./program/run-console.ts');
  const ending = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // The second one ends the process at once.
    process.once(signal, () => ending.abort());
  }
  return runConsole({
    args: argv.slice(2),
    env,
    output: { out: (text) => void stdout.write(text), err: (text) => void stderr.write(text) },
    user: userName(),
    openStore: (settings: object, logger: Logger) =>
      openRedisStore(readRedisSettings(settings), { connectionName: 'stateful-route-console', logger }),
    signal: ending.signal,
  });
}

/** The user of the system. A container may have none for its number. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return env['USER'] ?? `uid-${process.getuid?.()}`;
  }
}
