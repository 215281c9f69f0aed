import type { Pin } from '@stateful-route/core';
import { readLink, record, type SteeredUser, unknownPod } from './user-links.ts';

/** A user to pin. */
export interface UserToPin extends SteeredUser {
  /** The pod; `undefined` removes the pin. */
  readonly podId: number | undefined;
}

/** What a pin came to. */
export type PinUserResult =
  | {
      /** The pin before. If it names the same pod, nothing has changed. */
      readonly before: Pin | undefined;
      /** The pod that has the user now. A pin does not move him. */
      readonly at: number | undefined;
      /** The change was made, but this kept it out of the journal. */
      readonly unrecorded?: Error | undefined;
    }
  | { readonly refused: 'no such pod'; readonly sentence: string };

/**
 * Pins a user to a pod, or removes the pin, and writes that to the journal. The user is placed there from the next placement on,
 * while that pod is alive. Rejects as the store's calls do. It may be repeated.
 */
export async function pinUser(user: UserToPin): Promise<PinUserResult> {
  const { executors, namespace, serviceName, uid, podId, by, signal } = user;
  const { stateful } = executors;
  if (podId !== undefined) {
    const { pods } = await stateful.getServiceState(namespace, serviceName, { signal });
    if (!pods.has(podId)) {
      return { refused: 'no such pod', sentence: unknownPod(serviceName, pods, podId) };
    }
  }
  const before = await stateful.setPin(namespace, uid, serviceName, podId, { by, signal });
  const at = (await readLink(user))?.podId;
  const named = podId ?? before?.podId;
  if (named === undefined || before?.podId === podId) return { before, at };
  const type = podId === undefined ? 'unpinned' : 'pinned';
  return { before, at, unrecorded: await record(user, { type, podId: named, uid, by }) };
}
