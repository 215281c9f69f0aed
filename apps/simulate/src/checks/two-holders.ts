import type { Check } from './sighting.ts';

/** No two running processes hold one user. */
export function twoHolders(): Check {
  return {
    name: 'two-holders',
    see(sighting, { now, uids, pods, exemptions }) {
      if (sighting.kind !== 'ran' || !sighting.pod.isRunning) return undefined;
      const { pod } = sighting;
      for (const uid of uids) {
        if (!pod.holds(uid)) continue;
        for (const other of pods) {
          // a paused process serves nobody, and looks at its clock before it goes on
          if (other === pod || !other.isRunning || other.isPaused || !other.holds(uid)) continue;
          if (!exemptions.mayBothHold(uid, [pod, other], now))
            return `${pod.name} and ${other.name} hold ${uid}`;
        }
      }
      return undefined;
    },
  };
}
