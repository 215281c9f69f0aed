import { readFileSync } from 'node:fs';
import { invalidConfig } from '@stateful-route/core/adapter';
import { Command, InvalidArgumentError, Option } from 'commander';
import { parse, YAMLParseError } from 'yaml';
import { type ProgramConfig, readConfig } from './program-config.ts';
import type { StoreAdapter } from './store.ts';

/** The environment of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the program writes its help. Its log is on standard error. */
export interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

interface Given {
  readonly config?: string;
  readonly namespace?: string;
  readonly service?: string;
  readonly uid?: object;
  readonly redis?: string;
  readonly listen?: string;
  readonly admin?: string | false;
  readonly adminTokenFile?: string;
  readonly authRequest?: boolean;
  readonly logLevel?: string;
}

/** What is to be run. */
export interface CommandLine {
  readonly config: ProgramConfig;
  /** Whether to end after the configuration was read. */
  readonly checkOnly: boolean;
}

const EXIT_STATUS = `
Exit status:
  0  ended after SIGTERM or SIGINT, and every request was answered
  1  could not start, or requests were cut off when the time to end was over
  2  the options or the configuration cannot be used
  3  a package is missing

A service of its own needs --namespace, --service, --uid and --redis. Everything else, several services, Sentinels, a Cluster
and JWTs are in the file. What the command line says replaces what the file says.`;

/**
 * Reads the command line, the environment and the file that they name.
 *
 * @throws commander's `CommanderError`, after the help or its own error was written; `INVALID_CONFIG`.
 */
export function readCommandLine(
  args: readonly string[],
  env: Environment,
  output: Output,
  adapter: Pick<StoreAdapter, 'readRedisSettings'>,
): CommandLine {
  const command = new Command('stateful-route-gateway')
    .description('Forwards HTTP requests and WebSockets to the pod that has the user')
    .option('-c, --config <file>', 'a YAML file')
    .option('--check', 'check the configuration, and end', false)
    .option('-n, --namespace <name>', "the services' namespace")
    .option('-s, --service <name>', 'a service, which gets all requests')
    .option(
      '-u, --uid <source>',
      'where its uid is: header:NAME, cookie:NAME, query:NAME or path:N',
      uidSource,
    )
    .option('--redis <url>', 'the Redis; default: REDIS_URL of the environment')
    .option('-l, --listen <address>', 'HOST:PORT for requests; default 0.0.0.0:8080')
    .option('--admin <address>', 'HOST:PORT for look-ups, metrics and probes; default 127.0.0.1:9464')
    .option('--no-admin', 'no such listener')
    .option('--admin-token-file <file>', 'a file with the token that the admin listener asks for')
    .option('--auth-request', "answer nginx's auth_request on the admin listener")
    .addOption(new Option('--log-level <level>', 'default INFO').choices(['DEBUG', 'INFO', 'WARN', 'ERROR']))
    .addHelpText('after', EXIT_STATUS)
    .allowExcessArguments(false)
    .configureOutput({ writeOut: output.out, writeErr: output.err })
    .exitOverride()
    .parse([...args], { from: 'user' });
  // `--no-admin` makes true the default of `admin`.
  const isAdminGiven = command.getOptionValueSource('admin') !== 'default';
  const { check, ...given } = command.opts<Given & { readonly check: boolean }>();
  const file = given.config === undefined ? {} : readYaml(given.config);
  const admin = isAdminGiven ? given.admin : undefined;
  return { config: readConfig(merged(file, { ...given, admin }, env), adapter), checkOnly: check };
}

function uidSource(text: string): object {
  const [, kind, name] = /^(header|cookie|query|path):(.+)$/s.exec(text) ?? [];
  if (kind === undefined) {
    throw new InvalidArgumentError('It must be header:NAME, cookie:NAME, query:NAME or path:N.');
  }
  return { [kind]: kind === 'path' ? Number(name) : name };
}

function readYaml(path: string): Readonly<Record<string, unknown>> {
  const fault = (problem: string): Error => invalidConfig([{ name: path, problem }]);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw fault(`cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    const [start] = error.linePos ?? [];
    const at = start ? ` at line ${start.line}, column ${start.col}` : '';
    throw fault(`is not YAML${at}: ${error.message.split(/ at line |\n/)[0]}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw fault('must have options by their names, such as namespace: game');
  }
  return value as Readonly<Record<string, unknown>>;
}

type Raw = Readonly<Record<string, unknown>>;

/** What the command line says replaces what the file says. */
function merged(file: Raw, given: Given, env: Environment): Raw {
  const { namespace, listen, logLevel, authRequest } = given;
  return {
    ...file,
    ...givenOnly({
      namespace,
      listen,
      logLevel,
      authRequest,
      services: servicesOf(file['services'], given),
      redis: redisOf(file['redis'], given, env),
      admin: adminOf(file['admin'], given),
    }),
  };
}

const givenOnly = (options: Raw): Raw =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

function servicesOf(services: unknown, { service, uid }: Given): unknown {
  if (service === undefined && uid === undefined) return services;
  if (services !== undefined) {
    throw invalidConfig([{ name: '--service', problem: 'cannot be given with a file that has services' }]);
  }
  return [{ name: service, uid }];
}

function redisOf(redis: unknown, { redis: url }: Given, env: Environment): unknown {
  if (url !== undefined) return { ...(redis as object | undefined), url };
  if (redis !== undefined) return redis;
  const fromEnv = env['REDIS_URL'];
  return fromEnv === undefined || fromEnv === '' ? undefined : { url: fromEnv };
}

function adminOf(admin: unknown, { admin: listen, adminTokenFile: tokenFile }: Given): unknown {
  if (listen === false) return false;
  if (listen === undefined && tokenFile === undefined) return admin;
  return { ...(isObject(admin) ? admin : {}), ...givenOnly({ listen, tokenFile }) };
}
