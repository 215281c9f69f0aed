import { integer, list, text, UnreadableReply } from '../stored/replies.ts';
import type { ScriptCall } from './call.ts';
import { PastDeadline } from './errors.ts';
import type { ServerClocks } from './server-clock.ts';

/**
 * A write is sent at most three times. A server whose clock is past the write's deadline refuses it and replies with its time.
 * That happens when we did not know the server's time, when our estimate had drifted, or when a Cluster redirected us.
 */
const WRITE_ATTEMPTS = 3;

/** In place of an outcome: the server found the write too late, and did nothing. */
const LATE = 0;
/** A reply about one item follows. What is greater is 1 + the number of a usual outcome. */
const REPLIED = 1;

/** What settling needs. */
export interface Settling {
  readonly clocks: ServerClocks;
  /** The calls that servers refused as too late: they may be sent again. */
  readonly refused: ScriptCall[];
}

/**
 * Settles one item by the reply to a command of its own, which `frame.lua` describes. Never throws.
 *
 * @param epoch - the one in which the command was sent.
 */
export function settleItem(
  { clocks, refused }: Settling,
  call: ScriptCall,
  nth: number,
  reply: unknown,
  server: string,
  epoch: number,
): void {
  if (call.script.alone) {
    call.settle(nth, reply, 0, epoch);
    return;
  }
  try {
    const [time, code, replied] = partsOf(reply);
    const nowUs = integer(time);
    const storeTime = storeTimeOf(nowUs);
    clocks.learn(server, storeTime);
    const done = integer(code);
    if (done === REPLIED) call.settle(nth, replied, storeTime, epoch);
    else if (done === LATE) refuse(call, refused);
    else call.settleUsual(nth, done - REPLIED, nowUs);
  } catch (error) {
    call.failItem(nth, error);
  }
}

/** Settles all items of calls by the reply to the command that they share. Throws where it cannot be read. */
export function settleItems(
  { clocks, refused }: Settling,
  calls: readonly ScriptCall[],
  reply: unknown,
  server: string,
  epoch: number,
): void {
  const [time, second, ...faults] = partsOf(reply);
  const nowUs = integer(time);
  const storeTime = storeTimeOf(nowUs);
  clocks.learn(server, storeTime);
  const outcomes = outcomesOf(second, calls);
  let at = 0;
  for (const call of calls) {
    for (let nth = 0; nth < call.items.length; nth++) {
      const outcome = typeof outcomes === 'number' ? outcomes : outcomes[at++];
      if (typeof outcome !== 'number') {
        call.settle(nth, Array.isArray(outcome) ? outcome[0] : outcome, storeTime, epoch);
      } else if (outcome < 0) call.settleUsual(nth, -outcome, nowUs);
      else if (outcome > 0) call.failItem(nth, faults[outcome - 1]);
      else refuse(call, refused);
    }
  }
}

/** A reply that is the time alone says that every item had the first usual outcome. */
function partsOf(reply: unknown): readonly unknown[] {
  return typeof reply === 'object' ? list(reply) : [reply, REPLIED + 1];
}

/** The outcome of each item, or the one that all have. One that is missing must not be read as "no link". */
function outcomesOf(second: unknown, calls: readonly ScriptCall[]): number | readonly unknown[] {
  // A client may be set to return numbers as strings.
  const outcomes: unknown = typeof second === 'number' ? second : JSON.parse(text(second));
  if (typeof outcomes === 'number' && outcomes > REPLIED) return REPLIED - outcomes;
  const count = calls.reduce((sum, { items }) => sum + items.length, 0);
  if (Array.isArray(outcomes) && outcomes.length === count) return outcomes;
  throw new UnreadableReply(`${count} outcomes`, second);
}

/** The time of a reply in ms. */
export function storeTimeOf(nowUs: number): number {
  return Math.floor(nowUs / 1_000);
}

/** The call may be sent again: the server did nothing. */
function refuse(call: ScriptCall, refused: ScriptCall[]): void {
  call.refusals += 1;
  call.sent = false;
  if (call.refusals < WRITE_ATTEMPTS) refused.push(call);
  else call.fail(new PastDeadline());
}
