import type { RouteConfigInput } from '@stateful-route/driver';

/** A configuration with a short lease, so that a scenario can wait for its end. */
export function shortLease(leaseMs: number): RouteConfigInput {
  return {
    stateCacheExpireSecs: leaseMs / 1_000,
    serviceStateUpdatePeriodSeconds: leaseMs / 5_000,
    workloadStateUpdatePeriodSeconds: leaseMs / 2_000,
    fenceMarginMs: leaseMs / 4,
    stateRefreshMs: leaseMs / 5,
    retryDelayMs: 30,
    timeoutMs: 500,
    healthCheckIntervalMs: 1_000,
    linkInfoCacheTimeSecs: 60,
    drainTimeoutMs: 2_000,
  };
}
