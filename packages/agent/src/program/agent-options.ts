import { type ConfigFault, isRouteError, type LogLevel } from '@stateful-route/core';
import { faultsOf, invalidConfig } from '@stateful-route/core/adapter';
import {
  type Environment,
  fromEnv,
  type PodFromEnv,
  resolveConfig,
  type RouteConfigInput,
} from '@stateful-route/driver';
import { Command, InvalidArgumentError, Option } from 'commander';
import { LOOPBACK } from '../api/access.ts';

/** Where a program writes. */
export interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** The options of the program. */
export interface AgentProgramOptions {
  readonly redis: string;
  readonly pod: PodFromEnv;
  readonly address: string | undefined;
  readonly config: RouteConfigInput;
  /** `undefined`: a new one, in a directory of its own. */
  readonly socket: string | undefined;
  readonly listen: { readonly host: string; readonly port: number } | undefined;
  readonly tokenFile: string | undefined;
  readonly health: string | undefined;
  readonly healthEveryMs: number;
  /** What is left of a child after SIGTERM gets SIGKILL after this time. */
  readonly graceMs: number;
  readonly logLevel: LogLevel;
  /** The child; `undefined`: the agent starts none. */
  readonly command: readonly string[] | undefined;
}

/** What commander reads. */
interface Read {
  readonly redis?: string;
  readonly namespace?: string;
  readonly service?: string;
  readonly ordinal?: number;
  readonly address?: string;
  readonly socket?: string;
  readonly listen?: { readonly host: string; readonly port: number };
  readonly tokenFile?: string;
  readonly health?: string;
  readonly healthEveryMs: number;
  readonly maxUsers?: number;
  readonly config?: RouteConfigInput;
  readonly graceMs: number;
  readonly logLevel: LogLevel;
  readonly exec?: boolean;
}

const LEVELS: readonly LogLevel[] = ['DEBUG', 'INFO', 'WARN', 'ERROR'];

/**
 * Reads the command line and the environment.
 *
 * @throws commander's `CommanderError`, after it wrote the help or what is wrong; `INVALID_CONFIG` with every other fault.
 */
export function readAgentOptions(
  args: readonly string[],
  env: Environment,
  output: Output,
): AgentProgramOptions {
  const command = agentCommand(env)
    .configureOutput({ writeOut: output.out, writeErr: output.err })
    .exitOverride()
    .parse([...args], { from: 'user' });
  const read = command.opts<Read>();
  const faults: ConfigFault[] = [];
  const need = (isFault: boolean, name: string, problem: string): void => {
    if (isFault) faults.push({ name, problem });
  };
  need(read.redis === undefined, '--redis', 'must be given, or REDIS_URL: redis://host:port');
  need(
    read.exec === true && command.args.length === 0,
    '--exec',
    'needs a command: --exec -- python3 app.py',
  );
  need(read.exec !== true && command.args.length > 0, '--exec', 'must stand before the command');
  need(
    read.exec !== true && read.socket === undefined && read.listen === undefined,
    '--socket',
    'must be given without --exec, or --listen: the application must find the agent',
  );
  need(read.socket !== undefined && read.listen !== undefined, '--socket', 'excludes --listen');
  need(
    read.listen !== undefined && read.tokenFile === undefined,
    '--token-file',
    'must be given with --listen: every process of the machine reaches a port',
  );
  const { maxUsers, config: given, service, namespace, ordinal } = read;
  const config: RouteConfigInput = { ...given, ...(maxUsers === undefined ? {} : { maxUsers }) };
  faults.push(...(faultsOf(() => resolveConfig(config)) ?? []));
  let pod: PodFromEnv | undefined;
  faults.push(
    ...(faultsOf(() => {
      pod = identity({ service, namespace, ordinal }, env);
    }) ?? []),
  );
  if (faults.length > 0) throw invalidConfig(faults);
  const { redis, address, socket, listen, tokenFile, health, healthEveryMs, graceMs, logLevel } = read;
  return {
    redis: redis!,
    pod: pod!,
    address,
    config,
    socket,
    listen,
    tokenFile,
    health,
    healthEveryMs,
    graceMs,
    logLevel,
    command: read.exec === true ? command.args : undefined,
  };
}

function agentCommand(env: Environment): Command {
  // commander reads process.env itself: the environment is handed in instead.
  const option = (flags: string, what: string, ...variables: readonly string[]): Option => {
    const made = new Option(flags, variables.length > 0 ? `${what} (${variables.join(', ')})` : what);
    const variable = variables.find((name) => env[name] !== undefined && env[name] !== '');
    if (variable === undefined) return made;
    return made.default(env[variable], variable);
  };
  return new Command('stateful-route-agent')
    .description('Claims users for a pod of any language, over a local HTTP socket.')
    .argument('[command...]', 'with --exec: the program and its arguments')
    .addOption(option('--redis <url>', 'the store', 'STATEFUL_ROUTE_REDIS', 'REDIS_URL'))
    .addOption(
      option(
        '--namespace <name>',
        'default: POD_NAMESPACE, else the service account',
        'STATEFUL_ROUTE_NAMESPACE',
      ),
    )
    .addOption(option('--service <name>', 'default: POD_NAME without its ordinal', 'STATEFUL_ROUTE_SERVICE'))
    .option('--ordinal <n>', 'default: POD_INDEX, POD_NAME or HOSTNAME', wholeNumber(0, 2 ** 31 - 1))
    .addOption(option('--address <host:port>', 'what callers connect to', 'STATEFUL_ROUTE_ADDRESS'))
    .option('--exec', 'start the command after -- as a child, and prove its death')
    .addOption(
      option('--socket <path>', 'the unix socket; default with --exec: a new one', 'STATEFUL_ROUTE_SOCKET'),
    )
    .option('--listen <host:port>', 'a loopback TCP port instead of the socket; needs --token-file', loopback)
    .addOption(
      option(
        '--token-file <path>',
        'a file with the token that requests must send',
        'STATEFUL_ROUTE_TOKEN_FILE',
      ),
    )
    .addOption(
      option(
        '--health <url>',
        "the application's own health, asked by GET",
        'STATEFUL_ROUTE_HEALTH',
      ).argParser(httpUrl),
    )
    .option('--health-every-ms <ms>', 'how often it is asked', wholeNumber(10, 600_000), 1_000)
    .option('--max-users <n>', 'how many users the pod accepts', wholeNumber(1, 1_000_000_000))
    .option('--config <json>', "more of the route's configuration: '{\"leaseSeconds\":15}'", json)
    .option('--grace-ms <ms>', 'from SIGTERM of the child to SIGKILL', wholeNumber(0, 600_000), 5_000)
    .addOption(
      new Option('--log-level <level>', 'the lowest level that is logged').choices(LEVELS).default('INFO'),
    );
}

function identity(
  { service, namespace, ordinal }: Pick<Read, 'service' | 'namespace' | 'ordinal'>,
  env: Environment,
): PodFromEnv {
  const own: Record<string, string | undefined> = { ...env };
  if (namespace !== undefined) own['POD_NAMESPACE'] = namespace;
  if (ordinal !== undefined) {
    own['POD_INDEX'] = String(ordinal);
    // An ordinal that is given beats those of the names.
    if (service !== undefined) delete own['POD_NAME'];
  }
  return fromEnv(own, { serviceName: service });
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

function loopback(text: string): { host: string; port: number } {
  const { host, port } = /^(?<host>.+):(?<port>\d{1,5})$/.exec(text)?.groups ?? {};
  if (host !== undefined && LOOPBACK.test(host) && Number(port) <= 65_535)
    return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
  throw new InvalidArgumentError('It must be a port of this machine alone, as in 127.0.0.1:9465.');
}

function httpUrl(text: string): string {
  if (/^https?:\/\/./i.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError('It must be an http:// or https:// address.');
}

function json(text: string): RouteConfigInput {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // As below.
  }
  throw new InvalidArgumentError('It must be a JSON object.');
}

/** The lines that tell a user what is wrong; `undefined` for an error that is none of the user's. */
export function problemsOf(error: unknown): readonly string[] | undefined {
  if (!isRouteError(error, 'INVALID_CONFIG')) return undefined;
  return error.faults.map(({ name, problem }) => `error: ${name} ${problem}`);
}
