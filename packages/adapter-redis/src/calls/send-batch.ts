import { THE_SERVER } from '../client/cluster-slots.ts';
import { connectionEpochOf } from '../client/connection-epoch.ts';
import type { ItemCall } from './item-call.ts';
import { itemInvocation } from './item-invocation.ts';
import { outcomesOf, settleItem } from './item-outcomes.ts';
import { isCluster, type RedisClient, type RedisConnection } from '../client/redis-client.ts';
import { callScript } from './scripted-client.ts';
import { sendToNodes } from './send-to-nodes.ts';
import { StaleEpoch } from './store-error.ts';
import type { StoreTime } from './server-clock.ts';

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
  const wanted = calls.filter((call) => isToBeSent(call, connectionEpochOf(client).current));
  if (wanted.length === 0) return Promise.resolve(refused);
  const send = isCluster(client)
    ? sendToNodes(client, time, wanted, refused)
    : sendAtOnce(client, time, wanted, refused);
  return send.then(() => refused);
}

/** Whether a call still has a caller, and time, and rests on nothing earlier; else it is failed. */
function isToBeSent(call: ItemCall, current: number): boolean {
  const { epoch } = call.call;
  if (epoch !== undefined && epoch !== current) call.fail(new StaleEpoch(current));
  // The process may have been paused since the call was made.
  if (!call.over && call.deadline.leftMs() <= 0) call.expire();
  return !call.over;
}

/**
 * Sends the only call of a tick, if there is a command that says the same as its script: nobody else waits, and the caller
 * should not wait for more than that. `undefined`: there is none.
 */
export function sendAlone(client: RedisClient, calls: readonly ItemCall[]): Promise<void> | undefined {
  const [call] = calls;
  const alone = call?.script.alone;
  // A Cluster may have to connect to the node first.
  if (!call || !alone || calls.length > 1 || call.count > 1 || call.over || isCluster(client))
    return undefined;
  call.sent = true;
  return client[alone](call.keyOf(0)).then(
    (reply) => call.settle(0, reply, 0),
    (error: unknown) => call.fail(error),
  );
}

/** On one server a script may touch keys of any slot: all calls are one command. */
async function sendAtOnce(
  client: RedisConnection,
  time: StoreTime,
  calls: readonly ItemCall[],
  refused: ItemCall[],
): Promise<void> {
  for (const call of calls) call.sent = true;
  try {
    const reply = await callScript(client, calls[0]!.script, itemInvocation(calls, time.now(THE_SERVER)));
    const replied = outcomesOf(reply);
    time.learn(THE_SERVER, replied.storeTime);
    let at = 0;
    for (const call of calls) {
      for (let nth = 0; nth < call.count; nth++) {
        settleItem(call, nth, replied.outcomes[at++], replied, refused);
      }
    }
  } catch (error) {
    for (const call of calls) call.fail(error);
  }
}
