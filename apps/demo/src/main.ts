import { CommanderError, FAILED, output } from '@stateful-route/lab/command-line';
import { DemoError } from './cli/demo-error.ts';
import { parseOptions } from './cli/options.ts';
import { serveConsole } from './console/serve-console.ts';
import { startMemoryFleet } from './memory/memory-fleet.ts';
import { startProcessFleet } from './processes/process-fleet.ts';
import { isRight } from './report/result.ts';
import { runDemo } from './run-demo.ts';

const INTERRUPTED = 130;

const { out, err } = output;

/** The program. Resolves with its exit status. */
async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  const options = parseOptions(args, output);
  const { redis, json } = options;
  const warn = (line: string): void => err(`${line}\n`);
  const result = await runDemo(options, {
    print: (line) => out(`${line}\n`),
    warn,
    signal,
    serve: serveConsole,
    startFleet: (fleet) =>
      redis === undefined ? startMemoryFleet(fleet) : startProcessFleet(fleet, { redis, signal, warn }),
  });
  if (json) out(`${JSON.stringify(result)}\n`);
  return isRight(result) ? 0 : FAILED;
}

/** Prints an error in one line, and with DEBUG set the stack of an unexpected one. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode;
  const message = error instanceof Error ? error.message : String(error);
  err(`error: ${message.replaceAll(/\s*\n\s*/g, ' ')}\n`);
  if (!(error instanceof DemoError) && process.env['DEBUG']) console.error(error);
  return interruption.signal.aborted ? INTERRUPTED : FAILED;
}

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // A second signal ends the process at once, and its pods with it.
  process.once(signal, () => {
    interruption.abort(new DemoError(`ended by ${signal}`));
  });
}
// The reader of the output has ended, as `| head` does.
process.stdout.on('error', (error) => {
  interruption.abort(error);
});

process.exitCode = await main(process.argv.slice(2), interruption.signal).catch(explain);
