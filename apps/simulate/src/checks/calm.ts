import { LONG_DEAD_AFTER_LEASES } from '@stateful-route/core';
import { longestLeaseMs } from '../script/fleet-plan.ts';
import type { WorldEvent } from '../script/world-event.ts';
import type { Check } from './sighting.ts';

/** How long an event can be felt after its moment, in ms; `undefined`: not at all. */
function feltForMs(event: WorldEvent): number | undefined {
  switch (event.kind) {
    case 'ask':
    case 'refuse':
    case 'claimAndRefuse':
    case 'scopes':
    case 'stepWall':
    case 'release':
      return undefined;
    case 'state':
      return event.backAfterMs;
    case 'saves':
      return event.forMs;
    case 'stop':
    case 'kill':
      return event.startAfterMs ?? 0;
    default:
      return 'ms' in event ? event.ms : 0;
  }
}

/** A user who asks is served, where nothing has been wrong for as long as anything may take. */
export function servedInCalm(): Check {
  let troubledUntil = 0;
  return {
    name: 'served-in-calm',
    see(sighting, { now, fleet, pods }) {
      if (sighting.kind === 'event') {
        const ms = feltForMs(sighting.event);
        if (ms !== undefined) troubledUntil = Math.max(troubledUntil, now + ms);
      }
      if (sighting.kind !== 'asked' || sighting.error === undefined || sighting.isLimited) return undefined;
      const boundMs =
        (LONG_DEAD_AFTER_LEASES + 1) * longestLeaseMs(fleet) + fleet.callTimeoutMs + fleet.drainTimeoutMs;
      if (sighting.startedAt < troubledUntil + boundMs || fleet.maxUsers !== undefined) return undefined;
      if (fleet.deadOwner === 'wait') return undefined;
      if (!pods.some((pod) => pod.isRunning && pod.isRoutable)) return undefined;
      return `${sighting.uid} was not served by ${sighting.gateway}: ${String(sighting.error)}`;
    },
  };
}
