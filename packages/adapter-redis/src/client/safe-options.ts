import { checkDuration, optionFaults } from '@stateful-route/core/adapter';
import type { ClusterOptions, RedisOptions } from 'ioredis';
import { errorCode } from './client-errors.ts';
import { assertNoFaults } from './assert-no-faults.ts';
import { clusterOptionFaults, redisOptionFaults } from './option-faults.ts';

/** The timeout of a call that names none, in ms. */
export const DEFAULT_TIMEOUT_MS = 5_000;

/** The longest wait between two attempts to reconnect. */
const RECONNECT_MS_MAX = 300;

/**
 * A connection waits so much longer for a reply than a call does. Otherwise it could end before the deadline of a call, and the
 * effect of that call would be unknown.
 */
export const SOCKET_GRACE_MS = 1_000;

/**
 * How long the client waits before it checks again whether a server has loaded its data. The server's own estimate is wrong by
 * seconds.
 */
export const LOADING_RETRY_MS = 300;

/** How long a Cluster's client waits before it repeats a command that a node of a migrating slot has refused. */
const TRY_AGAIN_MS = 200;

/** For slots that have moved already: the default of ioredis. */
const REDIRECTIONS_MIN = 16;

/** Ends a call that a Cluster's nodes redirect for ever. */
const REDIRECTIONS_MAX = 1_000;

const TIMER_MS_MAX = 2_147_483_647;

/** The input of {@link safeRedisOptions} that is not an option of ioredis. */
interface SafeOptionsInput {
  /** The longest timeout of a call, in ms: that of `createRedisExecutors`. Default: 5000. */
  readonly timeoutMs?: number | undefined;
}

/** Growing delays with jitter, so that many clients do not reconnect at the same moment. */
export function reconnectDelayMs(attempt: number, random: () => number = Math.random): number {
  const bound = Math.min(RECONNECT_MS_MAX, 25 * 2 ** Math.min(attempt, 10));
  return Math.round(bound * (0.5 + random() / 2));
}

/** A server that became a replica refuses all writes: the client reconnects, to find the master. */
const reconnectOnError = (error: Error): boolean => errorCode(error.message) === 'READONLY';

/** What `safeRedisOptions` sets on each connection, and `safeClusterOptions` on those to a Cluster's nodes. Times are in ms. */
interface SafeConnectionOptions {
  connectTimeout: number;
  socketTimeout: number;
  maxLoadingRetryTime: number;
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
  maxRedirections: number;
  clusterRetryStrategy: (attempt: number) => number;
  redisOptions: SafeConnectionOptions;
}

/** Options whose types differ between versions of ioredis. They may be given all the same. */
type Differing = 'Connector' | 'preferredSlaves';

/** Options of which each may be `undefined`, as values of an environment are. That counts as absent. */
type MayLack<Options> = { readonly [Name in keyof Options]?: Options[Name] | undefined };

/** Such options without those that are always `undefined`. */
type Given<Options> = {
  [Name in keyof Options as undefined extends Options[Name] ? never : Name]: Options[Name];
} & {
  [Name in keyof Options as undefined extends Options[Name] ? Name : never]?: Exclude<
    Options[Name],
    undefined
  >;
};

/** Options of a connection, of any version of ioredis. */
type OwnRedisOptions = MayLack<Omit<RedisOptions, Differing>> & SafeOptionsInput;

/** Like {@link OwnRedisOptions}, for a Cluster. */
type OwnClusterOptions = MayLack<Omit<ClusterOptions, 'redisOptions'>> &
  SafeOptionsInput & {
    readonly redisOptions?: MayLack<Omit<NonNullable<ClusterOptions['redisOptions']>, Differing>> | undefined;
  };

/** The user's options, and the safe ones that they leave out. */
type Merged<Options, Safe> = Given<Options> & Omit<Safe, keyof Options>;

/** The same for a Cluster and its connections. */
type MergedCluster<Options> = Merged<
  Omit<Options, 'redisOptions'>,
  Omit<SafeClusterOptions, 'redisOptions'>
> & {
  redisOptions: Options extends { readonly redisOptions?: infer Connection }
    ? Merged<NonNullable<Connection>, SafeConnectionOptions>
    : SafeConnectionOptions;
};

/**
 * Options for a client of this adapter. Every wait is bounded. The client queues no command while it has no connection, and never
 * repeats a command whose reply was lost.
 *
 * Throws `INVALID_CONFIG` for options that {@link createRedisExecutors} refuses.
 *
 * @param options - your own options. They replace safe ones of the same name; an option that is `undefined` is ignored.
 *   `timeoutMs` is no option of the client, but the timeout of the executors, from which the waits are derived.
 *
 * @example
 * const client = new Redis(safeRedisOptions({ host: 'redis.internal', password }));
 */
export function safeRedisOptions(): SafeRedisOptions;
export function safeRedisOptions<Options extends OwnRedisOptions>(
  options: Options | undefined,
): Merged<Omit<Options, 'timeoutMs'>, SafeRedisOptions>;
export function safeRedisOptions(options?: OwnRedisOptions): object {
  const { timeoutMs, ...own } = given(options, 'options');
  const safe: SafeRedisOptions = {
    ...connectionOptions(timeoutMs),
    enableOfflineQueue: false,
    retryStrategy: (attempt) => reconnectDelayMs(attempt),
    // For Sentinels only.
    failoverDetector: true,
    sentinelCommandTimeout: 500,
  };
  const merged = { ...safe, ...own };
  assertNoFaults(redisOptionFaults(merged));
  return merged;
}

/**
 * Like {@link safeRedisOptions}, for a Cluster. Options in `redisOptions` are merged with the safe ones too.
 *
 * @example
 * const client = new Cluster(nodes, safeClusterOptions({ redisOptions: { password, tls: {} } }));
 */
export function safeClusterOptions(): SafeClusterOptions;
export function safeClusterOptions<Options extends OwnClusterOptions>(
  options: Options | undefined,
): MergedCluster<Omit<Options, 'timeoutMs'>>;
export function safeClusterOptions(options?: OwnClusterOptions): object {
  const { timeoutMs, ...own } = given(options, 'options');
  const safe: SafeClusterOptions = {
    // Otherwise calls fail while a node is being connected. No queue builds up: calls wait until the client is ready, and a
    // node is connected to only once.
    enableOfflineQueue: true,
    scaleReads: 'master',
    slotsRefreshInterval: 1_000,
    slotsRefreshTimeout: 500,
    retryDelayOnFailover: 0,
    retryDelayOnTryAgain: TRY_AGAIN_MS,
    maxRedirections: redirectionsWithin(timeoutMs),
    clusterRetryStrategy: (attempt) => reconnectDelayMs(attempt),
    redisOptions: connectionOptions(timeoutMs),
  };
  const merged = {
    ...safe,
    ...own,
    redisOptions: { ...safe.redisOptions, ...given(options?.redisOptions, 'redisOptions') },
  };
  assertNoFaults(clusterOptionFaults(merged));
  return merged;
}

/** The options that are not `undefined`, which would undo a safe one. */
function given<Options extends object>(options: Options | undefined, name: string): Partial<Options> {
  // An address or a list of nodes, which the client takes, would be spread into options without a meaning.
  if (options !== undefined && (typeof options !== 'object' || options === null || Array.isArray(options))) {
    assertNoFaults([
      { name, problem: 'must be an object of options: pass an address or nodes to the client itself' },
    ]);
  }
  const entries = Object.entries(options ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<Options>;
}

/**
 * How often a call may be redirected. While a slot migrates, its old node redirects a call to the new one, which refuses the call
 * until all of the user's keys have arrived. Neither executes it, so the call is repeated until its deadline.
 */
function redirectionsWithin(timeoutMs: number = DEFAULT_TIMEOUT_MS): number {
  const retries = Math.ceil(timeoutMs / TRY_AGAIN_MS);
  return Math.min(REDIRECTIONS_MIN + 2 * retries, REDIRECTIONS_MAX);
}

const timeoutFaults = optionFaults({ timeoutMs: checkDuration });

function connectionOptions(timeoutMs: number = DEFAULT_TIMEOUT_MS): SafeConnectionOptions {
  assertNoFaults(timeoutFaults({ timeoutMs }, 'options') ?? []);
  return {
    connectTimeout: 1_000,
    socketTimeout: Math.min(timeoutMs + SOCKET_GRACE_MS, TIMER_MS_MAX),
    maxLoadingRetryTime: LOADING_RETRY_MS,
    // A command whose connection is lost fails at once, and is not repeated.
    maxRetriesPerRequest: 0,
    reconnectOnError,
  };
}
