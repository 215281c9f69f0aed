import { isRouteError } from '@stateful-route/core';
import { ApplicationFault } from '../fleet/application-fault.ts';
import type { Check } from './sighting.ts';

/** `claimsLost` never names a user that the pod holds. */
export function lostWhileHeld(): Check {
  return {
    name: 'lost-while-held',
    see(sighting) {
      if (sighting.kind !== 'claimsLost') return undefined;
      const uid = sighting.uids.find((each) => sighting.pod.holds(each));
      return uid === undefined
        ? undefined
        : `${sighting.pod.name} was told that it lost ${uid}, which it holds`;
    },
  };
}

/** `onHandOff` runs once at a time for a user. */
export function oneSaveAtATime(): Check {
  const saving = new Set<string>();
  return {
    name: 'one-save-at-a-time',
    see(sighting) {
      if (sighting.kind !== 'saveBegins' && sighting.kind !== 'saveEnds') return undefined;
      const key = `${sighting.pod.name} ${sighting.uid}`;
      if (sighting.kind === 'saveEnds') saving.delete(key);
      else if (saving.has(key)) return `${sighting.pod.name} saves ${sighting.uid} twice at a time`;
      else saving.add(key);
      return undefined;
    },
  };
}

/** Storage that checks tokens loses no update that it accepted; storage that trusts loses none without an exception. */
export function lostUpdate(): Check {
  return {
    name: 'lost-update',
    see(sighting, { fleet, exemptions }) {
      if (sighting.kind !== 'overwritten') return undefined;
      if (fleet.storage === 'trusts' && exemptions.hasAny) return undefined;
      return `${sighting.updates.length} saved updates of ${sighting.uid} were overwritten`;
    },
  };
}

/** Every error but the application's own is a `RouteError`. */
export function onlyRouteErrors(): Check {
  return {
    name: 'only-route-errors',
    see(sighting) {
      if (sighting.kind !== 'error') return undefined;
      const { process, operation, error } = sighting;
      if (error instanceof ApplicationFault) return undefined;
      if (isRouteError(error) && error.code !== 'INTERNAL_ERROR') return undefined;
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return `${operation} of ${process}: ${text}`;
    },
  };
}

/** What an answer may be late: timers of one moment fire one after the other. */
const SLACK_MS = 50;

/** An operation with a deadline is answered by then. */
export function answersInTime(): Check {
  return {
    name: 'answers-in-time',
    see(sighting) {
      if (sighting.kind !== 'answered' || sighting.tookMs <= sighting.limitMs + SLACK_MS) return undefined;
      const { process, operation, tookMs, limitMs } = sighting;
      return `${operation} of ${process} took ${Math.round(tookMs)} ms of ${limitMs} ms`;
    },
  };
}

/** A request that no pod takes for its own is sent on until its deadline. */
export function asksUntilDeadline(): Check {
  return {
    name: 'asks-until-deadline',
    see(sighting, { now, fleet }) {
      if (
        sighting.kind !== 'asked' ||
        sighting.isLimited ||
        !isRouteError(sighting.error, 'POD_NOT_AVAILABLE')
      )
        return undefined;
      const tookMs = now - sighting.startedAt;
      if (sighting.error.why !== 'not mine' || tookMs >= fleet.callTimeoutMs - SLACK_MS) return undefined;
      return `a request of ${sighting.uid} was given up after ${Math.round(tookMs)} ms of ${fleet.callTimeoutMs} ms`;
    },
  };
}
