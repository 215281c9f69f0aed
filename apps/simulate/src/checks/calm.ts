import { isRouteError } from '@stateful-route/core';
import { LONG_DEAD_AFTER_LEASES } from '@stateful-route/core/adapter';
import { longestLeaseMs } from '../script/fleet-plan.ts';
import type { EventKind, WorldEvent } from '../script/world-event.ts';
import type { Check } from './observation.ts';

/** Events that affect only their own user, and only briefly. */
const HARMLESS: ReadonlySet<EventKind> = new Set<EventKind>([
  'ask',
  'refuse',
  'claimAndRefuse',
  'scopes',
  'stepWall',
  'release',
]);

/** How long an event has effects, in ms; `undefined` for none. */
function feltForMs(event: WorldEvent): number | undefined {
  if (HARMLESS.has(event.kind)) return undefined;
  if (event.kind === 'move' || event.kind === 'shed') return event.forMs;
  if (event.kind === 'state') return event.backAfterMs;
  if (event.kind === 'saves' || event.kind === 'opens') return event.forMs;
  if (event.kind === 'stop' || event.kind === 'kill') return event.startAfterMs ?? 0;
  return 'ms' in event ? (event.ms ?? 0) : 0;
}

/** A request is served if there was no fault for longer than any recovery may take. */
export function servedInCalm(): Check {
  let troubledUntil = 0;
  return {
    name: 'served-in-calm',
    observe(observation, { now, fleet, pods }) {
      if (observation.kind === 'event') {
        const ms = feltForMs(observation.event);
        if (ms !== undefined) troubledUntil = Math.max(troubledUntil, now + ms);
      }
      // It was to be lost some time ago, when there was no such call.
      if (observation.kind === 'callLost') troubledUntil = Math.max(troubledUntil, now);
      if (observation.kind !== 'asked' || observation.error === undefined || observation.isLimited)
        return undefined;
      const boundMs =
        (LONG_DEAD_AFTER_LEASES + 1) * longestLeaseMs(fleet) + fleet.callTimeoutMs + fleet.drainTimeoutMs;
      if (observation.startedAt < troubledUntil + boundMs || fleet.maxUsers !== undefined) return undefined;
      if (fleet.deadOwner === 'wait') return undefined;
      // It waited behind a use of the same user that ran for a host's `useTimeoutMs`.
      if (isRouteError(observation.error, 'TIMEOUT') && observation.error.operation === 'use')
        return undefined;
      // Three pods died shortly after they had claimed the user.
      if (isRouteError(observation.error, 'POD_NOT_AVAILABLE') && observation.error.why === 'quarantined')
        return undefined;
      if (!pods.some((pod) => pod.isRunning && pod.isRoutable)) return undefined;
      const { uid, gateway, error } = observation;
      return `${uid} was not served by ${gateway}: ${error instanceof Error ? error.message : 'no error'}`;
    },
  };
}
