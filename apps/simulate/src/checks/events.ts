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
        : `${observation.pod.name} reported ${uid} in claimsLost, and holds the user`;
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

/** Storage that checks tokens never loses an accepted update. Storage that does not loses none unless an exception happened. */
export function lostUpdate(): Check {
  return {
    name: 'lost-update',
    observe(observation, { fleet, exemptions }) {
      if (observation.kind !== 'overwritten') return undefined;
      if (fleet.storage === 'trusts' && exemptions.hasAny) return undefined;
      return `${observation.updates.length} accepted updates of ${observation.uid} were overwritten`;
    },
  };
}

/** Every error is a `RouteError` or the application's own. */
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

/** How late an answer may be: timers that are due together fire one after the other. */
const SLACK_MS = 50;

/** An operation ends by its deadline. */
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

/** A request that pods refuse as not theirs is retried until its deadline. */
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
      return `a request of ${observation.uid} failed after ${Math.round(tookMs)} ms of ${fleet.callTimeoutMs} ms`;
    },
  };
}
