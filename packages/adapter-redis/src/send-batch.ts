import type { Redis } from 'ioredis';
import type { ItemCall } from './item-call.ts';
import { outcomesOf, settleItem } from './item-outcomes.ts';
import { isCluster, type RedisClient } from './redis-client.ts';
import { callScript } from './scripted-client.ts';
import { sendToNodes } from './send-to-nodes.ts';
import type { StoreTime } from './store-time.ts';

/** The name of the only server of a client that is no Cluster. */
const THE_SERVER = '';

/**
 * Sends calls of one script, and settles each; never rejects. Resolves with those that have done nothing as they came
 * too late by the server's clock, and may be sent once more now that it has told its time.
 */
export async function sendBatch(
  client: RedisClient,
  time: StoreTime,
  calls: readonly ItemCall[],
): Promise<readonly ItemCall[]> {
  const wanted = calls.filter(({ over }) => !over);
  if (wanted.length === 0) return wanted;
  const refused: ItemCall[] = [];
  if (isCluster(client)) await sendToNodes(client, time, wanted, refused);
  else await sendAtOnce(client, time, wanted, refused);
  return refused;
}

/** On one server a script may touch keys of any slot: all calls are one command. */
async function sendAtOnce(
  client: Redis,
  time: StoreTime,
  calls: readonly ItemCall[],
  refused: ItemCall[],
): Promise<void> {
  for (const call of calls) call.sent = true;
  try {
    const [first] = calls as readonly [ItemCall];
    const { alone } = first.script;
    if (alone && calls.length === 1 && first.count === 1) {
      first.settle(0, await client[alone](first.keyOf(0)));
      return;
    }
    const reply = await callScript(client, first.script, wordsOf(calls, time.now(THE_SERVER)));
    const { storeTime, outcomes, faults } = outcomesOf(reply);
    time.learn(THE_SERVER, storeTime);
    let at = 0;
    for (const call of calls) {
      for (let nth = 0; nth < call.count; nth++) {
        settleItem(call, nth, outcomes[at++], faults, refused);
      }
    }
  } catch (error) {
    for (const call of calls) call.fail(error);
  }
}

/** The arguments of one invocation for all items of calls: the number of keys, the keys, and each item's ARGV. */
function wordsOf(calls: readonly ItemCall[], now: number | undefined): string[] {
  const { script } = calls[0]!;
  const words = [''];
  for (const call of calls) {
    for (let nth = 0; nth < call.count; nth++) {
      const keys = call.keysOf(nth);
      for (const name of script.keys) words.push(keys[name]!);
    }
  }
  words[0] = String(words.length - 1);
  if (script.args.length === 0 && !script.writes) return words;
  for (const call of calls) {
    const args = call.argsAt(now);
    for (let nth = 0; nth < call.count; nth++) words.push(...args);
  }
  return words;
}
