import type { ConfigFault, LogLevel } from '@stateful-route/core';
import {
  faultsOf,
  type HostPort,
  invalidConfig,
  parseHostPort,
  unknownName,
} from '@stateful-route/core/adapter';
import * as v from 'valibot';
import { isLoopback } from './loopback.ts';
import { type ServiceConfig, readServices } from './service-config.ts';
import type { StoreAdapter, StoreSettings } from './store.ts';

const TIMER_MS_MAX = 2_147_483_647;
const LOG_LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const satisfies readonly LogLevel[];

const text = v.pipe(v.string('must be a text'), v.nonEmpty('must not be empty'));
const flag = v.boolean('must be true or false');
const wait = v.pipe(
  v.number('must be a number of ms'),
  v.minValue(0, 'must not be below 0'),
  v.maxValue(TIMER_MS_MAX, `must not be above ${TIMER_MS_MAX}`),
);
const address = v.pipe(
  text,
  v.check((given) => parseHostPort(given) !== undefined, 'must be HOST:PORT, such as 127.0.0.1:8080'),
  v.transform((given): HostPort => parseHostPort(given)!),
);
const anything = v.record(v.string(), v.unknown(), 'must be an object');

const adminSchema = v.strictObject(
  { listen: v.optional(address, '127.0.0.1:9464'), tokenFile: v.optional(text) },
  'must be false, or an object with listen and tokenFile',
);

const schema = v.strictObject(
  {
    namespace: text,
    redis: anything,
    services: v.pipe(
      v.array(anything, 'must be a list of services'),
      v.nonEmpty('must name at least one service'),
    ),
    listen: v.optional(address, '0.0.0.0:8080'),
    admin: v.optional(adminSchema, {}),
    authRequest: v.optional(flag, false),
    route: v.optional(anything, {}),
    graceMs: v.optional(wait, 5000),
    closeSpreadMs: v.optional(wait, 5000),
    endTimeoutMs: v.optional(wait, 30_000),
    logLevel: v.optional(v.picklist(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`), 'INFO'),
  },
  'must be an object',
);

/** The listener for look-ups, metrics and probes. */
interface AdminConfig {
  readonly listen: HostPort;
  /** A file with the token that is asked for. */
  readonly tokenFile?: string | undefined;
}

/** What the program runs with. */
export interface ProgramConfig {
  readonly namespace: string;
  readonly redis: StoreSettings;
  readonly services: readonly ServiceConfig[];
  readonly listen: HostPort;
  readonly admin: AdminConfig | false;
  /** Whether the admin listener answers a proxy's question where to send a request. */
  readonly authRequest: boolean;
  /** The configuration of the route, checked by the route. */
  readonly route: Readonly<Record<string, unknown>>;
  /** How long after SIGTERM requests are still taken, until everybody knows that this process ends. */
  readonly graceMs: number;
  readonly closeSpreadMs: number;
  /** How long after the grace the requests under way may take. */
  readonly endTimeoutMs: number;
  readonly logLevel: LogLevel;
}

/**
 * Reads the configuration, that of the file and of the command line together.
 *
 * @throws `INVALID_CONFIG` with every fault; each has its path, such as `services.0.uid.header`.
 */
export function readConfig(
  given: Readonly<Record<string, unknown>>,
  { readRedisSettings }: Pick<StoreAdapter, 'readRedisSettings'>,
): ProgramConfig {
  const { admin, ...rest } = given;
  const parsed = v.safeParse(schema, admin === false ? rest : given);
  const faults = (parsed.issues ?? []).map(faultOf);
  if (typeof given['redis'] === 'object' && given['redis'] !== null) {
    const redis = faultsOf(() => void readRedisSettings(given['redis'])) ?? [];
    faults.push(
      ...redis.map(({ name, problem }) => ({ name: name === '' ? 'redis' : `redis.${name}`, problem })),
    );
  }
  const services: ServiceConfig[] = [];
  if (Array.isArray(given['services'])) {
    const fault = faultsOf(() => services.push(...readServices(given['services'] as unknown[])));
    faults.push(...(fault ?? []));
  }
  if (parsed.success) faults.push(...togetherFaults(parsed.output, admin !== false));
  if (!parsed.success || faults.length > 0) throw invalidConfig(faults);
  return { ...parsed.output, services, admin: admin === false ? false : parsed.output.admin };
}

type Issue = v.InferIssue<typeof schema>;

/** What must be given, and can be given without a file. */
const GIVEN_BY: Readonly<Record<string, string>> = {
  namespace: 'must be given: --namespace NAME',
  redis: 'must be given: --redis URL, or REDIS_URL',
  services: 'must be given: --service NAME --uid SOURCE',
};

function faultOf(issue: Issue): ConfigFault {
  const path = issue.path ?? [];
  const name = path.map(({ key }) => String(key)).join('.');
  if (issue.type !== 'strict_object' || issue.expected === 'Object') return { name, problem: issue.message };
  if (issue.expected !== 'never') return { name, problem: GIVEN_BY[name] ?? 'must be given' };
  const last = String(path.at(-1)!.key);
  const { problem } = unknownName(last, namesAt(path.slice(0, -1).map(({ key }) => key)));
  return { name, problem };
}

/** The names that the object at a path may have. */
function namesAt(path: readonly unknown[]): readonly string[] {
  const nested: Readonly<Record<string, object>> = { admin: adminSchema.entries };
  return Object.keys((path.length === 0 ? schema.entries : nested[String(path[0])]) ?? {});
}

function togetherFaults(config: v.InferOutput<typeof schema>, hasAdmin: boolean): ConfigFault[] {
  const { admin, authRequest } = config;
  const faults: ConfigFault[] = [];
  const add = (name: string, problem: string): void => void faults.push({ name, problem });
  if (hasAdmin && !isLoopback(admin.listen.host) && admin.tokenFile === undefined) {
    add('admin.tokenFile', 'must be given, as other machines can reach admin.listen');
  }
  if (authRequest && !hasAdmin) add('authRequest', 'needs the admin listener, which is off');
  return faults;
}
