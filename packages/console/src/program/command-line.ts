import { readFileSync } from 'node:fs';
import type { ConfigFault } from '@stateful-route/core';
import { invalidConfig } from '@stateful-route/core/adapter';
import { Command, InvalidArgumentError, Option } from 'commander';
import { isLoopback, LOOPBACK_NAMES } from './loopback.ts';

/** The environment of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the program writes. */
export interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** What is to be run. */
export interface CommandLine {
  readonly namespace: string;
  readonly services: readonly string[] | undefined;
  /** Settings of the store, not checked. */
  readonly store: object;
  readonly host: string;
  readonly port: number;
  /** `undefined`: whoever reaches the port may look. */
  readonly token: string | undefined;
  readonly allowHosts: readonly string[];
  /** Who acts, for the journal. */
  readonly by: string;
  readonly readOnly: boolean;
}

interface Given {
  readonly namespace?: string;
  readonly service?: readonly string[];
  readonly redis?: string;
  readonly host: string;
  readonly port: number;
  readonly tokenFile?: string;
  readonly allowHosts?: readonly string[];
  readonly as?: string;
  readonly enableActions: boolean;
}

const TOKEN = 'STATEFUL_ROUTE_CONSOLE_TOKEN';
const TOKEN_LENGTH_MIN = 16;
const PORT = 8_080;
const PORT_MAX = 65_535;

const HELP = `
The console binds to this machine alone, and only looks. Elsewhere it needs a token, which the page asks for, and the hosts by
which browsers call it:

  stateful-route-console -n game --redis redis://redis:6379 --host 0.0.0.0 \\
    --token-file /run/secrets/console --allow-hosts console.example.org --enable-actions --as carol

Exit status:
  0  ended after SIGTERM or SIGINT
  1  could not start
  2  the options cannot be used
  3  a package is missing`;

/**
 * Reads the command line and the environment.
 *
 * @throws commander's `CommanderError`, after the help or its own error was written; `INVALID_CONFIG` with every other fault.
 */
export function readCommandLine(
  args: readonly string[],
  env: Environment,
  output: Output,
  user: string,
): CommandLine {
  const command = new Command('stateful-route-console')
    .description('A page to look at the services of stateful-route, and to steer them')
    .option(
      '-n, --namespace <name>',
      "the services' namespace; default: STATEFUL_ROUTE_NAMESPACE, POD_NAMESPACE",
    )
    .option('-s, --service <names>', 'the services to show; default: all of the namespace', list)
    .option('--redis <url>', 'the Redis; default: STATEFUL_ROUTE_REDIS, REDIS_URL')
    .option('--cluster <nodes>', 'nodes of a Cluster: HOST:PORT,HOST:PORT', list)
    .option('--sentinels <nodes>', 'Sentinels: HOST:PORT,HOST:PORT', list)
    .option('--sentinel-name <name>', 'the name by which the Sentinels know the master')
    .option('--username <name>', 'the user at the Redis')
    .option('--password-file <file>', 'a file with the password')
    .option('--sentinel-password-file <file>', "a file with the Sentinels' password")
    .option('--tls', 'use TLS')
    .option('--ca-file <file>', 'a file with the certificate of your own authority')
    .option('--host <host>', 'the address to bind to', '127.0.0.1')
    .option('-p, --port <number>', 'the port; 0 takes a free one', port, PORT)
    .option('--token-file <file>', `a file with the token that readers send; default: ${TOKEN}`)
    .option('--allow-hosts <hosts>', 'the hosts by which browsers call the console: NAME,NAME:PORT', list)
    .option('--as <name>', 'who acts, for the journal; default: the user of the system')
    .addOption(
      new Option('--enable-actions', 'accept actions; otherwise the console only looks').default(false),
    )
    .addHelpText('after', HELP)
    .allowExcessArguments(false)
    .configureOutput({ writeOut: output.out, writeErr: output.err })
    .exitOverride()
    .parse([...args], { from: 'user' });
  const { namespace, service, redis, host, port: number, ...rest } = command.opts<Given>();
  const { tokenFile, allowHosts, as: by = user, enableActions, ...store } = rest;
  const place = namespace ?? fromEnv(env, 'STATEFUL_ROUTE_NAMESPACE', 'POD_NAMESPACE');
  const token = tokenFile === undefined ? fromEnv(env, TOKEN) : readSecret(tokenFile);
  const faults: ConfigFault[] = [];
  const need = (isMet: boolean, name: string, problem: string): void => {
    if (!isMet) faults.push({ name, problem });
  };
  need(place !== undefined, '--namespace', 'must be given, or STATEFUL_ROUTE_NAMESPACE');
  need(
    token === undefined || token.length >= TOKEN_LENGTH_MIN,
    '--token-file',
    `must have a token of at least ${TOKEN_LENGTH_MIN} characters`,
  );
  if (!isLoopback(host)) {
    need(token !== undefined, '--token-file', `must be given, or ${TOKEN}: others reach ${host}`);
    need(allowHosts !== undefined, '--allow-hosts', `must be given: browsers do not call ${host}`);
  }
  if (faults.length > 0) throw invalidConfig(faults);
  const isSomewhere = redis !== undefined || 'cluster' in store || 'sentinels' in store;
  const url = isSomewhere ? redis : fromEnv(env, 'STATEFUL_ROUTE_REDIS', 'REDIS_URL');
  return {
    namespace: place!,
    services: service,
    store: { ...store, ...(url !== undefined && { url }) },
    host,
    port: number,
    token,
    allowHosts: allowHosts ?? LOOPBACK_NAMES,
    by,
    readOnly: !enableActions,
  };
}

function fromEnv(env: Environment, ...names: readonly string[]): string | undefined {
  return names.map((name) => env[name]).find((value) => value !== undefined && value !== '');
}

function readSecret(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw invalidConfig([{ name: '--token-file', problem: `cannot be read (${code})` }]);
  }
}

/** Names by commas, or the option several times. */
function list(text: string, before: readonly string[] = []): string[] {
  return [...before, ...text.split(',').map((each) => each.trim())];
}

function port(text: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= PORT_MAX) return value;
  throw new InvalidArgumentError('It must be a port: a whole number up to 65535.');
}
