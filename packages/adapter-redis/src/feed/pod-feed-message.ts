import type { PodFeedEvent } from '@stateful-route/core/adapter';
import { integer, jsonObject, optional, text } from '../stored/replies.ts';

/** An event of a pod's own channel, as a script published it. Throws where it cannot be read. */
export function podFeedEvent(message: string): PodFeedEvent {
  const { uid, token } = jsonObject(message);
  return { type: 'claimEnded', uid: text(uid), token: optional(integer)(token) };
}
