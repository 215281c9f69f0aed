import {
  type Clock,
  consoleLogger,
  isRouteError,
  type Logger,
  silentLogger,
  systemClock,
} from '@stateful-route/core';
import { Command, CommanderError, Option } from 'commander';
import type { CommandStore, Context } from '../run/context.ts';
import { CommandEnd, EXIT, EXIT_HELP, statusOf } from '../run/exit-status.ts';
import { printable } from '../output/table.ts';
import { painter, type Streams } from '../run/terminal.ts';
import { addTo } from './arguments.ts';
import { addReadingCommands } from './reading-commands.ts';
import { addSteeringCommands } from './steering-commands.ts';
import { type Environment, type GivenStore, readPlace } from './store-settings.ts';
import { durationMs, nodes } from './values.ts';

/** What a run takes of its process. */
export interface RoutectlParts {
  readonly env: Environment;
  readonly streams: Streams;
  /** Opens the store of these settings, which are not checked yet. */
  readonly openStore: (
    settings: object,
    options: { readonly timeoutMs: number; readonly logger: Logger },
  ) => CommandStore;
  /** Who acts, if `--as` does not say it. */
  readonly user: string;
  /** Fires when the command shall end, as at SIGINT. */
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
}

interface Globals extends GivenStore {
  readonly service?: string;
  readonly output: 'table' | 'json';
  readonly json: boolean;
  readonly as?: string;
  readonly readOnly: boolean;
  readonly callTimeout: number;
  readonly verbose: boolean;
}

const CALL_TIMEOUT_MS = 5_000;
const STORE = 'the store (--redis, --cluster, --sentinels, --config or REDIS_URL)';

/** Runs a command line. Resolves with its exit status, after everything was printed. Never rejects. */
export async function runRoutectl(args: readonly string[], parts: RoutectlParts): Promise<number> {
  const { streams } = parts;
  const program = programOf(parts);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUse;
    // Whoever ended the command knows why.
    if (parts.signal?.aborted === true) return statusOf(parts.signal.reason);
    const { json, output } = program.opts<Partial<Globals>>();
    tell(error, json === true || output === 'json', streams);
    return statusOf(error);
  }
}

function programOf(parts: RoutectlParts): Command {
  const { streams } = parts;
  const program = new Command('routectl')
    .description('Looks at the services of stateful-route, and steers them')
    .option(
      '-n, --namespace <name>',
      "the services' namespace; default: STATEFUL_ROUTE_NAMESPACE, POD_NAMESPACE",
    )
    .option('-s, --service <name>', 'the service; default: the only one of the namespace')
    .option('-c, --config <file>', 'a YAML file with namespace and redis, as that of the gateway')
    .option('--redis <url>', 'the Redis; default: STATEFUL_ROUTE_REDIS, REDIS_URL')
    .addOption(new Option('--cluster <nodes>', 'nodes of a Cluster: HOST:PORT,HOST:PORT').argParser(nodes))
    .addOption(new Option('--sentinels <nodes>', 'Sentinels: HOST:PORT,HOST:PORT').argParser(nodes))
    .option('--sentinel-name <name>', 'the name by which the Sentinels know the master')
    .option('--username <name>', 'the user at the Redis')
    .option('--password-file <file>', 'a file with the password')
    .option('--sentinel-password-file <file>', "a file with the Sentinels' password")
    .option('--tls', 'use TLS')
    .option('--ca-file <file>', 'a file with the certificate of your own authority')
    .addOption(
      new Option('-o, --output <format>', 'how results are printed')
        .choices(['table', 'json'])
        .default('table'),
    )
    .option('--json', 'the same as -o json: one JSON document a line', false)
    .option('--as <name>', 'who acts, for the journal; default: the user of the system')
    .option('--read-only', 'refuse every command that changes something', false)
    .addOption(
      new Option('--call-timeout <time>', 'how long a call of the store may take')
        .argParser(durationMs)
        .default(CALL_TIMEOUT_MS, '5s'),
    )
    .option('--verbose', 'log what the connection meets, on standard error', false)
    .addHelpText('after', EXIT_HELP)
    .configureOutput({
      writeOut: (text) => void streams.out.write(text),
      writeErr: (text) => void streams.err.write(text),
      getOutHelpWidth: () => streams.out.columns ?? 100,
      getErrHelpWidth: () => streams.err.columns ?? 100,
    })
    .allowExcessArguments(false)
    .helpCommand(false)
    .exitOverride();
  program.commandsGroup('Commands that look:');
  addReadingCommands(addTo(program), (_, work) => run(parts, program, work));
  program.commandsGroup('Commands that change something:');
  addSteeringCommands(addTo(program), async (command, work) => {
    const { readOnly } = program.opts<Globals>();
    if (!readOnly || isDryRun(command)) return run(parts, program, work);
    throw new CommandEnd(EXIT.refused, `${command.name()} changes something, which --read-only forbids.`);
  });
  return program;
}

async function run(
  parts: RoutectlParts,
  program: Command,
  work: (context: Context) => Promise<void>,
): Promise<void> {
  const { env, streams, openStore, user, clock = systemClock, signal = new AbortController().signal } = parts;
  const globals = program.opts<Globals>();
  const {
    service,
    output,
    json,
    as: by = user,
    readOnly,
    callTimeout: timeoutMs,
    verbose,
    ...given
  } = globals;
  const { namespace, settings } = readPlace(given, env);
  const store = openStore(settings, { timeoutMs, logger: verbose ? consoleLogger('DEBUG') : silentLogger });
  try {
    await work({
      store,
      namespace,
      serviceName: service,
      by,
      readOnly,
      format: json ? 'json' : output,
      streams,
      paint: painter(streams.out, env),
      clock,
      signal,
    });
  } finally {
    await store.close();
  }
}

/** `reap` changes something only with `--apply`, and others do not with `--dry-run`. */
function isDryRun(command: Command): boolean {
  const { apply, dryRun } = command.opts<{ readonly apply?: boolean; readonly dryRun?: boolean }>();
  return apply === false || dryRun === true;
}

/** Prints an error: what is wrong, a line each; as JSON on the output too, so that scripts need not read words. */
function tell(error: unknown, isJson: boolean, { out, err }: Streams): void {
  const { message, fields = {}, status } = error as Partial<CommandEnd> & Error;
  // The findings are the result, and were printed.
  if (fields['isShown'] === true) return;
  const code = isRouteError(error) ? error.code : undefined;
  if (isJson)
    out.write(
      `${JSON.stringify({ error: { message, code, status: status ?? statusOf(error), ...fields } })}\n`,
    );
  if (isRouteError(error, 'INVALID_CONFIG')) {
    for (const { name, problem } of error.faults)
      err.write(`error: ${name === '' ? STORE : name}: ${problem}\n`);
  } else if (isRouteError(error) || error instanceof CommandEnd) err.write(`error: ${printable(message)}\n`);
  else err.write(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
}
