import type { PodFeedEvent } from '@stateful-route/core/adapter';
import { integer, jsonObject, optional, text } from '../stored/replies.ts';

/** Reads an event of a pod's own channel. Throws if it cannot be read. */
export function podFeedEvent(message: string): PodFeedEvent {
  const { uid, token, order } = jsonObject(message);
  if (order !== undefined) return { type: 'order', id: text(order) };
  return { type: 'claimEnded', uid: text(uid), token: optional(integer)(token) };
}
