import type { ItemCall } from './item-call.ts';
import { integer, list, text, UnreadableReply } from '../stored/replies.ts';
import { PastDeadline } from './store-error.ts';
import { WRITE_ATTEMPTS } from './server-clock.ts';

/** What a script about items has replied. */
interface Outcomes {
  readonly storeTime: number;
  /** Of each item its reply, 0 where it came too late, or the number of its fault. */
  readonly outcomes: readonly unknown[];
  readonly faults: readonly unknown[];
}

/** Reads the reply of a script about items. */
export function outcomesOf(reply: unknown): Outcomes {
  const [storeTime, json, ...faults] = list(reply);
  const outcomes: unknown = JSON.parse(text(json));
  if (!Array.isArray(outcomes)) throw new UnreadableReply('outcomes', json);
  return { storeTime: integer(storeTime), outcomes, faults };
}

/** Settles one item of a call. One that came too late has done nothing, and is `refused`, and may be sent
 * again. */
export function settleItem(
  call: ItemCall,
  nth: number,
  outcome: unknown,
  { storeTime, faults }: Outcomes,
  refused: ItemCall[],
): void {
  if (typeof outcome !== 'number') {
    call.settle(nth, Array.isArray(outcome) ? outcome[0] : outcome, storeTime);
  } else if (outcome > 0) {
    call.failItem(nth, faults[outcome - 1]);
  } else {
    call.refusals += 1;
    call.sent = false;
    if (call.refusals < WRITE_ATTEMPTS) refused.push(call);
    else call.fail(new PastDeadline());
  }
}
