import { type HeartbeatAck, storedIntent } from '@stateful-route/core/adapter';
import { podOrders } from '../stored/journal.ts';
import { flag, integer, list, optional, text, UnreadableReply } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

/**
 * The outcome of a heartbeat: an acknowledgement, or the later incarnation, which fences this one; and why the orders could not be
 * read, or the journal not be written.
 */
export type HeartbeatOutcome = { readonly problem: string | undefined } & (
  | { readonly ack: HeartbeatAck }
  | { readonly met: string }
);

export const setServiceState: Script<
  'words' | 'info' | 'intents' | 'orders' | 'journal',
  | 'channel'
  | 'podId'
  | 'word'
  | 'incarnation'
  | 'beatenBefore'
  | 'loadState'
  | 'loadChangeThreshold'
  | 'report'
  | 'guard',
  HeartbeatOutcome
> = defineScript({
  name: 'set-service-state',
  keys: ['words', 'info', 'intents', 'orders', 'journal'],
  args: [
    'channel',
    'podId',
    'word',
    'incarnation',
    'beatenBefore',
    'loadState',
    'loadChangeThreshold',
    'report',
    'guard',
  ],
  writes: true,
  decode(reply, storeTime, epoch) {
    const [status, incarnation, wish, hadEntry, wasOf, updateTime, since, restored, rate, orders, problem] =
      list(reply);
    if (status === 'FENCED') return { met: text(incarnation), problem: optional(text)(wish) };
    if (status !== 'OK') throw new UnreadableReply('OK or FENCED', status);
    const ack: HeartbeatAck = {
      storeTime,
      since: optional(integer)(since),
      restored: optional(integer)(restored),
      incarnation: text(incarnation),
      ...storedIntent(optional(text)(wish), optional(text)(rate)),
      orders: optional(podOrders)(orders) ?? [],
      previous: flag(hadEntry)
        ? { incarnation: optional(text)(wasOf), updateTime: optional(integer)(updateTime) }
        : undefined,
      epoch,
    };
    return { ack, problem: optional(text)(problem) };
  },
});
