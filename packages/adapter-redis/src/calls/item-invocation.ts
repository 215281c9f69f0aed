import type { AnyItemScript, ItemCall, ItemKeys } from './item-call.ts';
import { epochWord } from '../client/connection-epoch.ts';
import { spelled } from '../scripts/script.ts';

/** What an invocation says of an argument in which items differ: the values follow, item by item. */
const DIFFERING = '*';

/**
 * The arguments of one invocation for all items of calls of one script: the number of keys, the keys, and ARGV as
 * `each.lua` reads it. What all items have in common is sent once: it is most of what there is.
 *
 * Those of the calls that rest on an epoch rest on the same one.
 *
 * @param now - the server's time; not known, the deadlines are such that nothing is done.
 */
export function itemInvocation(calls: readonly ItemCall[], now: number | undefined): string[] {
  const { script } = calls[0]!;
  const words = [''];
  for (const call of calls) {
    for (let nth = 0; nth < call.count; nth++) pushKeys(words, script, call.keysOf(nth));
  }
  words[0] = String(words.length - 1);
  pushArgs(words, calls, now);
  pushEpoch(words, calls);
  return words;
}

/** As {@link itemInvocation}, for one item of a call. */
export function oneItemInvocation(call: ItemCall, nth: number, now: number | undefined): string[] {
  const words = [String(call.script.keys.length)];
  pushKeys(words, call.script, call.keysOf(nth));
  pushArgs(words, [call], now);
  pushEpoch(words, [call]);
  return words;
}

function pushKeys(words: string[], { keys }: AnyItemScript, item: ItemKeys): void {
  for (const name of keys) words.push(item[name]!);
}

function pushArgs(words: string[], calls: readonly ItemCall[], now: number | undefined): void {
  const { args, writes } = calls[0]!.script;
  const columns = args.map((name) => calls.map((call) => spelled(call.args[name])));
  if (writes) columns.push(deadlines(calls, now));
  const differing = columns.filter((column) => {
    const [first] = column as [string];
    const differs = column.some((word) => word !== first);
    words.push(differs ? DIFFERING : `=${first}`);
    return differs;
  });
  if (differing.length === 0) return;
  for (const [at, call] of calls.entries()) {
    for (let nth = 0; nth < call.count; nth++) for (const column of differing) words.push(column[at]!);
  }
}

/** For the connection, which refuses the command in another epoch. */
function pushEpoch(words: string[], calls: readonly ItemCall[]): void {
  const epoch = calls.find(({ call }) => call.epoch !== undefined)?.call.epoch;
  if (epoch !== undefined) words.push(epochWord(epoch));
}

/** When a call's time is over by the server's clock. Calls of one tick share a deadline. */
function deadlines(calls: readonly ItemCall[], now: number | undefined): string[] {
  let shared: ItemCall['deadline'] | undefined;
  let word = '0';
  return calls.map(({ deadline }) => {
    if (now !== undefined && deadline !== shared) word = String(Math.floor(now + deadline.leftMs()));
    shared = deadline;
    return word;
  });
}
