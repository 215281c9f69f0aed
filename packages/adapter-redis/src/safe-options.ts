import type { ClusterOptions, RedisOptions } from 'ioredis';
import { assertNoFaults } from './client/assert-no-faults.ts';
import { clusterOptionFaults, redisOptionFaults } from './client/option-faults.ts';

/** The longest wait between two attempts to reconnect. */
const RECONNECT_MS_MAX = 300;

/** Growing waits with jitter, so that many clients do not come back at one moment. */
export function reconnectDelayMs(attempt: number, random: () => number = Math.random): number {
  const bound = Math.min(RECONNECT_MS_MAX, 25 * 2 ** Math.min(attempt, 10));
  return Math.round(bound * (0.5 + random() / 2));
}

/** A server that became a replica refuses writes for ever: its endpoint is asked again for the master. */
const reconnectOnError = (error: Error): boolean => error.message.includes('READONLY');

/** What `safeRedisOptions` sets on each connection, and `safeClusterOptions` on those to a Cluster's nodes. Times are in ms. */
interface SafeConnectionOptions {
  connectTimeout: number;
  socketTimeout: number;
  maxRetriesPerRequest: number;
  reconnectOnError: (error: Error) => boolean;
}

/** What {@link safeRedisOptions} sets: options of `ioredis` 5 and 6 alike. Times are in ms. */
export interface SafeRedisOptions extends SafeConnectionOptions {
  enableOfflineQueue: boolean;
  retryStrategy: (attempt: number) => number;
  failoverDetector: boolean;
  sentinelCommandTimeout: number;
}

/** What {@link safeClusterOptions} sets: options of `ioredis` 5 and 6 alike. Times are in ms. */
export interface SafeClusterOptions {
  enableOfflineQueue: boolean;
  scaleReads: 'master';
  slotsRefreshInterval: number;
  slotsRefreshTimeout: number;
  retryDelayOnFailover: number;
  retryDelayOnTryAgain: number;
  clusterRetryStrategy: (attempt: number) => number;
  redisOptions: SafeConnectionOptions;
}

/** Options with safe ones beside them. */
type Merged<Options, Safe> = Options & Omit<Safe, keyof Options>;

/** A Cluster's options, with safe ones beside them and beside those of its connections. */
type MergedCluster<Options> = Merged<
  Omit<Options, 'redisOptions'>,
  Omit<SafeClusterOptions, 'redisOptions'>
> & {
  redisOptions: Options extends { readonly redisOptions?: infer Connection }
    ? Merged<NonNullable<Connection>, SafeConnectionOptions>
    : SafeConnectionOptions;
};

/**
 * Options for a client of this adapter: every wait is bounded, nothing is queued while there is no connection, and a
 * command whose reply was lost is never sent a second time behind the caller's back.
 *
 * @param options - your own, which are added, and count where they differ; `undefined` is not given. Throws `INVALID_CONFIG`
 *   for those that {@link createRedisExecutors} refuses of a client.
 * @example
 * const client = new Redis(safeRedisOptions({ host: 'redis.internal', password }));
 */
export function safeRedisOptions<Options extends RedisOptions = object>(
  options?: Options,
): Merged<Options, SafeRedisOptions> {
  const safe: SafeRedisOptions = {
    ...connectionOptions(),
    enableOfflineQueue: false,
    retryStrategy: (attempt) => reconnectDelayMs(attempt),
    // These count behind Sentinels only.
    failoverDetector: true,
    sentinelCommandTimeout: 500,
  };
  const merged = { ...safe, ...given(options) };
  assertNoFaults(redisOptionFaults(merged));
  return merged as object as Merged<Options, SafeRedisOptions>;
}

/**
 * As {@link safeRedisOptions}, for a Cluster. What is given as `redisOptions` is added to the safe ones as well.
 *
 * @example
 * const client = new Cluster(nodes, safeClusterOptions({ redisOptions: { password, tls: {} } }));
 */
export function safeClusterOptions<Options extends ClusterOptions = object>(
  options?: Options,
): MergedCluster<Options> {
  const safe: SafeClusterOptions = {
    // Without it calls fail while a node is being connected. Nothing queues up: no call is sent before the client is ready,
    // and an attempt to connect to a node is the only one.
    enableOfflineQueue: true,
    scaleReads: 'master',
    slotsRefreshInterval: 1_000,
    slotsRefreshTimeout: 500,
    retryDelayOnFailover: 0,
    // While a slot moves its servers refuse, having done nothing; 16 attempts outlast that of a large one.
    retryDelayOnTryAgain: 200,
    clusterRetryStrategy: (attempt) => reconnectDelayMs(attempt),
    redisOptions: connectionOptions(),
  };
  const merged = {
    ...safe,
    ...given(options),
    redisOptions: { ...safe.redisOptions, ...given(options?.redisOptions) },
  };
  assertNoFaults(clusterOptionFaults(merged));
  return merged as object as MergedCluster<Options>;
}

/** Without what is `undefined`: that would undo a safe option. */
function given(options: object | undefined): object {
  return Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => value !== undefined));
}

function connectionOptions(): SafeConnectionOptions {
  return {
    connectTimeout: 1_000,
    socketTimeout: 1_500,
    // A command whose connection is lost fails at once, and is not sent again.
    maxRetriesPerRequest: 0,
    reconnectOnError,
  };
}
