import { type Executors, isAlive } from '@stateful-route/core';
import { ageMsOf, type RosterEntry } from '@stateful-route/core/adapter';
import type { PodIdentity } from '../config/from-env.ts';
import { readUndamaged } from '../store/read-undamaged.ts';
import { failsPermanently } from './claims/claim-store.ts';

/** The result of a removal. */
export interface RemovePodReport {
  /** Whether the pod had an entry. */
  readonly removed: boolean;
  /** How many claims of the ordinal were ended. */
  readonly ended: number;
  /**
   * How many claims were left, with their entries in the roster: the ordinal is alive, the claim has no token, as Go and Java
   * write it, or the user's keys cannot be read.
   */
  readonly left: number;
}

/**
 * Removes an ordinal that will not come back, for example after a scale-in: its entry, its intent, and the claims in its roster.
 * Then the users who wait for it (`deadOwner: 'wait'`) are placed on other pods.
 *
 * Each claim is ended as in a take-over: by the token that was read before the pods were, and only if the ordinal is not alive in
 * that read. So a process of the ordinal that starts meanwhile keeps its users. Safe to repeat at any time, also without an
 * entry: it continues where it stopped. Rejects as the store's calls do; if the store permanently refuses to change some user's
 * claim, after all others are done.
 *
 * @example
 * await removePod(executors, { namespace: 'game', serviceName: 'room', podId: 3 }); // { removed: true, ended: 9, left: 0 }
 */
export async function removePod(executors: Executors, pod: PodIdentity): Promise<RemovePodReport> {
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

/** The result for one entry: the claim was ended, was left, is not the ordinal's any more, or cannot be changed. */
type RosterEntryEnd = 'ended' | 'left' | 'elsewhere' | { readonly refusal: unknown };

async function endClaims(
  { stateful }: Executors,
  { namespace, serviceName, podId }: PodIdentity,
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
        if (failsPermanently(error)) return { refusal: error };
        throw error;
      }
    }),
  );
}
