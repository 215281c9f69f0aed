import { isRouteError } from '@stateful-route/core';
import { LONG_DEAD_AFTER_LEASES } from '@stateful-route/core/adapter';
import { longestLeaseMs } from '../script/fleet-plan.ts';
import type { Check } from './observation.ts';

/** A user who was told that the directory is young, some time within the request. */
interface YoungReport {
  readonly from: number;
  readonly to: number;
}

/**
 * A directory is young for a lease at most, and begins anew three leases after it did so last, or later. So it is not young
 * both now and between one and two leases ago, but where it lost its data or an operator removed an entry.
 */
export function notYoungAgain(): Check {
  let reports: YoungReport[] = [];
  /** The store keeps no heartbeat, and the directory does not begin before the next. */
  let isEmpty = false;
  return {
    name: 'not-young-again',
    observe(observation, { now, fleet }) {
      const forgets =
        observation.kind === 'storeBack'
          ? observation.lost !== 'nothing'
          : observation.kind === 'stored' && observation.call.method === 'removeServiceState';
      if (forgets) isEmpty = true;
      const begins =
        isEmpty && observation.kind === 'stored' && observation.call.method === 'setServiceState';
      if (begins && observation.call.error === undefined) isEmpty = false;
      if (forgets || begins || (observation.kind === 'event' && observation.event.kind === 'reap'))
        reports = [];
      if (observation.kind !== 'asked' || !isRouteError(observation.error, 'POD_NOT_AVAILABLE'))
        return undefined;
      if (isEmpty || observation.error.why !== 'young directory') return undefined;
      const young = { from: observation.startedAt, to: now };
      const youngMs = Math.max(longestLeaseMs(fleet), fleet.gatewayLeaseMs);
      const againMs = LONG_DEAD_AFTER_LEASES * Math.min(...fleet.leasesMs) - youngMs;
      const earlier = reports.find(({ from, to }) => young.from - to > youngMs && young.to - from < againMs);
      reports = [...reports.filter(({ to }) => now - to < againMs), young];
      if (!earlier) return undefined;
      return `${observation.uid} is reports that the directory is young, as ${Math.round(now - earlier.to)} ms ago`;
    },
  };
}
