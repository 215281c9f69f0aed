import { isRouteError } from '@stateful-route/core';
import { LONG_DEAD_AFTER_LEASES } from '@stateful-route/core/adapter';
import { longestLeaseMs } from '../script/fleet-plan.ts';
import type { Check } from './sighting.ts';

/** A user who was told that the directory is young, some time within the request. */
interface Told {
  readonly from: number;
  readonly to: number;
}

/**
 * A directory is young for a lease at most, and begins anew three leases after it did so last, or later. So it is not young
 * both now and between one and two leases ago, but where it lost its data or an operator removed an entry.
 */
export function notYoungAgain(): Check {
  let told: Told[] = [];
  /** The store keeps no heartbeat, and the directory does not begin before the next. */
  let isEmpty = false;
  return {
    name: 'not-young-again',
    see(sighting, { now, fleet }) {
      const forgets =
        sighting.kind === 'storeBack'
          ? sighting.lost !== 'nothing'
          : sighting.kind === 'stored' && sighting.call.method === 'removeServiceState';
      if (forgets) isEmpty = true;
      const begins = isEmpty && sighting.kind === 'stored' && sighting.call.method === 'setServiceState';
      if (begins && sighting.call.error === undefined) isEmpty = false;
      if (forgets || begins || (sighting.kind === 'event' && sighting.event.kind === 'reap')) told = [];
      if (sighting.kind !== 'asked' || !isRouteError(sighting.error, 'POD_NOT_AVAILABLE')) return undefined;
      if (isEmpty || sighting.error.why !== 'young directory') return undefined;
      const young = { from: sighting.startedAt, to: now };
      const youngMs = Math.max(longestLeaseMs(fleet), fleet.gatewayLeaseMs);
      const againMs = LONG_DEAD_AFTER_LEASES * Math.min(...fleet.leasesMs) - youngMs;
      const earlier = told.find(({ from, to }) => young.from - to > youngMs && young.to - from < againMs);
      told = [...told.filter(({ to }) => now - to < againMs), young];
      if (!earlier) return undefined;
      return `${sighting.uid} is told that the directory is young, as ${Math.round(now - earlier.to)} ms ago`;
    },
  };
}
