import type { StatefulServiceState } from '@stateful-route/core';
import { type FeedEvent, POD_INTENTS, podFromWord, type PodIntent } from '@stateful-route/core/adapter';
import { podFromFields } from '../stored/pod-info.ts';
import { integer, jsonObject, podId as toPodId, text, UnreadableReply } from '../stored/replies.ts';

/** Reads an event that a script published. Throws if it cannot be read. */
export function feedEvent(message: string): FeedEvent {
  const fields = jsonObject(message);
  const sequence = integer(fields['sequence']);
  const storeTime = integer(fields['storeTime']);
  const podId = toPodId(String(fields['podId']));
  if ('intent' in fields)
    return { type: 'intent', sequence, storeTime, podId, intent: intent(fields['intent']) };
  const info = fields['info'];
  if (typeof info !== 'object') throw new UnreadableReply("a pod's details", info);
  const current =
    info === null ? wordOf(fields, podId) : podFromFields(podId, info as Record<string, unknown>);
  return { type: 'state', sequence, storeTime, podId, current };
}

/** The rest of a pod whose details are gone: its word. */
function wordOf(
  { word }: Readonly<Record<string, unknown>>,
  podId: number,
): StatefulServiceState | undefined {
  return word === undefined ? undefined : podFromWord(podId, text(word));
}

function intent(word: unknown): PodIntent {
  if (!(POD_INTENTS as readonly unknown[]).includes(word)) throw new UnreadableReply('an intent', word);
  return word as PodIntent;
}
