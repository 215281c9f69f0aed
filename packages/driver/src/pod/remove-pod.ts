import { ageMsOf, type Executors, isAlive, type RosterEntry } from '@stateful-route/core';
import { readUndamaged } from '../store/read-undamaged.ts';

/** A pod that is not to come back. */
export interface RemovedPod {
  readonly namespace: string;
  readonly serviceName: string;
  readonly podId: number;
}

/** What became of a removal. */
export interface RemovePodReport {
  /** Whether the pod had an entry. */
  readonly removed: boolean;
  /** How many claims were ended that waited for the ordinal. */
  readonly ended: number;
  /** How many still wait: the ordinal lives, or what the store holds of the user cannot be read. */
  readonly left: number;
}

/**
 * Removes an ordinal that is not to come back, as after a scale-in: its entry, its intent, and the claims in its roster, so
 * that the users who wait for it (`deadOwner: 'wait'`) are placed on other pods.
 *
 * A claim is ended as a take-over is: by the token that was read before the pods were, and only where the ordinal has no living
 * entry in that reading. So a process of the ordinal that starts meanwhile keeps its users. It may be repeated at any
 * time, also without an entry, and goes on where it stopped. Rejects as the store's calls do.
 *
 * @example
 * await removePod(executors, { namespace: 'game', serviceName: 'room', podId: 3 }); // { removed: true, ended: 9, left: 0 }
 */
export async function removePod(executors: Executors, pod: RemovedPod): Promise<RemovePodReport> {
  const { stateful } = executors;
  const { namespace, serviceName, podId } = pod;
  const removed = await stateful.removeServiceState(namespace, serviceName, podId);
  let ended = 0;
  let left = 0;
  let cursor: string | undefined;
  do {
    const page = await stateful.readRoster(namespace, serviceName, podId, { cursor });
    ({ cursor } = page);
    for (const isEnded of await endClaims(executors, pod, page.entries)) {
      if (isEnded) ended += 1;
      else left += 1;
    }
  } while (cursor !== undefined);
  return { removed, ended, left };
}

async function endClaims(
  { stateful }: Executors,
  { namespace, serviceName, podId }: RemovedPod,
  entries: readonly RosterEntry[],
): Promise<boolean[]> {
  if (entries.length === 0) return [];
  const uids = entries.map(({ uid }) => uid);
  const { found: links, damaged } = await readUndamaged(uids, (readable) =>
    stateful.batchGetLink(namespace, readable, serviceName),
  );
  const { pods, storeTime } = await stateful.getServiceState(namespace, serviceName);
  const entry = pods.get(podId);
  if (entry && isAlive(entry, ageMsOf(entry, storeTime))) return entries.map(() => false);
  return Promise.all(
    entries.map(async ({ uid, number }) => {
      if (damaged.has(uid)) return false;
      const link = links.get(uid);
      const isLeftover = link?.permanent === true && link.podId === podId && link.token !== undefined;
      if (isLeftover) {
        await stateful.removeLinkedPodWithId(namespace, uid, serviceName, podId, { token: link.token });
      }
      await stateful.leaveRoster(namespace, serviceName, podId, uid, { number });
      return true;
    }),
  );
}
