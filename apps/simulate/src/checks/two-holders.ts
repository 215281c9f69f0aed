import type { Check } from './observation.ts';

/** No two running processes hold one user. */
export function twoHolders(): Check {
  return {
    name: 'two-holders',
    observe(observation, { now, uids, pods, exemptions }) {
      if (observation.kind !== 'ran' || !observation.pod.isRunning) return undefined;
      const { pod } = observation;
      for (const uid of uids) {
        if (!pod.holds(uid)) continue;
        for (const other of pods) {
          // A paused process serves nobody, and reads its clock before it continues.
          if (other === pod || !other.isRunning || other.isPaused || !other.holds(uid)) continue;
          if (!exemptions.mayBothHold(uid, [pod, other], now))
            return `${pod.name} and ${other.name} hold ${uid}`;
        }
      }
      return undefined;
    },
  };
}
