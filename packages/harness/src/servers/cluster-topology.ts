import { freePort, HOST } from '@stateful-route/testkit/redis';
import { type RedisServer, settings, standaloneSettings, startServer } from './redis-server.ts';
import { answerWithin, until } from './until.ts';

const SLOTS = 16_384;
const READY_WITHIN_MS = 30_000;
const OWNER_WITHIN_MS = 30_000;
const ANSWER_MS = 300;
const KEYS_AT_ONCE = 10;
const MIGRATE_MS = 5_000;

/** A node of a cluster. */
export interface ClusterNode extends RedisServer {
  readonly id: string;
  /** The role at the start. A failover does not change it. */
  readonly role: 'master' | 'replica';
}

/** A Redis Cluster: masters that share the slots evenly, and their replicas. */
export interface ClusterTopology {
  /** The masters, then their replicas in the same order. */
  readonly nodes: readonly ClusterNode[];
  /** The owner of a key according to most nodes. */
  owner(key: string): Promise<ClusterNode>;
  /** Moves a slot and its keys to another master while both serve. */
  migrateSlot(slot: number, from: ClusterNode, to: ClusterNode): Promise<void>;
  stop(): Promise<void>;
}

/** Options of a cluster. */
export interface StartClusterOptions {
  /** At least 3. Default: 3. */
  readonly masters?: number | undefined;
  /** At most one for each master. Default: 3. */
  readonly replicas?: number | undefined;
  /** How long a node must not answer to count as down. Default: 2000. */
  readonly nodeTimeoutMs?: number | undefined;
}

/** Starts a cluster. Resolves when all nodes agree on it and the replicas follow their masters. */
export async function startCluster(options: StartClusterOptions = {}): Promise<ClusterTopology> {
  const { masters: masterCount = 3, replicas: replicaCount = 3, nodeTimeoutMs = 2_000 } = options;
  if (masterCount < 3 || replicaCount > masterCount) {
    throw new Error('A cluster needs at least 3 masters, and at most one replica for each.');
  }
  const servers: RedisServer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  try {
    const busPorts: number[] = [];
    for (let at = 0; at < masterCount + replicaCount; at++) {
      const busPort = await freePort();
      busPorts.push(busPort);
      servers.push(await startNode(busPort, nodeTimeoutMs));
    }
    const nodes = await Promise.all(
      servers.map(async (server, at): Promise<ClusterNode> => {
        const id = String(await server.client.call('CLUSTER', 'MYID'));
        return { ...server, id, role: at < masterCount ? 'master' : 'replica' };
      }),
    );
    await form(nodes, busPorts, masterCount);
    return {
      nodes,
      owner: (key) => until('an owner of the key', () => owner(nodes, key), { withinMs: OWNER_WITHIN_MS }),
      migrateSlot: (slot, from, to) => migrateSlot(nodes, slot, from, to),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startNode(busPort: number, nodeTimeoutMs: number): Promise<RedisServer> {
  return startServer({
    args: (port, folder) =>
      settings({
        ...standaloneSettings(port, folder),
        'cluster-enabled': 'yes',
        'cluster-port': String(busPort),
        'cluster-config-file': `nodes-${port}.conf`,
        'cluster-node-timeout': String(nodeTimeoutMs),
        'repl-diskless-sync-delay': '0',
        // A master counts a replica only after a ping.
        'repl-ping-replica-period': '1',
      }),
  });
}

/** Joins the nodes to one cluster. */
async function form(
  nodes: readonly ClusterNode[],
  busPorts: readonly number[],
  masterCount: number,
): Promise<void> {
  const masters = nodes.slice(0, masterCount);
  const replicas = nodes.slice(masterCount);
  for (const [at, { client, port }] of nodes.entries()) {
    await client.call('CLUSTER', 'SET-CONFIG-EPOCH', at + 1);
    if (at > 0) await nodes[0]!.client.call('CLUSTER', 'MEET', HOST, port, busPorts[at]!);
  }
  for (const [at, { client }] of masters.entries()) {
    const share = [at, at + 1].map((nth) => Math.floor((nth * SLOTS) / masterCount)) as [number, number];
    await client.call('CLUSTER', 'ADDSLOTSRANGE', share[0], share[1] - 1);
  }
  for (const [at, { client }] of replicas.entries()) {
    await until('a replica follows its master', () => client.call('CLUSTER', 'REPLICATE', masters[at]!.id), {
      withinMs: READY_WITHIN_MS,
    });
  }
  await until(
    'the cluster is complete',
    async () => {
      const ready = await Promise.all(nodes.map((node) => isReady(node, masters, replicas.length)));
      return ready.every(Boolean);
    },
    { withinMs: READY_WITHIN_MS },
  );
}

/** Whether a node knows the whole cluster, and follows its master if it is a replica. */
async function isReady(
  { client, role }: ClusterNode,
  masters: readonly ClusterNode[],
  replicaCount: number,
): Promise<boolean> {
  const info = String(await client.call('CLUSTER', 'INFO'));
  const known = masters.length + replicaCount;
  if (!/cluster_state:ok/.test(info) || !info.includes(`cluster_known_nodes:${known}\r`)) return false;
  const shares = await slotShares(client);
  const seen = shares.reduce((sum, { replicas }) => sum + replicas, 0);
  if (shares.length !== masters.length || seen !== replicaCount) return false;
  return role === 'master' || /master_link_status:up/.test(await client.info('replication'));
}

/** Host, port, id. */
type SlotNode = [string, number, string];

interface SlotShare {
  readonly first: number;
  readonly last: number;
  readonly ownerId: string;
  readonly replicas: number;
}

async function slotShares(client: RedisServer['client']): Promise<SlotShare[]> {
  const shares = (await client.call('CLUSTER', 'SLOTS')) as [number, number, SlotNode, ...SlotNode[]][];
  return shares.map(([first, last, owner, ...replicas]) => ({
    first,
    last,
    ownerId: owner[2],
    replicas: replicas.length,
  }));
}

async function owner(nodes: readonly ClusterNode[], key: string): Promise<ClusterNode | undefined> {
  const answers = await Promise.all(
    nodes.map(({ client }) =>
      answerWithin(
        ANSWER_MS,
        (async () => {
          return ownerOf(client, Number(await client.call('CLUSTER', 'KEYSLOT', key)));
        })(),
      ),
    ),
  );
  return nodes.find(({ id }) => answers.filter((named) => named === id).length > nodes.length / 2);
}

async function migrateSlot(
  nodes: readonly ClusterNode[],
  slot: number,
  from: ClusterNode,
  to: ClusterNode,
): Promise<void> {
  await to.client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id);
  await from.client.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id);
  for (;;) {
    const keys = (await from.client.call('CLUSTER', 'GETKEYSINSLOT', slot, KEYS_AT_ONCE)) as string[];
    if (keys.length === 0) break;
    await from.client.call('MIGRATE', to.host, to.port, '', 0, MIGRATE_MS, 'KEYS', ...keys);
  }
  // The new owner first, so that the slot always has an owner.
  const rest = nodes.filter((node) => node !== to && node !== from);
  for (const node of [to, from, ...rest]) {
    // A replica refuses this command: its master informs it.
    const [role] = await node.client.role();
    if (role === 'master') await node.client.call('CLUSTER', 'SETSLOT', slot, 'NODE', to.id);
  }
  // A node that still believes in the earlier owner, when that one's epoch grows by another move, takes the slot from the new
  // one, and with it the keys.
  await until(
    `every node knows the owner of slot ${slot}`,
    async () => {
      const seen = await Promise.all(nodes.map(({ client }) => ownerOf(client, slot)));
      return seen.every((id) => id === to.id);
    },
    { withinMs: OWNER_WITHIN_MS },
  );
}

/** The id of a slot's owner, as one node sees it. */
async function ownerOf(client: RedisServer['client'], slot: number): Promise<string | undefined> {
  return (await slotShares(client)).find(({ first, last }) => first <= slot && slot <= last)?.ownerId;
}
