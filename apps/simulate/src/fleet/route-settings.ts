import type { Logger } from '@stateful-route/core';
import type { RouteConfigInput } from '@stateful-route/driver';
import type { FleetPlan } from '../script/fleet-plan.ts';

export const NAMESPACE = 'game';
export const SERVICE = 'room';

/** The checks observe what routes do, so their logs are dropped. */
export const silentLogger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The configuration of a pod's route. */
export function podConfig(fleet: FleetPlan, ordinal: number): RouteConfigInput {
  return {
    ...commonConfig(fleet, fleet.leasesMs[ordinal] ?? fleet.gatewayLeaseMs),
    deadOwner: fleet.deadOwner,
    leftover: fleet.leftover,
    maxUsers: fleet.maxUsers,
    drainTimeoutMs: fleet.drainTimeoutMs,
    userTimeoutMs: fleet.userTimeoutMs,
  };
}

/** The configuration of a gateway's route. */
export function gatewayConfig(fleet: FleetPlan): RouteConfigInput {
  return commonConfig(fleet, fleet.gatewayLeaseMs);
}

function commonConfig(fleet: FleetPlan, leaseMs: number): RouteConfigInput {
  return {
    stateCacheExpireSecs: leaseMs / 1_000,
    serviceStateUpdatePeriodSeconds: fleet.periodMs / 1_000,
    workloadStateUpdatePeriodSeconds: 60,
    fenceMarginMs: fleet.marginMs,
    linkInfoCacheTimeSecs: fleet.linkSeconds,
    stateRefreshMs: fleet.refreshMs,
    timeoutMs: fleet.timeoutMs,
    callTimeoutMs: fleet.callTimeoutMs,
    maxRetryCount: 3,
    retryDelayMs: 150,
    healthCheckIntervalMs: 60_000,
    enableMetrics: false,
    enableTracing: false,
  };
}
