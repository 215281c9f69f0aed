import {
  kickUser,
  moveUser,
  pinUser,
  type SteeredUser,
  type SteerEnd,
  type SteerRefusal,
  unlinkUser,
  unquarantineUser,
} from '@stateful-route/driver';
import type { ActionResult } from '../api/types.ts';

/** For how long a user's pod may begin to move him. */
const MOVE_WITHIN_MS = 60_000;

/** What an action on a user came to. */
export type ActionEnd =
  | (ActionResult & { readonly refused?: undefined })
  | { readonly refused: 'not found' | 'refused'; readonly sentence: string };

/** Removes a user's temporary link. */
export async function unlink(user: SteeredUser): Promise<ActionEnd> {
  return endOf(user, await unlinkUser(user), (pod) => `${user.uid} has no link to ${pod} any more.`);
}

/** Ends a user's claim. */
export async function kick(user: SteeredUser): Promise<ActionEnd> {
  return endOf(user, await kickUser(user), (pod) => `${user.uid} is not claimed by ${pod} any more.`);
}

/** Moves a user to a pod. A claim is moved by its owner, later: the journal has how that ends. */
export async function move(user: SteeredUser, to: number): Promise<ActionEnd> {
  const { uid, serviceName, by } = user;
  const result = await moveUser({ ...user, to, withinMs: MOVE_WITHIN_MS });
  if ('refused' in result) {
    const isMissing = result.refused === 'no link' || result.refused === 'no such pod';
    return { refused: isMissing ? 'not found' : 'refused', sentence: result.sentence };
  }
  const [from, target] = [`${serviceName}-${result.from}`, `${serviceName}-${to}`];
  if (result.moved === 'ordered') {
    return { by, sentence: `${from} is told to move ${uid} to ${target}.`, orderId: result.order.id };
  }
  if (result.moved === 'already') return { by, sentence: `${uid} is at ${target} already.` };
  return { by, sentence: recorded(`${uid} moved from ${from} to ${target}.`, result.unrecorded) };
}

/** Pins a user to a pod, or lets go of him. It does not move him. */
export async function pin(user: SteeredUser, podId: number | undefined): Promise<ActionEnd> {
  const { uid, serviceName, by } = user;
  const result = await pinUser({ ...user, podId });
  if ('refused' in result) return { refused: 'not found', sentence: result.sentence };
  const { before, at, unrecorded } = result;
  if (podId === undefined) {
    const what = before ? 'is not pinned any more' : 'is not pinned';
    return { by, sentence: recorded(`${uid} ${what}.`, unrecorded) };
  }
  const where =
    at === undefined || at === podId ? '' : ` He stays at ${serviceName}-${at} until he is placed again.`;
  return { by, sentence: recorded(`${uid} is pinned to ${serviceName}-${podId}.${where}`, unrecorded) };
}

/** Ends a user's quarantine. */
export async function unquarantine(user: SteeredUser): Promise<ActionEnd> {
  const { uid, by } = user;
  const was = await unquarantineUser(user);
  return { by, sentence: was ? `${uid} is not quarantined any more.` : `${uid} is not quarantined.` };
}

function endOf(
  { uid, serviceName, by }: SteeredUser,
  end: SteerEnd | SteerRefusal,
  sentenceOf: (pod: string) => string,
): ActionEnd {
  if (!('refused' in end)) {
    return { by, sentence: recorded(sentenceOf(`${serviceName}-${end.podId}`), end.unrecorded) };
  }
  if (end.refused === 'no link') {
    return { refused: 'not found', sentence: `${uid} has no link in ${serviceName}.` };
  }
  const pod = `${serviceName}-${end.podId}`;
  const sentences = {
    changed: `The link of ${uid} in ${serviceName} has just changed.`,
    claimed: `${uid} is claimed by ${pod}. Kick ends a claim.`,
    temporary: `${uid} has only a temporary link to ${pod}. Unlink removes it.`,
  };
  return { refused: 'refused', sentence: sentences[end.refused] };
}

const recorded = (sentence: string, unrecorded: Error | undefined): string =>
  unrecorded ? `${sentence} But that is not in the journal: ${unrecorded.message}` : sentence;
