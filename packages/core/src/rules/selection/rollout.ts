import type { PodStates } from '../../domain/stateful-service-state.ts';
import { parseIncarnation } from '../incarnation.ts';

/** An update is stalled if the newest revision has gained no pod for this long, in ms. */
export const UPDATE_STALL_MS = 600_000;

/** What a reader remembers of the revisions of a service's pods, from one snapshot to the next. */
export interface Rollout {
  /** The revision that each ordinal had last. */
  readonly revisions: ReadonlyMap<number, string>;
  /** The store's time at which each revision last gained a pod. */
  readonly grewAt: ReadonlyMap<string, number>;
}

/** What a reader remembers before its first snapshot. */
export const NO_ROLLOUT: Rollout = { revisions: new Map(), grewAt: new Map() };

/**
 * Takes in a snapshot's alive pods. A revision gains a pod when an ordinal has it that had another one before; a pod that only
 * restarts, as in a crash loop, is no gain. An ordinal that is seen for the first time gained it when its process started.
 */
export function rolloutStep(before: Rollout, alive: PodStates, storeTime: number): Rollout {
  let after: { revisions: Map<number, string>; grewAt: Map<string, number> } | undefined;
  for (const { podId, revision, incarnation } of alive.values()) {
    if (revision === undefined) continue;
    const known = before.revisions.get(podId);
    if (known === revision) continue;
    after ??= { revisions: new Map(before.revisions), grewAt: new Map(before.grewAt) };
    const { start } = parseIncarnation(incarnation ?? '');
    const at = known === undefined ? Math.min(start, storeTime) : storeTime;
    after.revisions.set(podId, revision);
    after.grewAt.set(revision, Math.max(at, after.grewAt.get(revision) ?? at));
  }
  if (!after) return before;
  // A revision that no ordinal had last is forgotten.
  const kept = new Set(after.revisions.values());
  for (const revision of after.grewAt.keys()) if (!kept.has(revision)) after.grewAt.delete(revision);
  return after;
}

/** An update that runs. */
export interface RunningUpdate {
  /** The revision of the highest alive ordinal: a StatefulSet updates from the top. */
  readonly revision: string;
  /** The store's time at which the update counts as stalled, unless the revision gains another pod. */
  readonly until: number;
}

/** The update that runs by these alive pods: two revisions are alive. It is over at its `until`. */
export function updateOf(
  { grewAt }: Rollout,
  alive: PodStates,
  stallMs: number = UPDATE_STALL_MS,
): RunningUpdate | undefined {
  let newest: string | undefined;
  let highest = -1;
  const revisions = new Set<string>();
  for (const { podId, revision } of alive.values()) {
    if (revision === undefined) continue;
    revisions.add(revision);
    if (podId > highest) [highest, newest] = [podId, revision];
  }
  if (newest === undefined || revisions.size < 2) return undefined;
  return { revision: newest, until: (grewAt.get(newest) ?? Number.NEGATIVE_INFINITY) + stallMs };
}

/** The newest revision while an update runs; `undefined` while none does. */
export function newestRevision(
  rollout: Rollout,
  alive: PodStates,
  storeTime: number,
  stallMs: number = UPDATE_STALL_MS,
): string | undefined {
  const update = updateOf(rollout, alive, stallMs);
  return update && storeTime < update.until ? update.revision : undefined;
}
