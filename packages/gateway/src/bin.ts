import { installMessage, missingPackages } from './program/missing-packages.ts';

const MISSING = 3;

const missing = await missingPackages([
  () => import('reflect-metadata'),
  () => import('tsyringe'),
  () => import('@stateful-route/driver'),
  () => import('ioredis'),
  () => import('@stateful-route/adapter-redis'),
]);
if (missing.length > 0) {
  process.stderr.write(installMessage(missing));
  process.exitCode = MISSING;
} else {
  process.exitCode = await run();
}

async function run(): Promise<number> {
  const { runProgram } = await import('./program/program.ts');
  const ending = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // The second one ends the process at once.
    process.once(signal, () => {
      ending.abort();
    });
  }
  return runProgram({
    args: process.argv.slice(2),
    env: process.env,
    output: {
      out: (text) => void process.stdout.write(text),
      err: (text) => void process.stderr.write(text),
    },
    adapter: await import('@stateful-route/adapter-redis'),
    signal: ending.signal,
  });
}
