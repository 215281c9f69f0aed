import { BATCH_LIMIT } from '@stateful-route/core/adapter';
import { errorCode } from '../client/client-errors.ts';
import { nodesName, slotOf } from '../client/cluster-slots.ts';
import type { RedisCluster } from '../client/redis-client.ts';
import type { ScriptCall } from './call.ts';
import { chunks } from './chunks.ts';
import { itemArguments } from './script-arguments.ts';
import { commandOf, sendItem, type Sending, timeKnown } from './send-to-server.ts';
import { settleItem } from './settle.ts';

/** Codes of a node for a key that another node holds, or is about to hold. */
const REDIRECTED = new Set(['MOVED', 'ASK', 'TRYAGAIN', 'CLUSTERDOWN']);

/** The message of ioredis, before it sends anything, for a pipeline whose keys have just moved to different nodes. */
const REGROUPED = /same slots allocation group/;

/** One item of a call: on a Cluster each has a slot of its own. */
interface Item {
  readonly call: ScriptCall;
  readonly nth: number;
  readonly slot: number;
}

/** Sends to the nodes of a Cluster. */
interface ClusterSending extends Sending {
  readonly cluster: RedisCluster;
}

/**
 * Sends calls of one script to a Cluster's nodes, and settles each: in parallel one pipeline for each node per 1,000 items,
 * with one script for each item. Never rejects.
 */
export function sendToNodes(
  sending: Sending,
  cluster: RedisCluster,
  calls: readonly ScriptCall[],
): Promise<unknown> {
  const toCluster = { ...sending, cluster };
  const [first] = calls as [ScriptCall];
  if (calls.length === 1 && first.items.length === 1) {
    return sendToNode(toCluster, [{ call: first, nth: 0, slot: slotOf(first.firstKey(0)) }]);
  }
  const byNode = new Map<string, Item[]>();
  for (const call of calls) {
    for (let nth = 0; nth < call.items.length; nth++) {
      const slot = slotOf(call.firstKey(nth));
      const node = nodesName(cluster, slot);
      const items = byNode.get(node);
      if (items) items.push({ call, nth, slot });
      else byNode.set(node, [{ call, nth, slot }]);
    }
  }
  const parts = [...byNode.values()].flatMap((items) => chunks(items, BATCH_LIMIT));
  return Promise.all(parts.map((items) => sendToNode(toCluster, items)));
}

async function sendToNode(sending: ClusterSending, items: readonly Item[]): Promise<void> {
  const { cluster, connection } = sending;
  try {
    const [{ call, nth, slot }] = items as [Item];
    // Awaited only where necessary: a call that is made next may be sent at once, and must not overtake this one.
    const ready = (): Promise<void> | undefined => connection.ready() ?? connection.nodeReady(cluster, slot);
    for (let waiting = ready(); waiting; waiting = ready()) await waiting;
    const time = timeKnown(sending, nodesName(cluster, slot), call.firstKey(nth), call.script.writes);
    if (time) await time;
    const open = items.filter((item) => !item.call.over);
    for (const item of open) item.call.sent = true;
    if (open.length === 1) await sendAlone(sending, open[0]!);
    else if (open.length > 1) await sendTogether(sending, open);
  } catch (error) {
    for (const item of items) item.call.fail(error);
  }
}

function sendAlone(sending: ClusterSending, { call, nth, slot }: Item): Promise<void> {
  return sendItem(sending, sending.cluster, call, nth, nodesName(sending.cluster, slot));
}

async function sendTogether(sending: ClusterSending, items: readonly Item[]): Promise<void> {
  const { cluster, connection, clocks } = sending;
  const pipeline = cluster.pipeline();
  for (const { call, nth, slot } of items) {
    const { script } = call;
    if (script.alone) pipeline[script.alone](call.firstKey(nth));
    else commandOf(pipeline, script)(itemArguments(call, nth, clocks.now(nodesName(cluster, slot))));
  }
  const replying = pipeline.exec().catch((error: Error) => {
    if (!REGROUPED.test(error.message)) throw error;
    return items.map((): [Error, unknown] => [error, undefined]);
  });
  const { epoch } = connection;
  const replies = await replying;
  const repeated: Promise<void>[] = [];
  for (const [at, item] of items.entries()) {
    const { call, nth, slot } = item;
    const [error, reply] = replies?.[at] ?? [new Error('No reply'), undefined];
    // By now another node may hold the key: the command was redirected to it.
    if (!error) settleItem(sending, call, nth, reply, nodesName(cluster, slot), epoch);
    // A pipeline cannot follow its keys to several nodes; a command of its own can.
    else if (REDIRECTED.has(errorCode(error.message)) || REGROUPED.test(error.message)) {
      repeated.push(sendAlone(sending, item));
    } else call.failItem(nth, error);
  }
  if (repeated.length > 0) await Promise.all(repeated);
}
