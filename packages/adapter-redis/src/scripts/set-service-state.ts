import type { HeartbeatAck, PodIntent } from '@stateful-route/core';
import { flag, integer, list, optional, text, UnreadableReply } from './replies.ts';
import { defineScript, type Script } from './script.ts';

/** What becomes of a heartbeat. */
export type HeartbeatOutcome = { readonly fenced: true } | (HeartbeatAck & { readonly fenced: false });

export const setServiceState: Script<
  'words' | 'info' | 'intents',
  'channel' | 'podId' | 'word' | 'first' | 'loadState' | 'loadChangeThreshold' | 'report',
  HeartbeatOutcome
> = defineScript({
  name: 'set-service-state',
  keys: ['words', 'info', 'intents'],
  args: ['channel', 'podId', 'word', 'first', 'loadState', 'loadChangeThreshold', 'report'],
  writes: true,
  decode(reply) {
    const [status, storeTime, intent, hadEntry, incarnation, updateTime] = list(reply);
    if (status === 'FENCED') return { fenced: true };
    if (status !== 'OK') throw new UnreadableReply('OK or FENCED', status);
    return {
      fenced: false,
      storeTime: integer(storeTime),
      intent: optional(podIntent)(intent),
      previous: flag(hadEntry)
        ? { incarnation: optional(text)(incarnation), updateTime: optional(integer)(updateTime) }
        : undefined,
    };
  },
});

function podIntent(reply: unknown): PodIntent {
  if (reply !== 'drain' && reply !== 'resume') throw new UnreadableReply('an intent', reply);
  return reply;
}
