import { readFileSync } from 'node:fs';
import { invalidConfig } from '@stateful-route/core/adapter';
import { parse, YAMLParseError } from 'yaml';

/** The environment of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the command line says of the store. */
export interface GivenStore {
  readonly config?: string | undefined;
  readonly namespace?: string | undefined;
  readonly redis?: string | undefined;
  /** Settings by the names of `openRedisStore`, which checks them. */
  readonly [setting: string]: unknown;
}

/** The settings of which one says where a store is. */
const PLACES: readonly string[] = ['url', 'cluster', 'sentinels'];

/** Where the commands work. */
export interface Place {
  readonly namespace: string;
  /** Settings of the store, not checked: those that `openRedisStore` takes. */
  readonly settings: object;
}

/**
 * Joins the command line, a file and the environment, of which the first that says something counts. The file is that of the
 * gateway: `namespace` and `redis` of it are read.
 *
 * @throws `INVALID_CONFIG`
 */
export function readPlace(given: GivenStore, env: Environment): Place {
  const { config, namespace: named, redis: url, ...rest } = given;
  const file = config === undefined ? {} : readYaml(config);
  const namespace =
    named ?? textOf(file['namespace']) ?? fromEnv(env, 'STATEFUL_ROUTE_NAMESPACE', 'POD_NAMESPACE');
  const said: object = onlyGiven({ ...rest, url });
  const isGiven = PLACES.some((name) => name in said);
  const inFile = Object.entries(Object(file['redis']) as object).filter(
    ([name]) => !isGiven || !(PLACES.includes(name) || name === 'sentinelName'),
  );
  const settings: object = { ...Object.fromEntries(inFile), ...said };
  if (namespace === undefined) {
    throw invalidConfig([{ name: '--namespace', problem: 'must be given, or STATEFUL_ROUTE_NAMESPACE' }]);
  }
  const isSomewhere = PLACES.some((name) => name in settings);
  const fallback = isSomewhere ? undefined : fromEnv(env, 'STATEFUL_ROUTE_REDIS', 'REDIS_URL');
  return { namespace, settings: { ...settings, ...onlyGiven({ url: fallback }) } };
}

function fromEnv(env: Environment, ...names: readonly string[]): string | undefined {
  return names.map((name) => env[name]).find((value) => value !== undefined && value !== '');
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const onlyGiven = (options: object): object =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

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
    throw fault(`is not YAML: ${error.message.split('\n')[0]}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw fault('must have namespace and redis, as the file of the gateway');
  }
  return value as Readonly<Record<string, unknown>>;
}
