import { BATCH_LIMIT } from '@stateful-route/core/adapter';
import { errorCode } from '../client/client-errors.ts';
import { masterOf } from '../client/cluster-slots.ts';
import { JoinedWrites } from '../client/joined-writes.ts';
import type { RedisCluster, RedisConnection } from '../client/redis-client.ts';
import { defineScript } from '../scripts/all-scripts.ts';
import type { ScriptCall } from './call.ts';
import { chunks } from './chunks.ts';
import { commandFor, sendItem, type Sending, settleItem, timeKnown } from './send-to-server.ts';

/** Codes of a node for a key that another node holds, or is about to hold. */
const REDIRECTIONS = new Set(['MOVED', 'ASK', 'TRYAGAIN', 'CLUSTERDOWN']);

/** One item of a call: on a Cluster each has a slot of its own. */
interface Item {
  readonly call: ScriptCall;
  readonly nth: number;
}

/** Sends to the nodes of a Cluster. */
interface ClusterSending extends Sending {
  readonly cluster: RedisCluster;
}

/**
 * Sends calls of one script to a Cluster's nodes, and settles each. The items of a node are commands of their own, which go to its
 * connection in one write per 1,000; to the nodes in parallel. Never rejects.
 */
export function sendToNodes(
  sending: Sending,
  cluster: RedisCluster,
  calls: readonly ScriptCall[],
): Promise<unknown> {
  const toCluster = { ...sending, cluster };
  const byNode = new Map<string, Item[]>();
  for (const call of calls) {
    for (let nth = 0; nth < call.items.length; nth++) {
      const address = masterOf(cluster, call.firstKey(nth));
      const items = byNode.get(address);
      if (items) items.push({ call, nth });
      else byNode.set(address, [{ call, nth }]);
    }
  }
  const sent: Promise<void>[] = [];
  for (const [address, items] of byNode) {
    for (const some of chunks(items, BATCH_LIMIT)) sent.push(sendWhenReady(toCluster, address, some));
  }
  return sent.length === 1 ? sent[0]! : Promise.all(sent);
}

async function sendWhenReady(
  sending: ClusterSending,
  address: string,
  items: readonly Item[],
): Promise<void> {
  const { cluster, connection } = sending;
  try {
    const [{ call, nth }] = items as [Item];
    // Awaited only where necessary: a call that is made next may be sent at once, and must not overtake this one.
    const ready = (): Promise<void> | undefined =>
      connection.ready() ?? connection.nodeReady(cluster, address);
    for (let waiting = ready(); waiting; waiting = ready()) await waiting;
    const time = timeKnown(sending, address, call.firstKey(nth), call.script.writes);
    if (time) await time;
    const open = items.filter((item) => !item.call.over);
    if (open.length === 0) return;
    const node = connection.writableNode(address);
    if (node) await sendToNode(sending, address, node, open);
    else await Promise.all(open.map((item) => sendToOwner(sending, item)));
  } catch (error) {
    for (const item of items) item.call.fail(error);
  }
}

/** Sends items to a node that has them, as far as the client knows. Resolves when all have been settled. */
function sendToNode(
  sending: ClusterSending,
  address: string,
  node: RedisConnection,
  items: readonly Item[],
): Promise<void> {
  const { connection, clocks } = sending;
  defineScript(node, items[0]!.call.script);
  const now = clocks.now(address);
  const joined = items.length > 1 ? new JoinedWrites(node) : undefined;
  const target = joined?.commands ?? node;
  return new Promise((resolve) => {
    let [unsettled, epoch] = [items.length, 0];
    const end = (): void => {
      unsettled -= 1;
      if (unsettled === 0) resolve();
    };
    const send = (item: Item): void => {
      const { call, nth } = item;
      commandFor(target, call, nth, now).then(
        (reply) => {
          settleItem(sending, call, nth, reply, address, epoch);
          end();
        },
        (error: Error) => {
          if (isRedirection(error) && !call.over) {
            void sendToOwner(sending, item).then(end);
          } else {
            call.failItem(nth, error);
            end();
          }
        },
      );
    };
    try {
      for (const item of items) send(item);
    } finally {
      joined?.write();
    }
    // The commands may be the first of a connection that was not counted yet.
    ({ epoch } = connection);
  });
}

/** Sends an item by the client itself, which finds the node. */
function sendToOwner(sending: ClusterSending, { call, nth }: Item): Promise<void> {
  const { cluster } = sending;
  return sendItem(sending, cluster, call, nth, masterOf(cluster, call.firstKey(nth)));
}

/** Whether a node did nothing, as another one has the key by now. */
function isRedirection({ message }: Error): boolean {
  return REDIRECTIONS.has(errorCode(message));
}
