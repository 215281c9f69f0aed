import { type Clock, systemClock } from '@stateful-route/core';
import { ManualClock } from '@stateful-route/core/testing';
import type { RouteConfigInput } from '@stateful-route/driver';
import { type Fleet, REAL_RETRY_AFTER_MS, REAL_TIMES } from '../fleet/fleet.ts';
import { SimulatedTime } from './simulated-time.ts';

/** The time that a fleet in this process lives in. */
export interface FleetTime extends Pick<Fleet, 'arrive' | 'pass' | 'timeLabel' | 'description'> {
  readonly clock: Clock;
  readonly config: RouteConfigInput & { readonly leaseSeconds: number };
  readonly retryAfterMs: number;
}

/** The lease of `compat`, and few heartbeats, so that days of a log pass in seconds. */
const CONFIG = {
  profile: 'compat',
  leaseSeconds: 300,
  heartbeatSeconds: 100,
  workloadStateUpdatePeriodSeconds: 3_600,
  stateRefreshMs: 100_000,
  healthCheckIntervalMs: 3_600_000,
} as const satisfies RouteConfigInput;
/** Time that passes with the traffic. */
export function simulatedTime(): FleetTime {
  const clock = new ManualClock();
  const time = new SimulatedTime(clock);
  return {
    clock,
    config: CONFIG,
    retryAfterMs: CONFIG.heartbeatSeconds * 1_000,
    description: 'in this process, on simulated time',
    arrive: (at) => time.moveTo(at),
    pass: (until) => time.pass(until),
    timeLabel: () => new Date(time.now()).toISOString().slice(0, 19).replace('T', ' '),
  };
}

/** The machine's time. */
export const realTime = (): FleetTime => ({
  clock: systemClock,
  config: REAL_TIMES,
  retryAfterMs: REAL_RETRY_AFTER_MS,
  description: 'in this process',
  arrive: () => Promise.resolve(),
  pass: async (until) => {
    await until;
  },
  timeLabel: () => new Date().toISOString().slice(11, 19),
});
