import { type HeartbeatAck, POD_INTENTS } from '@stateful-route/core/adapter';
import { flag, integer, list, optional, text, UnreadableReply } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

/** The outcome of a heartbeat: an acknowledgement, or the later incarnation, which fences this one. */
export type HeartbeatOutcome = HeartbeatAck | { readonly met: string };

export const setServiceState: Script<
  'words' | 'info' | 'intents',
  | 'channel'
  | 'podId'
  | 'word'
  | 'incarnation'
  | 'beatenBefore'
  | 'loadState'
  | 'loadChangeThreshold'
  | 'report',
  HeartbeatOutcome
> = defineScript({
  name: 'set-service-state',
  keys: ['words', 'info', 'intents'],
  args: [
    'channel',
    'podId',
    'word',
    'incarnation',
    'beatenBefore',
    'loadState',
    'loadChangeThreshold',
    'report',
  ],
  writes: true,
  decode(reply, storeTime, epoch) {
    const [status, incarnation, wish, hadEntry, wasOf, updateTime, since, restored] = list(reply);
    if (status === 'FENCED') return { met: text(incarnation) };
    if (status !== 'OK') throw new UnreadableReply('OK or FENCED', status);
    const word = optional(text)(wish);
    const intent = POD_INTENTS.find((each) => each === word);
    return {
      storeTime,
      since: optional(integer)(since),
      restored: optional(integer)(restored),
      incarnation: text(incarnation),
      intent,
      unknownIntent: intent ? undefined : word,
      previous: flag(hadEntry)
        ? { incarnation: optional(text)(wasOf), updateTime: optional(integer)(updateTime) }
        : undefined,
      epoch,
    };
  },
});
