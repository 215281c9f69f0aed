import type { Redis } from 'ioredis';
import type { ItemCall } from './item-call.ts';
import { itemInvocation } from './item-invocation.ts';
import { outcomesOf, settleItem } from './item-outcomes.ts';
import { isCluster, type RedisClient } from './redis-client.ts';
import { callScript } from './scripted-client.ts';
import { sendToNodes } from './send-to-nodes.ts';
import type { StoreTime } from './store-time.ts';

/** The name of the only server of a client that is no Cluster. */
const THE_SERVER = '';

/**
 * Sends calls of one script, and settles each; never rejects. Resolves with those that have done nothing as they came
 * too late by the server's clock, and may be sent again now that it has told its time.
 */
export function sendBatch(
  client: RedisClient,
  time: StoreTime,
  calls: readonly ItemCall[],
): Promise<readonly ItemCall[]> {
  const refused: ItemCall[] = [];
  const wanted = calls.some(({ over }) => over) ? calls.filter(({ over }) => !over) : calls;
  const [first] = wanted;
  if (!first) return Promise.resolve(refused);
  let sent: Promise<void>;
  if (isCluster(client)) sent = sendToNodes(client, time, wanted, refused);
  else if (first.script.alone && wanted.length === 1 && first.count === 1) sent = sendAlone(client, first);
  else sent = sendAtOnce(client, time, wanted, refused);
  return sent.then(() => refused);
}

/** A call that nobody shares a command with is what a caller waits for without company: nothing more is made of it. */
function sendAlone(client: Redis, call: ItemCall): Promise<void> {
  call.sent = true;
  return client[call.script.alone!](call.keyOf(0)).then(
    (reply) => call.settle(0, reply),
    (error: unknown) => call.fail(error),
  );
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
    const reply = await callScript(client, calls[0]!.script, itemInvocation(calls, time.now(THE_SERVER)));
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
