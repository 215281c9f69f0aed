import { epochArgument } from '../client/connection.ts';
import type { ScriptValue } from '../scripts/script.ts';
import type { ScriptCall } from './call.ts';

/** In ARGV of many items: the items differ in this argument, and their values follow. */
const DIFFERING = '*';

/**
 * The arguments of a command for one item: the number of keys, the keys, and ARGV as `frame.lua` reads it.
 *
 * @param now - the server's time. If it is unknown, the deadline is one that has passed.
 */
export function itemArguments(call: ScriptCall, nth: number, now: number | undefined): string[] {
  const { keys, args, writes } = call.script;
  const words = [String(keys.length)];
  const item = call.items[nth]!;
  for (const name of keys) words.push(item[name]!);
  for (const name of args) words.push(spelled(call.args[name]));
  if (writes) words.push(deadlineOf(call, now));
  pushEpoch(words, [call]);
  return words;
}

/**
 * The arguments of a command for all items of calls, of which there are at least two: the number of keys, the keys, and ARGV
 * as `frame.lua` reads it. What all items have in common is sent once: it is most of what there is.
 *
 * Calls that rest on an epoch rest on the same one.
 */
export function itemsArguments(calls: readonly ScriptCall[], now: number | undefined): string[] {
  const { keys, args, writes, readsAll } = calls[0]!.script;
  const words = [''];
  for (const { items } of calls) {
    for (const item of items) for (const name of keys) words.push(item[name]!);
  }
  words[0] = String(words.length - 1);
  if (readsAll) return words;
  const columns = args.map((name) => calls.map((call) => spelled(call.args[name])));
  if (writes) columns.push(deadlinesOf(calls, now));
  const differing = columns.filter((column) => {
    const [first] = column as [string];
    const differs = column.some((word) => word !== first);
    words.push(differs ? DIFFERING : `=${first}`);
    return differs;
  });
  if (differing.length > 0) {
    for (const [at, { items }] of calls.entries()) {
      for (let nth = 0; nth < items.length; nth++) for (const column of differing) words.push(column[at]!);
    }
  }
  pushEpoch(words, calls);
  return words;
}

/** A value as ARGV has it. */
function spelled(value: ScriptValue): string {
  if (value === undefined) return '';
  return typeof value === 'boolean' ? String(Number(value)) : String(value);
}

/** A call's deadline in the server's time. */
function deadlineOf({ deadline }: ScriptCall, now: number | undefined): string {
  return now === undefined ? '0' : String(Math.floor(now + deadline.leftMs()));
}

/** As {@link deadlineOf}, computed once for calls that share a deadline. */
function deadlinesOf(calls: readonly ScriptCall[], now: number | undefined): string[] {
  let shared: ScriptCall['deadline'] | undefined;
  let word = '';
  return calls.map((call) => {
    if (call.deadline !== shared) word = deadlineOf(call, now);
    shared = call.deadline;
    return word;
  });
}

/** The connection refuses the command in another epoch. */
function pushEpoch(words: string[], calls: readonly ScriptCall[]): void {
  const epoch = calls.find(({ operation }) => operation.options?.epoch !== undefined)?.operation.options
    ?.epoch;
  if (epoch !== undefined) words.push(epochArgument(epoch));
}
