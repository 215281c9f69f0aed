import type { Connection } from '../client/connection.ts';
import type { RedisClient } from '../client/redis-client.ts';
import { getLinkedPod } from '../scripts/get-linked-pod.ts';
import type { AnyScript } from '../scripts/script.ts';
import { integer, list } from '../stored/replies.ts';
import type { ScriptCall } from './call.ts';
import { itemArguments, itemsArguments } from './script-arguments.ts';
import { settleItem, settleItems, type Settling, storeTimeOf } from './settle.ts';

/** The name of the only server of a client that is not a Cluster's. */
export const THE_SERVER = '';

/** What sending needs. */
export interface Sending extends Settling {
  readonly connection: Connection;
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
