import type { DeadOwnerPolicy, LogLevel } from '@stateful-route/core';

/**
 * A set of defaults. `realtime` notices a dead pod within seconds, for ten times the heartbeats. `compat` has the times of the
 * older Go module, for a fleet that is shared with it.
 */
export type ConfigProfile = 'realtime' | 'compat';

/**
 * The configuration of a route, whether a pod's or a caller's. Seconds may be fractional. A value that has two names is given
 * by one of them.
 */
export interface StatefulBaseConfig {
  /** Which defaults hold for what is not given. Default realtime; of `RouteDriverFactory` compat. */
  readonly profile?: ConfigProfile | undefined;
  /** The time to live of a temporary link, in seconds. Default: realtime 60, compat 300. */
  readonly temporaryLinkSeconds?: number | undefined;
  /** The older name of `temporaryLinkSeconds`. */
  readonly linkInfoCacheTimeSecs?: number | undefined;
  /** The lease: how long a heartbeat keeps a pod alive, in seconds. Default: realtime 15, compat 300. */
  readonly leaseSeconds?: number | undefined;
  /** The older name of `leaseSeconds`. */
  readonly stateCacheExpireSecs?: number | undefined;
  /** How often a watched service is read again, in case a push was lost, in ms. Default: realtime 1000, compat 5000. */
  readonly stateRefreshMs?: number | undefined;
  /** How often a safe store call is tried again at most. Default 3. */
  readonly maxRetryCount?: number | undefined;
  /** The bound of the first delay before a retry, in ms. Default: realtime 50, compat 1000. */
  readonly retryDelayMs?: number | undefined;
  /** A store call's whole deadline, in ms. Default: realtime 1000, compat 5000. */
  readonly timeoutMs?: number | undefined;
  /** The deadline of `ServiceHandle.call`, all its tries together, in ms. Default 10000. */
  readonly callTimeoutMs?: number | undefined;
  /** How often an idle store is asked whether it still answers, in ms. Default: realtime 3000, compat 30000. */
  readonly healthCheckIntervalMs?: number | undefined;
  /**
   * How many users' pods are remembered for each service at most. A user is forgotten once half as many others have been
   * asked about since, or later. Default 1000000.
   */
  readonly linkCacheMax?: number | undefined;
  /** A load at or over this is overload. Default: none is. */
  readonly overloadedAt?: number | undefined;
  /** Refuse overloaded pods, rather than take the least loaded when no other is left. Default false. */
  readonly rejectWhenOverloaded?: boolean | undefined;
  /** How many callers place users, this one included. Default 1. */
  readonly routingPeers?: number | undefined;
  /** Pods that get no new users; `[0]` where callers of the older module take pod 0 for "none". Default none. */
  readonly excludePods?: readonly number[] | undefined;
  /** The least important line that the built-in logger prints. Default INFO. */
  readonly logLevel?: LogLevel | undefined;
  /** Whether OpenTelemetry metrics are recorded. Default true; it costs nothing without an SDK. */
  readonly enableMetrics?: boolean | undefined;
  /** Whether store calls are OpenTelemetry spans. Default true; it costs nothing without an SDK. */
  readonly enableTracing?: boolean | undefined;
}

/** The configuration of a pod, beside {@link StatefulBaseConfig}. */
export interface BaseConfig {
  /** How often the pod sends a heartbeat, in seconds. Default: realtime 3, compat 30. */
  readonly heartbeatSeconds?: number | undefined;
  /** The older name of `heartbeatSeconds`. */
  readonly serviceStateUpdatePeriodSeconds?: number | undefined;
  /** How often the leading pod reports the workload, in seconds. Default: realtime 6, compat 60. */
  readonly workloadStateUpdatePeriodSeconds?: number | undefined;
  /** How much of the published load is the probe's, 0–1. Default 0.7; without a probe it does not count. */
  readonly cpuFactor?: number | undefined;
  /** How long before its lease ends a pod fences itself, in ms. Default: the greater of 1000 and a tenth of the lease. */
  readonly fenceMarginMs?: number | undefined;
  /** A load that differs by more is published at once. Default: 10 % of the last published, at least 1. */
  readonly loadChangeThreshold?: number | undefined;
  /** What one more user adds to the load that `setLoadState` is given. Default 1. */
  readonly loadPerUser?: number | undefined;
  /** What becomes of the users of a dead pod: others take them over, or callers wait for it. Default relink. */
  readonly deadOwner?: DeadOwnerPolicy | undefined;
  /** What becomes of claims still held when `stop` runs out of time. Default release. */
  readonly leftover?: 'release' | 'keep' | undefined;
  /** How long a drain waits for users to leave, and how long `stop` takes in all, in ms. Default 25000. */
  readonly drainTimeoutMs?: number | undefined;
  /**
   * How long one user may take who is handed over: first the scopes that run, then the save, in ms. Default: a quarter of
   * `drainTimeoutMs`.
   */
  readonly userTimeoutMs?: number | undefined;
  /** How many users the pod takes. Default: no limit. */
  readonly maxUsers?: number | undefined;
}

/** Everything that can be configured. */
export type RouteConfigInput = StatefulBaseConfig & BaseConfig;

/** The configuration in force: every value given or defaulted, under its older name where it has two, and checked as a whole. */
export type RouteConfig = {
  readonly [K in Exclude<keyof RouteConfigInput, OptionalName | PlainName>]-?: NonNullable<
    RouteConfigInput[K]
  >;
} & { readonly [K in OptionalName]: RouteConfigInput[K] };

type OptionalName = 'overloadedAt' | 'loadChangeThreshold' | 'maxUsers';

/** The plain names of the values that have an older one too: that of the older module. */
export type PlainName = 'temporaryLinkSeconds' | 'leaseSeconds' | 'heartbeatSeconds';

/** What the configuration of a driver of `RouteDriverFactory` is laid over. */
export const factoryConfig: StatefulBaseConfig = { profile: 'compat' };

/** What a profile changes. */
type Defaults = Omit<RouteConfig, 'profile' | 'fenceMarginMs' | 'userTimeoutMs'>;

const compat: Defaults = {
  linkInfoCacheTimeSecs: 300,
  stateCacheExpireSecs: 300,
  stateRefreshMs: 5_000,
  maxRetryCount: 3,
  retryDelayMs: 1_000,
  timeoutMs: 5_000,
  callTimeoutMs: 10_000,
  healthCheckIntervalMs: 30_000,
  linkCacheMax: 1_000_000,
  overloadedAt: undefined,
  rejectWhenOverloaded: false,
  routingPeers: 1,
  excludePods: [],
  logLevel: 'INFO',
  enableMetrics: true,
  enableTracing: true,
  serviceStateUpdatePeriodSeconds: 30,
  workloadStateUpdatePeriodSeconds: 60,
  cpuFactor: 0.7,
  loadChangeThreshold: undefined,
  loadPerUser: 1,
  deadOwner: 'relink',
  leftover: 'release',
  drainTimeoutMs: 25_000,
  maxUsers: undefined,
};

/** The defaults of each profile. */
export const profiles: Readonly<Record<ConfigProfile, Defaults>> = {
  compat,
  realtime: {
    ...compat,
    linkInfoCacheTimeSecs: 60,
    stateCacheExpireSecs: 15,
    serviceStateUpdatePeriodSeconds: 3,
    workloadStateUpdatePeriodSeconds: 6,
    stateRefreshMs: 1_000,
    retryDelayMs: 50,
    timeoutMs: 1_000,
    healthCheckIntervalMs: 3_000,
  },
};
