import { randomUUID } from 'node:crypto';
import { isAlive, isRoutable, type MoveOrder, type ServiceStateRead } from '@stateful-route/core';
import { ageMsOf, podStatus } from '@stateful-route/core/adapter';
import { profiles } from '../config/route-config.ts';
import { readLink, record, type SteeredUser, unknownPod } from './user-links.ts';

/** A user to move. */
export interface UserToMove extends SteeredUser {
  /** The pod that the user moves to. */
  readonly to: number;
  /** For how long the user's pod may begin, in ms. */
  readonly withinMs: number;
}

/** What a move came to. */
export type MoveUserResult =
  /** The user is there already. */
  | { readonly moved: 'already'; readonly from: number; readonly permanent: boolean }
  /** The user had a temporary link, which names the other pod now. Nobody served the user yet: there was nothing to save. */
  | { readonly moved: 'link'; readonly from: number; readonly unrecorded?: Error | undefined }
  /** The user's pod is told to. How that ends is in the journal behind `after`, as `order-ended` with the order's id. */
  | {
      readonly moved: 'ordered';
      readonly from: number;
      readonly order: MoveOrder;
      readonly after: string;
    }
  | MoveUserRefusal;

/** Why nothing was done: in a word for programs, and in a sentence for people. */
export interface MoveUserRefusal {
  readonly refused:
    | 'no link'
    | 'no such pod'
    | 'takes no new users'
    | 'full'
    | 'owner is gone'
    | 'changed'
    | 'too many orders';
  readonly from?: number | undefined;
  readonly sentence: string;
}

/**
 * Moves a user to a pod: a claim by an order to its owner, which saves the user's state and hands it over; a temporary link by
 * replacing it. Rejects as the store's calls do. It may be repeated: at worst a second order finds the user gone.
 */
export async function moveUser(user: UserToMove): Promise<MoveUserResult> {
  const { executors, namespace, serviceName, uid, to, by, withinMs, signal } = user;
  const link = await readLink(user);
  if (!link) return { refused: 'no link', sentence: `${uid} has no link in ${serviceName}.` };
  const { podId: from, permanent } = link;
  const read = await executors.stateful.getServiceState(namespace, serviceName, { signal });
  if (from === to) return { moved: 'already', from, permanent };
  const refusal = whyNot(serviceName, read, to);
  if (refusal) return { ...refusal, from };
  if (!permanent) return replaceLink(user, from, read, link.pin?.podId);
  const owner = read.pods.get(from);
  if (!owner || !isAlive(owner, ageMsOf(owner, read.storeTime))) {
    const what = `${serviceName}-${from}, which has ${uid}, is gone`;
    return {
      refused: 'owner is gone',
      from,
      sentence: `${what}: the next request places the user elsewhere.`,
    };
  }
  const { server } = executors;
  const { after } = await server.readJournal(namespace, serviceName, { limit: 1, signal });
  const order: MoveOrder = { kind: 'move', id: randomUUID(), uid, to, until: read.storeTime + withinMs, by };
  if (await server.giveOrder(namespace, serviceName, from, order, { signal })) {
    return { moved: 'ordered', from, order, after };
  }
  return { refused: 'too many orders', from, sentence: `Too many orders wait for ${serviceName}-${from}.` };
}

/** Why a pod cannot get a user by name. */
function whyNot(
  serviceName: string,
  { pods, storeTime }: ServiceStateRead,
  to: number,
): MoveUserRefusal | undefined {
  const pod = pods.get(to);
  if (!pod) return { refused: 'no such pod', sentence: unknownPod(serviceName, pods, to) };
  const { users, maxUsers } = pod;
  if (!isRoutable(pod, ageMsOf(pod, storeTime))) {
    const sentence = `${serviceName}-${to} takes no new users: it is ${podStatus(pod, storeTime)}.`;
    return { refused: 'takes no new users', sentence };
  }
  if (users !== undefined && maxUsers !== undefined && users >= maxUsers) {
    const sentence = `${serviceName}-${to} is full: it has ${users} of at most ${maxUsers} users.`;
    return { refused: 'full', sentence };
  }
  return undefined;
}

/** @param despitePin - the pin of the user: the operator who moves him knows better. */
async function replaceLink(
  user: UserToMove,
  from: number,
  { epoch }: ServiceStateRead,
  despitePin: number | undefined,
): Promise<MoveUserResult> {
  const { executors, namespace, serviceName, uid, to, by, signal } = user;
  const { linked } = await executors.stateful.replaceLinkedPod(
    namespace,
    uid,
    serviceName,
    from,
    to,
    profiles.realtime.linkInfoCacheTimeSecs,
    { onlyIfTemporary: true, why: 'moved', by, epoch, despitePin, signal },
  );
  if (!linked)
    return { refused: 'changed', from, sentence: `The link of ${uid} in ${serviceName} has just changed.` };
  return { moved: 'link', from, unrecorded: await record(user, { type: 'moved', podId: from, uid, to, by }) };
}
