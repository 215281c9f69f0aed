import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { openRedisStore, readRedisSettings } from '@stateful-route/adapter-redis';
import { CommandEnd, EXIT } from './run/exit-status.ts';
import { runRoutectl } from './program/run-routectl.ts';

const { stdin, stdout, stderr, env } = process;
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // The second one ends the process at once.
  process.once(signal, () => ending.abort(new CommandEnd(EXIT.interrupted, `Ended by ${signal}.`)));
}
// The reader has gone, as `| head` does: there is nobody to tell.
stdout.on('error', () => ending.abort(new CommandEnd(EXIT.outputClosed, 'The output is closed.')));
stderr.on('error', () => {});

const status = await runRoutectl(process.argv.slice(2), {
  env,
  streams: { out: stdout, err: stderr, ask: stdin.isTTY && stderr.isTTY ? ask : undefined },
  user: userName(),
  openStore: (settings, options) =>
    openRedisStore(readRedisSettings(settings), { ...options, connectionName: 'routectl' }),
  signal: ending.signal,
});
const isRead = await new Promise<boolean>((resolve) => {
  stdout.write('', (error) => resolve(!error));
});
// Connections that are being closed do not keep a command alive that has ended.
process.exit(isRead ? status : EXIT.outputClosed);

/** The user of the system. A container may have none for its number. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return env['USER'] ?? `uid-${process.getuid?.()}`;
  }
}

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: stdin, output: stderr });
  try {
    return await terminal.question(question, { signal: ending.signal });
  } finally {
    terminal.close();
  }
}
