import type { Check } from './observation.ts';

/** What `stop` reports equals what the directory says, where the store could be reached all the time. */
export function stopReport(): Check {
  return {
    name: 'stop-report',
    observe(observation, { fleet, exemptions }) {
      if (observation.kind !== 'stopped' || !observation.calm) return undefined;
      const { pod, report, unoffered } = observation;
      // who waits for the ordinal is the pod's as well, whichever process claimed the user
      const waits = fleet.deadOwner === 'wait';
      const claims = waits ? observation.ofOrdinal : observation.claims;
      if (unoffered.length > 0)
        return `${pod.name} let ${unoffered.join(', ')} go unsaved, and does not say so`;
      // what is given back at the deadline may still be on its way
      if (fleet.leftover === 'release' && report.left > 0) return undefined;
      // a roster that was lost names only whom this process claimed
      const least = waits && exemptions.hasAny ? observation.claims.length : claims.length;
      if (report.left < least || report.left > claims.length) {
        return `${pod.name} says that it left ${report.left}, and the directory names it for ${claims.join(', ') || 'nobody'}`;
      }
      return undefined;
    },
  };
}

/** When everything was mended and had its time, nothing hangs, and the directory and the pods agree. */
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
