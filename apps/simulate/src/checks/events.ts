import { isRouteError } from '@stateful-route/core';
import { ApplicationFault } from '../fleet/application-fault.ts';
import type { Check } from './observation.ts';

/** `claimsLost` never names a user that the pod holds. */
export function lostWhileHeld(): Check {
  return {
    name: 'lost-while-held',
    observe(observation) {
      if (observation.kind !== 'claimsLost') return undefined;
      const uid = observation.uids.find((each) => observation.pod.holds(each));
      return uid === undefined
        ? undefined
        : `${observation.pod.name} was told that it lost ${uid}, which it holds`;
    },
  };
}

/** `onHandOff` runs once at a time for a user. */
export function oneSaveAtATime(): Check {
  const saving = new Set<string>();
  return {
    name: 'one-save-at-a-time',
    observe(observation) {
      if (observation.kind !== 'saveBegins' && observation.kind !== 'saveEnds') return undefined;
      const key = `${observation.pod.name} ${observation.uid}`;
      if (observation.kind === 'saveEnds') saving.delete(key);
      else if (saving.has(key)) return `${observation.pod.name} saves ${observation.uid} twice at a time`;
      else saving.add(key);
      return undefined;
    },
  };
}

/** Storage that checks tokens loses no update that it accepted; storage that trusts loses none without an exception. */
export function lostUpdate(): Check {
  return {
    name: 'lost-update',
    observe(observation, { fleet, exemptions }) {
      if (observation.kind !== 'overwritten') return undefined;
      if (fleet.storage === 'trusts' && exemptions.hasAny) return undefined;
      return `${observation.updates.length} saved updates of ${observation.uid} were overwritten`;
    },
  };
}

/** Every error but the application's own is a `RouteError`. */
export function onlyRouteErrors(): Check {
  return {
    name: 'only-route-errors',
    observe(observation) {
      if (observation.kind !== 'error') return undefined;
      const { process, operation, error } = observation;
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
    observe(observation) {
      if (observation.kind !== 'answered' || observation.tookMs <= observation.limitMs + SLACK_MS)
        return undefined;
      const { process, operation, tookMs, limitMs } = observation;
      return `${operation} of ${process} took ${Math.round(tookMs)} ms of ${limitMs} ms`;
    },
  };
}

/** A request that no pod takes for its own is sent on until its deadline. */
export function asksUntilDeadline(): Check {
  return {
    name: 'asks-until-deadline',
    observe(observation, { now, fleet }) {
      if (
        observation.kind !== 'asked' ||
        observation.isLimited ||
        !isRouteError(observation.error, 'POD_NOT_AVAILABLE')
      )
        return undefined;
      const tookMs = now - observation.startedAt;
      if (observation.error.why !== 'not mine' || tookMs >= fleet.callTimeoutMs - SLACK_MS) return undefined;
      return `a request of ${observation.uid} was given up after ${Math.round(tookMs)} ms of ${fleet.callTimeoutMs} ms`;
    },
  };
}
