import type { Check, SeenPod } from './sighting.ts';

/** Inside a scope the user is held until the scope's signal has fired. */
export function scopeHolds(): Check {
  const open = new Map<AbortSignal, { readonly pod: SeenPod; readonly uid: string }>();
  return {
    name: 'scope-holds',
    see(sighting) {
      if (sighting.kind === 'scopeRuns') open.set(sighting.signal, sighting);
      else if (sighting.kind === 'scopeEnds') open.delete(sighting.signal);
      if (sighting.kind !== 'ran') return undefined;
      for (const [signal, { pod, uid }] of open) {
        if (!pod.isRunning) open.delete(signal);
        else if (pod === sighting.pod && !signal.aborted && !pod.holds(uid)) {
          return `${pod.name} does not hold ${uid} in a scope whose signal has not fired`;
        }
      }
      return undefined;
    },
  };
}

/** A scope's signal fires only for a loss, a fence, a release, a hand-off or the pod's end. */
export function signalCause(): Check {
  let lost: ReadonlySet<string> = new Set();
  let unexplained: string[] = [];
  return {
    name: 'signal-cause',
    see(sighting) {
      if (sighting.kind === 'claimsLost') lost = new Set([...lost, ...sighting.uids]);
      else if (sighting.kind === 'signal') {
        if (sighting.cause === undefined && !sighting.pod.isFenced()) unexplained.push(sighting.uid);
      } else if (sighting.kind === 'ran') {
        const uid = unexplained.find((each) => !lost.has(each));
        lost = new Set();
        unexplained = [];
        if (uid !== undefined)
          return `a scope of ${uid} on ${sighting.pod.name} was told its end for nothing`;
      }
      return undefined;
    },
  };
}
