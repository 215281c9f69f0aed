import type { DeadOwnerPolicy, LogLevel, ReplicaTarget } from '@stateful-route/core';

/**
 * A set of defaults. `realtime` notices a dead pod within seconds, for ten times the heartbeats. `compat` has the times
 * of the older Go module, for a fleet that is shared with it.
 */
export type ConfigProfile = 'realtime' | 'compat';

/**
 * The configuration of a pod's or a caller's route. Seconds may be fractional. Give a value that has two names by one of them.
 */
export interface StatefulBaseConfig {
  /** The defaults of values that are not given. Default: realtime; of `RouteDriverFactory`: compat. */
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
  /** How often a failed store call is retried at most, if that is safe. Default 3. */
  readonly maxRetryCount?: number | undefined;
  /** The bound of the first delay before a retry, in ms. Default: realtime 50, compat 1000. */
  readonly retryDelayMs?: number | undefined;
  /** A store call's whole deadline, retries included, in ms. Default: realtime 1000, compat 5000. */
  readonly timeoutMs?: number | undefined;
  /** The deadline of `ServiceHandle.call`, all its attempts together, in ms. Default 10000. */
  readonly callTimeoutMs?: number | undefined;
  /** How often an idle store is pinged, in ms. Default: realtime 3000, compat 30000. */
  readonly healthCheckIntervalMs?: number | undefined;
  /** How many users' links are cached for each service: at least this many, and fewer than twice as many. Default 1000000. */
  readonly linkCacheMax?: number | undefined;
  /** A pod with this load or more is overloaded. Default: none is. */
  readonly overloadedAt?: number | undefined;
  /** If all pods are overloaded, pick none, instead of the least loaded. Default false. */
  readonly rejectWhenOverloaded?: boolean | undefined;
  /** How many callers place users, this one included. Default: they are counted, in the store, once a period. */
  readonly routingPeers?: number | undefined;
  /** Pods that get no new users; `[0]` in a fleet with callers of the older module, which take pod 0 for "none". Default none. */
  readonly excludePods?: readonly number[] | undefined;
  /** The lowest level of the built-in logger. Default INFO. */
  readonly logLevel?: LogLevel | undefined;
  /** Whether OpenTelemetry metrics are recorded. Default true; no effect without an SDK. */
  readonly enableMetrics?: boolean | undefined;
  /** Whether store calls are OpenTelemetry spans. Default true; no effect without an SDK. */
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
  /** The probe's share of the published load, 0–1. Default 0.7; no effect without a probe. */
  readonly cpuFactor?: number | undefined;
  /** How long before its lease ends a pod fences itself, in ms. Default: the greater of 1000 and a tenth of the lease. */
  readonly fenceMarginMs?: number | undefined;
  /** A load that differs by more is published at once. Default: 10 % of the last published, at least 1. */
  readonly loadChangeThreshold?: number | undefined;
  /** What one more user adds to the application's load. Default 1. */
  readonly loadPerUser?: number | undefined;
  /** The users of a dead pod are placed on others (`relink`), or wait for the same ordinal (`wait`). Default relink. */
  readonly deadOwner?: DeadOwnerPolicy | undefined;
  /** What `stop` does at its deadline with claims still held. Default release. */
  readonly leftover?: 'release' | 'keep' | undefined;
  /** The limit of a drain, and of all of `stop`, in ms. Default 25000. */
  readonly drainTimeoutMs?: number | undefined;
  /** The limit in ms for a user's scopes to end in a hand-off, and then for the save. Default: a quarter of `drainTimeoutMs`. */
  readonly userTimeoutMs?: number | undefined;
  /** How many users the pod accepts. Default: no limit. */
  readonly maxUsers?: number | undefined;
  /**
   * What a pod should carry: the leading pod reports from it how many pods the service should have. Give all pods the same.
   * Default: it reports none.
   */
  readonly replicaTarget?: ReplicaTarget | undefined;
}

/** All options of the configuration. */
export type RouteConfigInput = StatefulBaseConfig & BaseConfig;

/** A resolved configuration: every value given or defaulted, under its older name if it has two, and checked as a whole. */
export type RouteConfig = {
  readonly [
    K in Exclude<
      keyof RouteConfigInput,
      | 'overloadedAt'
      | 'routingPeers'
      | 'loadChangeThreshold'
      | 'maxUsers'
      | 'replicaTarget'
      | 'temporaryLinkSeconds'
      | 'leaseSeconds'
      | 'heartbeatSeconds'
    >
  ]-?: NonNullable<RouteConfigInput[K]>;
} & {
  readonly [
    K in 'overloadedAt' | 'routingPeers' | 'loadChangeThreshold' | 'maxUsers' | 'replicaTarget'
  ]: RouteConfigInput[K];
};

/** The lowest layer of the configurations of `RouteDriverFactory`. */
export const factoryConfig: StatefulBaseConfig = { profile: 'compat' };

/** The values that a profile sets. */
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
  routingPeers: undefined,
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
  replicaTarget: undefined,
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
