import { isRouteError } from '@stateful-route/core';
import { LONG_DEAD_AFTER_LEASES } from '@stateful-route/core/adapter';
import { longestLeaseMs } from '../script/fleet-plan.ts';
import type { Check } from './observation.ts';

/** A request that failed because the directory was young, at some time between its start and its end. */
interface YoungReport {
  readonly from: number;
  readonly to: number;
}

/**
 * A directory is young for at most a lease, and `@since` is reset at most every three leases. So it is not young now if it was
 * young between one and two leases ago, unless it lost its data or an operator removed an entry.
 */
export function notYoungAgain(): Check {
  let reports: YoungReport[] = [];
  /** The store has no heartbeats. The next one sets `@since`. */
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
