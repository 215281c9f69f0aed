import { PERSIST_FOREVER } from '@stateful-route/core';
import type { ReplaceResult } from '@stateful-route/core/adapter';
import { type Check, RECONNECT_APART_MS, type ObservedPod, type Observation } from './observation.ts';

/** A write that ended or replaced a user's claim. */
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
  // A quarantine ends the claim that was to be replaced.
  const { linked, quarantinedUntil } = result as ReplaceResult;
  return linked || quarantinedUntil !== undefined ? { uid, by: observation.pod, claims: false } : undefined;
}

/** A pod loses a user only if somebody claimed the user or ended the claim after the pod's own claim. */
export function noLossForNothing(): Check {
  /** The pod whose claim was the last change of a user's link. */
  const claimedBy = new Map<string, ObservedPod>();
  /** The users whom a pod claimed by force. */
  const forced = new Set<string>();
  return {
    name: 'no-loss-for-nothing',
    observe(observation, { now, pods, exemptions }) {
      if (observation.kind === 'event' && observation.event.kind === 'forceHere')
        forced.add(observation.event.uid);
      const change = changes(observation);
      if (change?.claims && change.by) claimedBy.set(change.uid, change.by);
      else if (change) claimedBy.delete(change.uid);
      if (observation.kind !== 'claimsLost') return undefined;
      const { pod } = observation;
      // A process that a later one of its ordinal displaced loses all its users.
      if (pods.some((other) => other.ordinal === pod.ordinal && other.startedAt > pod.startedAt))
        return undefined;
      // A hand-off may find a link missing that the store lost and the pod has not asserted yet.
      if (pod.isHandingOver && exemptions.mayLackData(now)) return undefined;
      // So may the reading that settles a forced claim in doubt.
      const isUnsure = (uid: string): boolean => forced.has(uid) && exemptions.mayLackData(now);
      const uid = observation.uids.find((each) => claimedBy.get(each) === pod && !isUnsure(each));
      return uid === undefined
        ? undefined
        : `${pod.name} lost ${uid}, and nobody had claimed the user or ended the claim`;
    },
  };
}

/** The calls that end the caller's own hold, whatever they find. */
const removals: ReadonlySet<string> = new Set([
  'removeLinkedPod',
  'removeLinkedPodWithId',
  'replaceLinkedPod',
]);

/**
 * After an outage that lost everything, a user stays if the pod reaches the store before its fence. This holds only without
 * new processes: the first heartbeat must come from a run that had sent one before.
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
      // A removal by the owner that finds no link ends its hold all the same.
      if (
        removals.has(observation.call.method) &&
        observation.pod === kept.get(String(observation.call.args[1]))
      )
        kept.delete(String(observation.call.args[1]));
      const change = changes(observation);
      if (!change) return undefined;
      const owner = kept.get(change.uid);
      if (!change.claims || !change.by || !owner || owner === change.by || !owner.isRunning) return undefined;
      return `${change.by.name} claimed ${change.uid}, whom ${owner.name} held when the store came back empty`;
    },
  };
}
