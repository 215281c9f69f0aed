import { type Executors, isAlive } from '@stateful-route/core';
import { ageMsOf, type RosterEntry } from '@stateful-route/core/adapter';
import { readUndamaged } from '../store/read-undamaged.ts';
import { failsForGood } from './claims/claim-store.ts';

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
  /**
   * How many still wait: the ordinal lives, the claim has no token, as where another side forced it, or what the store holds of
   * the user cannot be read. Their entries in the roster stay.
   */
  readonly left: number;
}

/**
 * Removes an ordinal that is not to come back, as after a scale-in: its entry, its intent, and the claims in its roster, so
 * that the users who wait for it (`deadOwner: 'wait'`) are placed on other pods.
 *
 * A claim is ended as a take-over is: by the token that was read before the pods were, and only where the ordinal has no living
 * entry in that reading. So a process of the ordinal that starts meanwhile keeps its users. It may be repeated at any
 * time, also without an entry, and goes on where it stopped. Rejects as the store's calls do; where the store refuses for
 * good to change one user's claim, after the others were done.
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
  let refusal: unknown;
  let cursor: string | undefined;
  do {
    const page = await stateful.readRoster(namespace, serviceName, podId, { cursor });
    ({ cursor } = page);
    for (const end of await endClaims(executors, pod, page.entries)) {
      if (end === 'ended') ended += 1;
      if (end === 'left') left += 1;
      if (typeof end === 'object') refusal ??= end.refusal;
    }
  } while (cursor !== undefined);
  if (refusal !== undefined) throw refusal as Error;
  return { removed, ended, left };
}

/** What became of a user in the roster: the claim was ended, still waits, was none of the ordinal's any more, or cannot be changed. */
type RosterEntryEnd = 'ended' | 'left' | 'elsewhere' | { readonly refusal: unknown };

async function endClaims(
  { stateful }: Executors,
  { namespace, serviceName, podId }: RemovedPod,
  entries: readonly RosterEntry[],
): Promise<RosterEntryEnd[]> {
  if (entries.length === 0) return [];
  const uids = entries.map(({ uid }) => uid);
  const { found: links, damaged } = await readUndamaged(uids, (readable) =>
    stateful.batchGetLink(namespace, readable, serviceName),
  );
  const { pods, storeTime } = await stateful.getServiceState(namespace, serviceName);
  const entry = pods.get(podId);
  if (entry && isAlive(entry, ageMsOf(entry, storeTime))) return entries.map(() => 'left');
  return Promise.all(
    entries.map(async ({ uid, number }) => {
      if (damaged.has(uid)) return 'left';
      try {
        const link = links.get(uid);
        let isEnded = false;
        if (link?.permanent === true && link.podId === podId) {
          const { token } = link;
          if (token === undefined) return 'left';
          isEnded = await stateful.removeLinkedPodWithId(namespace, uid, serviceName, podId, { token });
        }
        await stateful.leaveRoster(namespace, serviceName, podId, uid, { number });
        return isEnded ? 'ended' : 'elsewhere';
      } catch (error) {
        if (failsForGood(error)) return { refusal: error };
        throw error;
      }
    }),
  );
}
