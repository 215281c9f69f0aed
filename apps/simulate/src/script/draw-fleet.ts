import type { Chance } from './chance.ts';
import type { FleetPlan, HostPlan } from './fleet-plan.ts';

/** Draws a small fleet whose leases are short, so that a run contains many of them. */
export function drawFleet(chance: Chance): FleetPlan {
  const pods = chance.of([2, 2, 3, 3, 4]);
  const leaseMs = chance.of([4_000, 8_000, 10_000, 12_000]);
  const differ = chance.is(0.3);
  const leasesMs = Array.from({ length: pods }, () => (differ ? leaseMs * chance.of([1, 2]) : leaseMs));
  const periodMs = Math.min(3_000, Math.round(leaseMs / chance.of([3, 3.5, 4])));
  const timeoutMs = chance.of([500, 1_000, 1_500]);
  const drainTimeoutMs = chance.of([4_000, 8_000, 12_000]);
  return {
    leasesMs,
    periodMs,
    marginMs: chance.of([200, 400, 800]),
    gateways: Array.from({ length: chance.is(0.5) ? 2 : 1 }, () => chance.is(0.6)),
    gatewayLeaseMs: leaseMs,
    users: chance.whole(4, 10),
    deadOwner: chance.is(0.2) ? 'wait' : 'relink',
    leftover: chance.is(0.2) ? 'keep' : 'release',
    maxUsers: chance.is(0.15) ? chance.whole(3, 8) : undefined,
    storage: chance.is(0.5) ? 'checks' : 'trusts',
    timeoutMs,
    callTimeoutMs: chance.of([3_000, 6_000]),
    drainTimeoutMs,
    userTimeoutMs: Math.round(drainTimeoutMs / 4),
    linkSeconds: chance.of([5, 20, 60]),
    // Pods must not look suspect in a snapshot that is due for a refresh.
    refreshMs: Math.floor(periodMs * 1.5),
    wire: { minMs: 0.5, maxMs: chance.of([5, 20, 80]), offline: chance.is(0.5) ? 'fail' : 'wait' },
  };
}

/** Draws how the hosts of a fleet are set. */
export function drawHost(chance: Chance): HostPlan {
  return {
    saveAfter: chance.of(['interval', 'use']),
    saveEveryMs: chance.of([500, 2_000, 10_000]),
    saveWhenFenced: chance.is(0.3),
    idleAfterMs: chance.is(0.3) ? false : chance.of([1_000, 5_000, 20_000]),
    openTimeoutMs: chance.of([1_000, 3_000]),
    useTimeoutMs: chance.of([1_000, 3_000]),
  };
}
