import { PERSIST_FOREVER } from '@stateful-route/core';
import { type Check, RECONNECT_APART_MS, type ObservedPod, type Observation } from './observation.ts';

/** A write that ends or changes a user's claim for whoever had it. */
function changes(
  observation: Observation,
): { readonly uid: string; readonly by: ObservedPod | undefined; readonly claims: boolean } | undefined {
  if (observation.kind === 'event') {
    const { event } = observation;
    if (event.kind === 'otherSideRemoves' || event.kind === 'otherSideSets')
      return { uid: event.uid, by: undefined, claims: false };
  }
  if (observation.kind !== 'stored' || observation.call.error !== undefined) return undefined;
  const { method, args, result } = observation.call;
  const uid = String(args[1]);
  if (method === 'trySetLinkedPod' || method === 'setLinkedPod') {
    if ((result as { readonly linked?: boolean } | undefined)?.linked === false) return undefined;
    return {
      uid,
      by: observation.pod,
      claims: args[4] === PERSIST_FOREVER && Number(args[3]) === observation.pod?.ordinal,
    };
  }
  if (method === 'removeLinkedPod' || method === 'removeLinkedPodWithId')
    return result === true ? { uid, by: observation.pod, claims: false } : undefined;
  if (method !== 'replaceLinkedPod') return undefined;
  return (result as { readonly linked: boolean }).linked
    ? { uid, by: observation.pod, claims: false }
    : undefined;
}

/** A pod loses a user only where somebody took the user, or ended the claim, after the pod had claimed it. */
export function noLossForNothing(): Check {
  /** Whose claim of the user was the last change. */
  const claimedBy = new Map<string, ObservedPod>();
  return {
    name: 'no-loss-for-nothing',
    observe(observation, { now, pods, exemptions }) {
      const change = changes(observation);
      if (change?.claims && change.by) claimedBy.set(change.uid, change.by);
      else if (change) claimedBy.delete(change.uid);
      if (observation.kind !== 'claimsLost') return undefined;
      const { pod } = observation;
      // a process that another one of its ordinal has displaced loses all
      if (pods.some((other) => other.ordinal === pod.ordinal && other.startedAt > pod.startedAt))
        return undefined;
      // a hand-off may meet a link that the store has lost and the pod has not put back yet
      if (pod.isHandingOver && exemptions.mayLackData(now)) return undefined;
      const uid = observation.uids.find((each) => claimedBy.get(each) === pod);
      return uid === undefined ? undefined : `${pod.name} lost ${uid}, whom nobody took`;
    },
  };
}

/**
 * After an outage that lost everything nobody moves whose pod reaches the store again before its fence, where no process
 * is new, so that the first to beat had beaten before.
 */
export function keptThroughRestore(): Check {
  let kept = new Map<string, ObservedPod>();
  let until = -1;
  return {
    name: 'kept-through-restore',
    observe(observation, { now, pods, uids, fleet }) {
      if (observation.kind === 'storeBack') {
        kept = new Map();
        const shortest = Math.min(...fleet.leasesMs);
        until = now + shortest;
        const running = pods.filter(({ isRunning }) => isRunning);
        const calm =
          running.every(({ troubledUntil }) => troubledUntil <= now + RECONNECT_APART_MS) &&
          pods.every(({ startedAt }) => startedAt < now - shortest);
        if (observation.lost !== 'everything' || observation.awayMs === 0 || !calm) return undefined;
        for (const pod of running) for (const uid of uids) if (pod.holds(uid)) kept.set(uid, pod);
      }
      if (observation.kind === 'event' && observation.event.kind !== 'ask') kept = new Map();
      if (now > until || kept.size === 0 || observation.kind !== 'stored') return undefined;
      const change = changes(observation);
      if (!change) return undefined;
      const owner = kept.get(change.uid);
      if (!change.claims || !change.by) {
        // the owner itself gives the user up
        if (change.by === owner) kept.delete(change.uid);
        return undefined;
      }
      if (!owner || owner === change.by || !owner.isRunning) return undefined;
      return `${change.by.name} claimed ${change.uid}, whom ${owner.name} held when the store came back empty`;
    },
  };
}
