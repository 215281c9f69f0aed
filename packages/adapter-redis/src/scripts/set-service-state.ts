import { type HeartbeatAck, storedIntent } from '@stateful-route/core/adapter';
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
    const [status, incarnation, wish, hadEntry, wasOf, updateTime, since, restored, rate] = list(reply);
    if (status === 'FENCED') return { met: text(incarnation) };
    if (status !== 'OK') throw new UnreadableReply('OK or FENCED', status);
    return {
      storeTime,
      since: optional(integer)(since),
      restored: optional(integer)(restored),
      incarnation: text(incarnation),
      ...storedIntent(optional(text)(wish), optional(text)(rate)),
      previous: flag(hadEntry)
        ? { incarnation: optional(text)(wasOf), updateTime: optional(integer)(updateTime) }
        : undefined,
      epoch,
    };
  },
});
