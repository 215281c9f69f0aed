import type { PodStates, ReportedEvent } from '@stateful-route/core';
import type { LinkReading } from '@stateful-route/core/adapter';
import type { SteeredService } from './steered-service.ts';

/** A user whose link an operator changes. */
export interface SteeredUser extends SteeredService {
  readonly uid: string;
  /** Who acts, for the journal. */
  readonly by: string;
}

/** What became of a change that an operator asked for. */
export interface SteerEnd {
  /** The pod that the user's link named. */
  readonly podId: number;
  /** The token of the claim that was ended. */
  readonly token?: number | undefined;
  /** The change was made, but this kept it out of the journal. */
  readonly unrecorded?: Error | undefined;
}

/** Why a change was not made: the user has no link, one of the other kind, or another one than was read just before. */
export type SteerRefusal =
  | { readonly refused: 'no link' }
  | { readonly refused: 'claimed' | 'temporary' | 'changed'; readonly podId: number };

/**
 * Removes a user's temporary link, so that the next question places the user anew, and writes that to the journal. Rejects as the
 * store's calls do. It may be repeated.
 */
export async function unlinkUser(user: SteeredUser): Promise<SteerEnd | SteerRefusal> {
  const link = await readLink(user);
  if (!link) return { refused: 'no link' };
  const { podId } = link;
  if (link.permanent) return { refused: 'claimed', podId };
  const { executors, namespace, serviceName, uid, by, signal } = user;
  const options = { onlyIfTemporary: true, signal };
  const { stateful } = executors;
  const removed = await stateful.removeLinkedPodWithId(namespace, uid, serviceName, podId, options);
  if (!removed) return { refused: 'changed', podId };
  return { podId, unrecorded: await record(user, { type: 'unlinked', podId, uid, by }) };
}

/**
 * Ends a user's claim, and writes that to the journal. The owner is told, and stops serving the user. Rejects as the store's calls
 * do. After a `TIMEOUT` its effect is unknown: look before it is repeated.
 */
export async function kickUser(user: SteeredUser): Promise<SteerEnd | SteerRefusal> {
  const link = await readLink(user);
  if (!link) return { refused: 'no link' };
  const { podId, token } = link;
  if (!link.permanent) return { refused: 'temporary', podId };
  const { executors, namespace, serviceName, uid, by, signal } = user;
  // Without the token, as only then the owner is told.
  const removed = await executors.stateful.removeLinkedPodWithId(namespace, uid, serviceName, podId, {
    signal,
  });
  if (!removed) return { refused: 'changed', podId };
  return { podId, token, unrecorded: await record(user, { type: 'kicked', podId, uid, by }) };
}

/** The user's link, or `undefined` if there is none. */
export async function readLink({
  executors,
  namespace,
  serviceName,
  uid,
  signal,
}: SteeredUser): Promise<(LinkReading & { readonly podId: number }) | undefined> {
  const link = await executors.stateful.getLink(namespace, uid, serviceName, { signal });
  const { podId } = link;
  return podId === undefined ? undefined : { ...link, podId };
}

/** Writes down what was done. If that fails, what was done stays done. */
export async function record(
  { executors, namespace, serviceName, signal }: SteeredService,
  event: ReportedEvent,
): Promise<Error | undefined> {
  try {
    await executors.server.writeJournal(namespace, serviceName, event, { signal });
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** A service has no pod of this ordinal. */
export function unknownPod(serviceName: string, pods: PodStates, podId: number): string {
  const known = [...pods.keys()].join(', ');
  return `${serviceName} has no pod ${podId}${known === '' ? '' : `, but ${known}`}.`;
}
