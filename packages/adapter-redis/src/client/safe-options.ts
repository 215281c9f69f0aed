import { checkDuration, optionFaults } from '@stateful-route/core/adapter';
import type { ClusterOptions, RedisOptions } from 'ioredis';
import { errorCode } from './client-errors.ts';
import { assertNoFaults } from './assert-no-faults.ts';
import { clusterOptionFaults, redisOptionFaults } from './option-faults.ts';

/** The deadline of a call where nobody says another one, in ms. */
export const DEFAULT_TIMEOUT_MS = 5_000;

/** The longest wait between two attempts to reconnect. */
const RECONNECT_MS_MAX = 300;

/**
 * How much longer than a call a connection waits for a reply. It would else be ended under a call that still has time, whose
 * effect nobody knows then.
 */
export const SOCKET_GRACE_MS = 1_000;

/** How often a server that loads its data is asked whether it is ready. Its own guess is wrong by seconds. */
export const LOADING_RETRY_MS = 300;

/** How long a Cluster's client waits before it repeats what a node of a moving slot has refused. */
const TRY_AGAIN_MS = 200;

/** For slots that have moved already; it is what ioredis follows by itself. */
const REDIRECTIONS_MIN = 16;

/** A Cluster whose nodes send a call around for ever must not keep it. */
const REDIRECTIONS_MAX = 1_000;

const TIMER_MS_MAX = 2_147_483_647;

/** What the options of a safe client depend on. */
export interface SafeOptionsInput {
  /** The longest deadline of a call, in ms, as `createRedisExecutors` is given it. Default: 5000. */
  readonly timeoutMs?: number | undefined;
}

/** Growing waits with jitter, so that many clients do not come back at one moment. */
export function reconnectDelayMs(attempt: number, random: () => number = Math.random): number {
  const bound = Math.min(RECONNECT_MS_MAX, 25 * 2 ** Math.min(attempt, 10));
  return Math.round(bound * (0.5 + random() / 2));
}

/** A server that became a replica refuses writes for ever: its endpoint is asked again for the master. */
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

/** What differs between the types of ioredis' versions. It may be given all the same. */
type Differing = 'Connector' | 'preferredSlaves';

/** Options of which each may be `undefined`, as what an environment names is: then it is not given. */
type MayLack<Options> = { readonly [Name in keyof Options]?: Options[Name] | undefined };

/** What is given of such options. */
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

/** As {@link OwnRedisOptions}, of a Cluster. */
type OwnClusterOptions = MayLack<Omit<ClusterOptions, 'redisOptions'>> &
  SafeOptionsInput & {
    readonly redisOptions?: MayLack<Omit<NonNullable<ClusterOptions['redisOptions']>, Differing>> | undefined;
  };

/** Options with safe ones beside them. */
type Merged<Options, Safe> = Given<Options> & Omit<Safe, keyof Options>;

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
 *   `timeoutMs` is no option of the client: it is the deadline that the executors are given, which the waits follow.
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
    // These count behind Sentinels only.
    failoverDetector: true,
    sentinelCommandTimeout: 500,
  };
  const merged = { ...safe, ...own };
  assertNoFaults(redisOptionFaults(merged));
  return merged;
}

/**
 * As {@link safeRedisOptions}, for a Cluster. What is given as `redisOptions` is added to the safe ones as well.
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
    // Without it calls fail while a node is being connected. Nothing queues up: no call is sent before the client is ready,
    // and an attempt to connect to a node is the only one.
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

/** Without what is `undefined`: that would undo a safe option. */
function given<Options extends object>(options: Options | undefined, name: string): Partial<Options> {
  // An address or a list of nodes, as the client itself takes them, would be spread into options that nobody reads.
  if (options !== undefined && (typeof options !== 'object' || options === null || Array.isArray(options))) {
    assertNoFaults([
      { name, problem: 'must be an object of options: an address or nodes go to the client itself' },
    ]);
  }
  const entries = Object.entries(options ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<Options>;
}

/**
 * How often a call may be redirected. While a slot moves, the node that gives it up sends a call to the next one, which may
 * refuse it until all of the user's keys have arrived. Neither has done anything, so a call goes on for as long as it has time.
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
    // A command whose connection is lost fails at once, and is not sent again.
    maxRetriesPerRequest: 0,
    reconnectOnError,
  };
}
