import type { JournalEntry, ServiceStateRead, StatefulServiceState } from '@stateful-route/core';
import { newestRevision, parseIncarnation, type Rollout } from '@stateful-route/core/adapter';
import type { RevisionDetails, RolloutDetails } from '../api/types.ts';
import { alivePods } from '../read/alive-pods.ts';
import type { Place } from '../read/service-reading.ts';

/** As many entries as one call gives. */
const ENTRIES = 1_000;
const MOVES = ['drain', 'hand-off', 'take-overs', 'order-ended'] as const;

/** The revisions of a service's pods, and how many users were moved since the newest one came. */
export async function rolloutDetails(
  { executors, namespace }: Place,
  service: string,
  read: ServiceStateRead,
  rollout: Rollout,
): Promise<RolloutDetails> {
  const alive = alivePods(read);
  const pods = [...alive.values()];
  const newest = pods.at(-1)?.revision;
  const starts = pods
    .filter(({ revision, incarnation }) => revision === newest && incarnation !== undefined)
    .map(({ incarnation }) => parseIncarnation(incarnation!).start);
  const startedAt = starts.length === 0 ? undefined : Math.min(...starts);
  const { entries } = await executors.server.readJournal(namespace, service, {
    types: MOVES,
    limit: ENTRIES,
  });
  const moved = startedAt === undefined ? undefined : movedSince(entries, startedAt);
  const users = pods.reduce((sum, pod) => sum + (pod.users ?? 0), 0);
  return {
    service,
    storeTime: read.storeTime,
    updating: newestRevision(rollout, alive, read.storeTime) !== undefined,
    revisions: revisionsOf(pods),
    startedAt,
    moved,
    movesPerUser: moved === undefined || users === 0 ? undefined : moved / users,
  };
}

/** `undefined` if entries of that time may have been dropped. */
function movedSince(entries: readonly JournalEntry[], startedAt: number): number | undefined {
  if (entries.length === ENTRIES && entries[0]!.at > startedAt) return undefined;
  return entries
    .filter(({ at }) => at >= startedAt)
    .reduce((sum, entry) => {
      if (entry.type === 'order-ended') return sum + entry.moved;
      return 'users' in entry ? sum + (entry.users ?? 0) : sum;
    }, 0);
}

/** The newest first: the highest ordinal of each says how new it is, as a StatefulSet updates from the top. */
function revisionsOf(pods: readonly StatefulServiceState[]): RevisionDetails[] {
  const byRevision = new Map<string | undefined, StatefulServiceState[]>();
  for (const pod of pods.toReversed()) {
    const same = byRevision.get(pod.revision);
    if (same) same.unshift(pod);
    else byRevision.set(pod.revision, [pod]);
  }
  return [...byRevision].map(([revision, same], at) => {
    const loads = same.map(({ loadState }) => loadState);
    return {
      revision,
      newest: at === 0,
      pods: same.map(({ podId }) => podId),
      users: same.reduce((sum, { users = 0 }) => sum + users, 0),
      load: { mean: loads.reduce((sum, load) => sum + load, 0) / loads.length, max: Math.max(...loads) },
    };
  });
}
