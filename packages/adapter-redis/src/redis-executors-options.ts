import type { ConnectionOptions } from 'node:tls';
import type { Clock, ConfigFault, Logger } from '@stateful-route/core';
import {
  type Check,
  checkDuration,
  invalidParameter,
  optionFaults,
  type OptionRules,
} from '@stateful-route/core/adapter';
import { assertNoFaults } from './client/assert-no-faults.ts';
import type { RedisClient } from './client/redis-client.ts';

interface CommonOptions {
  /** The timeout of a call that names none, in ms. Default: 5000. */
  readonly timeoutMs?: number | undefined;
  /** The clock of deadlines, for tests. Leases follow the store's clock. Default: the machine's. */
  readonly clock?: Clock | undefined;
  /**
   * Gets lost connections, settings that cost a guarantee, unreadable events and listeners that throw. Default: lines of JSON on
   * standard error, from level INFO on, like a route's.
   */
  readonly logger?: Logger | undefined;
}

/** A client that the user made and owns: `close()` leaves it open. Make it with `safeRedisOptions`. */
interface ClientOptions extends CommonOptions {
  readonly client: RedisClient;
  readonly url?: undefined;
  readonly tls?: undefined;
}

/** The address of one server: `redis://` or `rediss://`. The executors make the client, and `close()` ends it. */
interface UrlOptions extends CommonOptions {
  readonly url: string;
  /** TLS options of a `rediss://` connection, for `tls.connect`: `ca` for an authority of your own. */
  readonly tls?: ConnectionOptions | undefined;
  readonly client?: undefined;
}

/** The options of {@link createRedisExecutors}. */
export type RedisExecutorsOptions = ClientOptions | UrlOptions;

const checkHas =
  (what: string, methods: readonly string[]): Check =>
  (value, parameter = 'options') => {
    const has = (name: string): boolean =>
      typeof (value as Record<string, unknown> | null)?.[name] === 'function';
    if (!methods.every(has)) throw invalidParameter(parameter, what);
  };

const checkUrl: Check = (value, parameter = 'url') => {
  // The message omits the address, which may hold a password.
  const isUrl = typeof value === 'string' && /^rediss?:\/\//i.test(value) && URL.canParse(value);
  if (!isUrl) throw invalidParameter(parameter, 'must be a redis:// or rediss:// address');
  const { username, password, pathname } = new URL(value);
  try {
    decodeURIComponent(username + password + pathname);
  } catch {
    throw invalidParameter(parameter, 'must have each % of its username, password and path encoded as %25');
  }
};

const checkTls: Check = (value, parameter = 'tls') => {
  if (typeof value !== 'object' || value === null) throw invalidParameter(parameter, 'must be an object');
};

const rules: OptionRules<Record<keyof ClientOptions | keyof UrlOptions, unknown>> = {
  client: checkHas("must be ioredis' Redis or Cluster", ['defineCommand']),
  url: checkUrl,
  tls: checkTls,
  timeoutMs: checkDuration,
  clock: checkHas('must be a Clock', ['now', 'monotonic', 'setTimeout']),
  logger: checkHas('must be a Logger', ['debug', 'info', 'warn', 'error']),
};

const faultsIn = optionFaults(rules);

/** Throws `INVALID_CONFIG` for unusable options, with each fault by its name. */
export function checkOptions(options: unknown): void {
  const faults = faultsIn(options, 'options') ?? [];
  if (typeof options === 'object' && options !== null) faults.push(...faultsTogether(options));
  assertNoFaults(faults);
}

function faultsTogether({ client, url, tls }: Partial<Record<keyof typeof rules, unknown>>): ConfigFault[] {
  const faults: ConfigFault[] = [];
  if ((client === undefined) === (url === undefined)) {
    faults.push({ name: 'url', problem: 'must be given, or client, but not both' });
  }
  if (tls !== undefined && !(typeof url === 'string' && /^rediss:/i.test(url))) {
    faults.push({ name: 'tls', problem: 'goes with a rediss:// url' });
  }
  return faults;
}
