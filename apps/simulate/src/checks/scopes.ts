import type { Check, ObservedPod } from './observation.ts';

/** A pod holds the user of a scope until the scope's signal has fired. */
export function scopeHolds(): Check {
  const open = new Map<AbortSignal, { readonly pod: ObservedPod; readonly uid: string }>();
  return {
    name: 'scope-holds',
    observe(observation) {
      if (observation.kind === 'scopeRuns') open.set(observation.signal, observation);
      else if (observation.kind === 'scopeEnds') open.delete(observation.signal);
      if (observation.kind !== 'ran') return undefined;
      for (const [signal, { pod, uid }] of open) {
        if (!pod.isRunning) open.delete(signal);
        else if (pod === observation.pod && !signal.aborted && !pod.holds(uid)) {
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
    observe(observation) {
      if (observation.kind === 'claimsLost') lost = new Set([...lost, ...observation.uids]);
      else if (observation.kind === 'signal') {
        if (observation.cause === undefined && !observation.pod.isFenced()) unexplained.push(observation.uid);
      } else if (observation.kind === 'ran') {
        const uid = unexplained.find((each) => !lost.has(each));
        lost = new Set();
        unexplained = [];
        if (uid !== undefined)
          return `the signal of a scope of ${uid} on ${observation.pod.name} fired without a cause`;
      }
      return undefined;
    },
  };
}
