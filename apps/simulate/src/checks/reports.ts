import type { Check } from './observation.ts';

/** The report of `stop` agrees with the directory if the store was reachable all the time. */
export function stopReport(): Check {
  return {
    name: 'stop-report',
    observe(observation, { fleet, exemptions }) {
      if (observation.kind !== 'stopped' || !observation.calm) return undefined;
      const { pod, report, unoffered } = observation;
      // A waiting user counts as the pod's, whichever process made the claim.
      const waits = fleet.deadOwner === 'wait';
      const claims = waits ? observation.ofOrdinal : observation.claims;
      if (unoffered.length > 0)
        return `${pod.name} let ${unoffered.join(', ')} go unsaved, and does not say so`;
      // A link that is released at the deadline may still be on its way.
      if (fleet.leftover === 'release' && report.left > 0) return undefined;
      // After the roster was lost it names only the users that this process claimed.
      const least = waits && exemptions.hasAny ? observation.claims.length : claims.length;
      if (report.left < least || report.left > claims.length) {
        return `${pod.name} says that it left ${report.left}, and the directory names it for ${claims.join(', ') || 'nobody'}`;
      }
      return undefined;
    },
  };
}

/** After all faults have ended and every recovery had its time, nothing hangs, and the directory agrees with the pods. */
export function atRest(): Check {
  return {
    name: 'at-rest',
    observe(observation, { pods, fleet }) {
      if (observation.kind !== 'rest') return undefined;
      const { links, rosters, missing, pending, unserved } = observation;
      if (missing.length > 0) return `pods ${missing.join(', ')} are not back`;
      if (pending.length > 0) return `never answered: ${pending.join(', ')}`;
      if (unserved.length > 0) return `not served: ${unserved.join(', ')}`;
      for (const [uid, link] of links) {
        const holders = pods.filter((pod) => pod.isRunning && pod.holds(uid));
        const names = holders.map(({ name }) => name).join(' and ') || 'nobody';
        if (holders.length > 1) return `${names} hold ${uid}`;
        const owner = link.permanent ? link.podId : undefined;
        if (holders[0]?.ordinal !== owner)
          return `the directory says that pod ${owner} holds ${uid}, and ${names} does`;
        const roster = owner === undefined ? undefined : rosters.get(owner);
        if (
          fleet.deadOwner === 'wait' &&
          owner !== undefined &&
          !roster?.some((entry) => entry.uid === uid)
        ) {
          return `pod ${owner} holds ${uid}, who is not in its roster`;
        }
      }
      return undefined;
    },
  };
}
