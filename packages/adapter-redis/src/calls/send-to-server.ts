import { type Connection, epochArgument } from '../client/connection.ts';
import type { RedisClient } from '../client/redis-client.ts';
import { getLinkedPod } from '../scripts/get-linked-pod.ts';
import type { AnyScript, ScriptValue } from '../scripts/script.ts';
import { integer, list, text, UnreadableReply } from '../stored/replies.ts';
import type { ScriptCall } from './call.ts';
import { PastDeadline } from './errors.ts';
import type { ServerClocks } from './server-clock.ts';

/** The name of the only server of a client that is not a Cluster's. */
export const THE_SERVER = '';

/**
 * A write is sent at most three times. A server whose clock is past the write's deadline refuses it and replies with its time.
 * That happens when we did not know the server's time, when our estimate had drifted, or when a Cluster redirected us.
 */
const WRITE_ATTEMPTS = 3;

/** In place of an outcome: the server found the write too late, and did nothing. */
const LATE = 0;
/** A reply about one item follows. What is greater is 1 + the number of a usual outcome. */
const REPLIED = 1;

/** In ARGV of many items: the items differ in this argument, and their values follow. */
const DIFFERING = '*';

/** What sending needs. */
export interface Sending {
  readonly connection: Connection;
  readonly clocks: ServerClocks;
  /** The calls that servers refused as too late: they may be sent again. */
  readonly refused: ScriptCall[];
}

/**
 * Sends calls of one script to the only server, in one command, and settles each. A script may touch keys of any slot there, so
 * that calls share it. Never rejects.
 */
export function sendToServer(sending: Sending, calls: readonly ScriptCall[]): Promise<void> {
  const [first] = calls as [ScriptCall];
  try {
    // `frame.lua` reads the arguments of one item in another way than those of many.
    return calls.length === 1 && first.items.length === 1
      ? sendItem(sending, sending.connection.client, first, 0, THE_SERVER)
      : sendItems(sending, calls);
  } catch (error) {
    // Thrown by what wraps the client: nobody is there to catch it.
    for (const call of calls) call.fail(error);
    return Promise.resolve();
  }
}

/** Sends one item of a call in a command of its own. Never rejects; throws if the client does. */
export function sendItem(
  sending: Sending,
  client: RedisClient,
  call: ScriptCall,
  nth: number,
  server: string,
): Promise<void> {
  const reply = commandFor(client, call, nth, sending.clocks.now(server));
  // The command may be the first of a connection that was not counted yet.
  const { epoch } = sending.connection;
  return reply.then(
    (replied) => settleItem(sending, call, nth, replied, server, epoch),
    (error: unknown) => call.failItem(nth, error),
  );
}

/**
 * Sends a command of its own for one item of a call.
 *
 * @param now - the server's time, if it is known.
 */
export function commandFor(
  client: RedisClient,
  call: ScriptCall,
  nth: number,
  now: number | undefined,
): Promise<unknown> {
  const { script } = call;
  call.sent = true;
  return script.alone
    ? client[script.alone](call.firstKey(nth))
    : callScript(client, script, itemArguments(call, nth, now));
}

function sendItems(sending: Sending, calls: readonly ScriptCall[]): Promise<void> {
  const { connection, clocks } = sending;
  for (const call of calls) call.sent = true;
  const words = itemsArguments(calls, clocks.now(THE_SERVER));
  const reply = callScript(connection.client, calls[0]!.script, words);
  const { epoch } = connection;
  return reply
    .then((replied) => settleItems(sending, calls, replied, THE_SERVER, epoch))
    .catch((error: unknown) => {
      for (const call of calls) call.fail(error);
    });
}

/**
 * Resolves when writes can be given their deadline in the time of a key's server; `undefined` when they can now. A write
 * without it would be refused, and sent again behind later calls. Reads wait for a pending request too, to keep their place.
 */
export function timeKnown(
  { connection: { client }, clocks }: Omit<Sending, 'refused'>,
  server: string,
  key: string,
  writes: boolean,
): Promise<void> | undefined {
  const pending = clocks.pending(server);
  if (pending || !writes || clocks.now(server) !== undefined) return pending;
  return clocks.request(server, async () => {
    const [storeTime] = list(await callScript(client, getLinkedPod, ['1', key]));
    return storeTimeOf(integer(storeTime));
  });
}

/** Calls the command that a client was given for a script: it takes the number of keys, the keys and the arguments. */
function callScript(client: RedisClient, script: AnyScript, words: readonly string[]): Promise<unknown> {
  const commands = client as unknown as Record<string, (words: readonly string[]) => Promise<unknown>>;
  return commands[script.command]!(words);
}

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

/**
 * Settles one item by the reply to a command of its own, which `frame.lua` describes. Never throws.
 *
 * @param epoch - the one in which the command was sent.
 */
export function settleItem(
  { clocks, refused }: Sending,
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
function settleItems(
  { clocks, refused }: Sending,
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
function storeTimeOf(nowUs: number): number {
  return Math.floor(nowUs / 1_000);
}

/** The call may be sent again: the server did nothing. */
function refuse(call: ScriptCall, refused: ScriptCall[]): void {
  call.refusals += 1;
  call.sent = false;
  if (call.refusals < WRITE_ATTEMPTS) refused.push(call);
  else call.fail(new PastDeadline());
}
