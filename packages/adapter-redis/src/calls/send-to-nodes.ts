import { BATCH_LIMIT } from '@stateful-route/core/adapter';
import { errorWord } from '../client/error-word.ts';
import { chunks } from './chunks.ts';
import { keyReady } from '../client/readiness.ts';
import { serverOf } from '../client/cluster-slots.ts';
import type { ItemCall } from './item-call.ts';
import { oneItemInvocation } from './item-invocation.ts';
import { outcomesOf, settleItem } from './item-outcomes.ts';
import type { RedisCluster, RedisPipeline } from '../client/redis-client.ts';
import { callScript, queueScript } from './scripted-client.ts';
import type { StoreTime } from './server-clock.ts';
import { timeTold } from './time-told.ts';

/** The words of a node about a key that is, or is about to be, another node's. */
const REDIRECTED = new Set(['MOVED', 'ASK', 'TRYAGAIN', 'CLUSTERDOWN']);

/** What the client says, before it sends anything, of a pipeline whose keys have just become those of several nodes. */
const REGROUPED = /same slots allocation group/;

/** One item of a call: on a Cluster each has a slot of its own. */
interface Item {
  readonly call: ItemCall;
  readonly nth: number;
  readonly key: string;
}

/** How the items of one batch come to their end. */
interface Sending {
  readonly cluster: RedisCluster;
  readonly time: StoreTime;
  readonly refused: ItemCall[];
}

/**
 * Sends calls of one script to a Cluster: one pipeline for each node per 1,000 items, in parallel, with one
 * invocation for each item.
 */
export async function sendToNodes(
  cluster: RedisCluster,
  time: StoreTime,
  calls: readonly ItemCall[],
  refused: ItemCall[],
): Promise<void> {
  const byNode = new Map<string, Item[]>();
  for (const call of calls) {
    for (let nth = 0; nth < call.count; nth++) {
      const key = call.keyOf(nth);
      const node = serverOf(cluster, key);
      const item = { call, nth, key };
      const some = byNode.get(node);
      if (some) some.push(item);
      else byNode.set(node, [item]);
    }
  }
  const sending = { cluster, time, refused };
  const parts = [...byNode.values()].flatMap((items) => chunks(items, BATCH_LIMIT));
  await Promise.all(parts.map((items) => sendToNode(sending, items)));
}

async function sendToNode(sending: Sending, items: readonly Item[]): Promise<void> {
  const { cluster, time } = sending;
  try {
    const [{ call, key }] = items as [Item];
    // Awaited only where it must be: what is called next may be sent at once, and is not to overtake this.
    for (let ready = keyReady(cluster, key); ready; ready = keyReady(cluster, key)) await ready;
    const told = timeTold(cluster, time, key, call.script.writes);
    if (told) await told;
    const wanted = items.filter((item) => !item.call.over);
    for (const item of wanted) item.call.sent = true;
    if (wanted.length === 1) await sendAlone(sending, wanted[0]!);
    else if (wanted.length > 1) await sendTogether(sending, wanted);
  } catch (error) {
    for (const item of items) item.call.fail(error);
  }
}

async function sendTogether(sending: Sending, items: readonly Item[]): Promise<void> {
  const pipeline = sending.cluster.pipeline();
  for (const item of items) queue(pipeline, sending, item);
  const results = await pipeline.exec().catch((error: Error) => {
    if (!REGROUPED.test(error.message)) throw error;
    return items.map((): [Error, unknown] => [error, undefined]);
  });
  await Promise.all(
    items.map(async (item, at) => {
      const [error, reply] = results?.[at] ?? [new Error('No reply'), undefined];
      if (!error) settle(sending, item, reply);
      // A pipeline cannot follow its keys to several nodes; a call of its own can.
      else if (REDIRECTED.has(errorWord(error.message)) || REGROUPED.test(error.message))
        await sendAlone(sending, item);
      else item.call.failItem(item.nth, error);
    }),
  );
}

function queue(pipeline: RedisPipeline, { cluster, time }: Sending, item: Item): void {
  const { script } = item.call;
  if (script.alone) pipeline[script.alone](item.key);
  else
    queueScript(
      pipeline,
      script,
      oneItemInvocation(item.call, item.nth, time.now(serverOf(cluster, item.key))),
    );
}

async function sendAlone(sending: Sending, item: Item): Promise<void> {
  const { cluster, time } = sending;
  const { script } = item.call;
  try {
    const reply = script.alone
      ? await cluster[script.alone](item.key)
      : await callScript(
          cluster,
          script,
          oneItemInvocation(item.call, item.nth, time.now(serverOf(cluster, item.key))),
        );
    settle(sending, item, reply);
  } catch (error) {
    item.call.failItem(item.nth, error);
  }
}

function settle({ cluster, time, refused }: Sending, { call, nth, key }: Item, reply: unknown): void {
  if (call.script.alone) {
    call.settle(nth, reply, 0);
    return;
  }
  const replied = outcomesOf(reply);
  // Asked anew: the call may have been led on to the key's new server.
  time.learn(serverOf(cluster, key), replied.storeTime);
  settleItem(call, nth, replied.outcomes[0], replied, refused);
}
