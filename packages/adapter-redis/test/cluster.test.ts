import { type Executors, PERSIST_FOREVER } from '@stateful-route/core';
import { describeExecutors, uniqueNamespace } from '@stateful-route/testkit/conformance';
import { type ClusterNode, type ClusterTopology, startCluster } from '@stateful-route/harness';
import { Cluster, type ClusterOptions, Command } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRedisExecutors, safeClusterOptions } from '../src/index.ts';
import { readmeClusterRights } from './support/acl-rule.ts';
import { rawWrites } from './support/raw-writes.ts';
import { commandCount, writtenToMasters } from './support/written-to-masters.ts';

/** Longer than a busy machine pauses a node; not so long that news of a moved slot spreads slowly. */
const NODE_TIMEOUT_MS = 6_000;
const [USER, PASSWORD] = ['pod', 'only-a-test'];
let cluster: ClusterTopology;
let client: Cluster;
/** The same, but it waits long for replies: the contract's tests run side by side, also on a machine that is busy elsewhere. */
let patient: Cluster;
let executors: Executors;
let ns: string;

beforeAll(async () => {
  cluster = await startCluster({ nodeTimeoutMs: NODE_TIMEOUT_MS });
  // As a user with the least rights, on all nodes.
  for (const node of cluster.nodes) await grant(node);
  client = new Cluster(nodes(), safeOptions(USER));
  const { redisOptions, ...rest } = safeOptions(USER);
  patient = new Cluster(nodes(), {
    ...rest,
    redisOptions: { ...redisOptions, connectTimeout: 10_000, socketTimeout: 10_000 },
  });
  executors = createRedisExecutors({ client });
}, 30_000);
beforeEach(() => {
  ns = uniqueNamespace();
});
afterAll(async () => {
  await executors.close();
  client.disconnect();
  patient.disconnect();
  await cluster.stop();
});

const linkKey = (uid: string): string => `sf:{${ns}:lk:${uid}}room`;
const slotOf = (key: string): number => new Command('get', [key]).getSlot();

const nodes = (): { host: string; port: number }[] => cluster.nodes.map(({ host, port }) => ({ host, port }));
const safeOptions = (username: string): ClusterOptions => {
  return safeClusterOptions({ redisOptions: { username, password: PASSWORD } });
};

async function grant(node: ClusterNode, username: string = USER, ...rules: readonly string[]): Promise<void> {
  await node.client.acl('SETUSER', username, 'on', `>${PASSWORD}`, ...readmeClusterRights(), ...rules);
}

/** A master as of now, and not that one. */
async function otherMaster(than: ClusterNode): Promise<ClusterNode> {
  const roles = await Promise.all(cluster.nodes.map((node) => node.client.role()));
  return cluster.nodes.find((node, at) => node !== than && roles[at]![0] === 'master')!;
}

describeExecutors(
  // Each test has its own namespace, so all can run at once.
  { describe, it: it.concurrent, expect },
  {
    name: 'redis, on a cluster',
    capabilities: { clock: 'real', rawWrites: true },
    create: () => {
      const own = createRedisExecutors({ client: patient });
      return { executors: own, raw: rawWrites(patient), close: () => own.close() };
    },
  },
);

describe('batches on a cluster', () => {
  const uids = Array.from({ length: 2_500 }, (_, at) => `user-${at}`);

  it('cost one round trip for each node and thousand, and keep the order', async () => {
    await Promise.all(
      uids.map((uid, at) => executors.stateful.setLinkedPodIfAbsent(ns, uid, 'room', at % 3, 60)),
    );
    let found = new Map<number, string[]>();
    const written = await writtenToMasters(client, async () => {
      found = await executors.stateful.batchGetLinkedPod(ns, uids, 'room');
    });
    expect(written).toHaveLength(3);
    expect(written.map(commandCount).reduce((sum, count) => sum + count)).toBe(uids.length);
    for (const podId of [0, 1, 2]) expect(found.get(podId)).toEqual(uids.filter((_, at) => at % 3 === podId));
    const links = await executors.stateful.batchGetLink(ns, uids, 'room');
    expect([...links.keys()]).toEqual(uids);
  });

  it('read workloads of many services, in the order of the arguments', async () => {
    const services = Array.from({ length: 30 }, (_, at) => `service-${at}`);
    for (const [at, service] of services.entries()) {
      await executors.stateful.setWorkloadState(ns, service, {
        state: 'READY',
        replicas: at,
        readyReplicas: 0,
      });
    }
    const states = await executors.stateful.getWorkloadStateBatch(ns, ['none', ...services.toReversed()]);
    expect([...states].map(([service, { replicas }]) => [service, replicas])).toEqual(
      services.map((service, at) => [service, at]).toReversed(),
    );
  });

  it('report every user whose keys are damaged, and read the others', async () => {
    const damaged = ['user-7', 'user-1300', 'user-2499'];
    const [list, ...texts] = damaged.map(linkKey);
    await (await cluster.owner(list!)).client.rpush(list!, 'a list');
    for (const text of texts) await (await cluster.owner(text)).client.set(text, 'no pod');
    const others = uids.filter((uid) => !damaged.includes(uid));
    const refusal = { code: 'STORE_ERROR', retryable: false, damaged };
    await expect(executors.stateful.batchGetLinkedPod(ns, uids, 'room')).rejects.toMatchObject(refusal);
    await expect(executors.stateful.batchGetLink(ns, uids, 'room')).rejects.toMatchObject(refusal);
    expect(await executors.stateful.batchGetLinkedPod(ns, others, 'room')).toEqual(new Map());
    expect(await executors.stateful.batchGetLink(ns, others, 'room')).toEqual(new Map());
  });
});

describe('a cluster that was just connected to', () => {
  it.each([
    [
      'single calls',
      (own: Executors, uids: string[]) =>
        Promise.all(uids.map((uid) => own.stateful.setLinkedPod(ns, uid, 'room', 1, 60))),
    ],
    [
      'batches',
      (own: Executors, uids: string[]) =>
        Promise.all([1, 2, 3].map(() => own.stateful.batchGetLink(ns, uids, 'room'))),
    ],
  ])('takes many %s at once', async (_, calls) => {
    const fresh = new Cluster([...cluster.nodes], safeClusterOptions({ lazyConnect: true }));
    const own = createRedisExecutors({ client: fresh });
    await expect(
      calls(
        own,
        Array.from({ length: 100 }, (__, at) => `user-${at}`),
      ),
    ).resolves.toBeDefined();
    fresh.disconnect();
  });
});

describe('a slot that moves to another node', () => {
  it('is followed, by single calls and by batches', async () => {
    const { stateful } = executors;
    const uids = Array.from({ length: 50 }, (_, at) => `mover-${at}`);
    for (const uid of uids) await stateful.trySetLinkedPod(ns, uid, 'room', 4, PERSIST_FOREVER);
    const slot = slotOf(linkKey('mover-0'));
    const from = await cluster.owner(linkKey('mover-0'));
    const to = await otherMaster(from);
    const all = new Map([[4, uids]]);

    await to.client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id);
    await from.client.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id);
    expect(await stateful.batchGetLinkedPod(ns, uids, 'room')).toEqual(all);
    const keys = (await from.client.call('CLUSTER', 'GETKEYSINSLOT', slot, 1_000)) as string[];
    expect(keys.length).toBeGreaterThanOrEqual(3);
    await from.client.call('MIGRATE', to.host, to.port, '', 0, 5_000, 'KEYS', ...keys);
    expect(await stateful.batchGetLinkedPod(ns, uids, 'room')).toEqual(all);
    expect(await stateful.getLinkedPodIfPersist(ns, 'mover-0', 'room')).toBe(4);
    const tried = await stateful.trySetLinkedPod(ns, 'mover-0', 'room', 5, PERSIST_FOREVER);
    expect(tried).toMatchObject({ linked: false, podId: 4 });
    for (const node of [to, from]) await node.client.call('CLUSTER', 'SETSLOT', slot, 'NODE', to.id);
    expect(await stateful.batchGetLinkedPod(ns, uids, 'room')).toEqual(all);
    expect(await stateful.removeLinkedPod(ns, 'mover-0', 'room')).toBe(true);
    expect(await to.client.exists(linkKey('mover-0'))).toBe(0);
  });

  it('fails no call while it moves, whichever of the keys of a user there are', async () => {
    const { stateful } = executors;
    const uids = ['ada', 'bob', 'cleo', 'dan'];
    const over = new AbortController();
    let rounds = 0;
    const load = uids.map(async (uid) => {
      while (!over.signal.aborted) {
        expect(await stateful.setLinkedPodIfAbsent(ns, uid, 'room', 1, 60)).toMatchObject({ podId: 1 });
        expect(await stateful.trySetLinkedPod(ns, uid, 'room', 1, PERSIST_FOREVER)).toMatchObject({
          linked: true,
        });
        expect(await stateful.getLinkedPodIfPersist(ns, uid, 'room')).toBe(1);
        expect((await stateful.batchGetLinkedPod(ns, uids, 'room')).size).toBeLessThanOrEqual(1);
        expect(await stateful.removeLinkedPodWithId(ns, uid, 'room', 1)).toBe(true);
        rounds += 1;
      }
    });
    const moves = async (): Promise<void> => {
      for (let round = 0; round < 3; round++) {
        for (const uid of uids) {
          const slot = slotOf(linkKey(uid));
          const from = await cluster.owner(linkKey(uid));
          await cluster.migrateSlot(slot, from, await otherMaster(from));
        }
      }
      over.abort();
    };
    await Promise.all([moves(), ...load]);
    expect(rounds).toBeGreaterThan(uids.length);
  });
});

describe('a client that has just been made', () => {
  it('fails none of many calls at once, though its nodes are still being connected', async () => {
    const fresh = new Cluster(nodes(), safeOptions(USER));
    const own = createRedisExecutors({ client: fresh });
    const calls = Array.from({ length: 50 }, (_, at) =>
      own.stateful.setLinkedPod(ns, `user-${at}`, 'room', 1, 60),
    );
    expect(await Promise.all(calls)).toEqual(calls.map(() => ({})));
    await own.close();
    fresh.disconnect();
  });
});

describe('a user that may not ask a node for a slot on its way', () => {
  it('fails the call, and does not end the process', async () => {
    const username = 'half';
    for (const node of cluster.nodes) await grant(node, username, '-asking');
    const half = new Cluster(nodes(), safeOptions(username));
    const own = createRedisExecutors({ client: half });
    await own.stateful.getLink(ns, 'ada', 'room');
    const slot = slotOf(linkKey('ada'));
    const from = await cluster.owner(linkKey('ada'));
    const to = await otherMaster(from);
    await to.client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id);
    await from.client.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id);
    await expect(own.stateful.setLinkedPod(ns, 'ada', 'room', 1, 60)).rejects.toMatchObject({
      code: 'STORE_ERROR',
    });
    for (const node of [to, from]) await node.client.call('CLUSTER', 'SETSLOT', slot, 'STABLE');
    await own.close();
    half.disconnect();
  });
});

describe('the feed on a cluster', () => {
  it('listens at one node to events of all, and at another when that one ends the connection', async () => {
    const received: unknown[] = [];
    const services = ['room', 'lobby', 'hall', 'yard'];
    for (const service of services)
      await executors.feed.subscribe(ns, service, (event) => received.push(event.type));
    for (const service of services) await executors.server.setPodIntent(ns, service, 0, 'drain');
    await expect.poll(() => received).toEqual(services.map(() => 'intent'));
    received.length = 0;
    for (const { client: redis } of cluster.nodes) {
      const clients = String(await redis.client('LIST')).split('\n');
      const feeds = clients.filter((line) => line.includes(' name=stateful-route:feed '));
      for (const line of feeds) await redis.client('KILL', 'ID', /id=(\d+)/.exec(line)![1]!);
    }
    await expect.poll(() => received.filter((type) => type === 'missed').length).toBe(services.length);
    for (const service of services) await executors.server.setPodIntent(ns, service, 0, 'resume');
    await expect.poll(() => received.filter((type) => type === 'intent').length).toBe(services.length);
  });
});

describe('a cluster that is down', () => {
  it('fails calls fast', async () => {
    const nowhere = new Cluster([{ host: '127.0.0.1', port: 1 }], safeClusterOptions());
    nowhere.on('error', () => {});
    const own = createRedisExecutors({ client: nowhere });
    // Not by their deadline, which would be a TIMEOUT.
    await expect(own.stateful.getLink(ns, 'ada', 'room')).rejects.toMatchObject({ code: 'STORE_ERROR' });
    await expect(own.feed.subscribe(ns, 'room', () => {})).rejects.toMatchObject({ code: 'STORE_ERROR' });
    await own.close();
    nowhere.disconnect();
  });
});

describe('a process that is blocked for longer than a call has', () => {
  it('uses the replies of all nodes that have arrived in between', async () => {
    const timeoutMs = 1_000;
    const redisOptions = { username: USER, password: PASSWORD };
    const blocked = new Cluster(nodes(), safeClusterOptions({ redisOptions, timeoutMs }));
    const own = createRedisExecutors({ client: blocked, timeoutMs });
    const uids = Array.from({ length: 20 }, (_, at) => `user-${at}`);
    const place = (): Promise<unknown>[] =>
      uids.map((uid) => own.stateful.setLinkedPodIfAbsent(ns, uid, 'room', 1, 60));
    await Promise.all(place());
    await Promise.all(cluster.nodes.map(({ client: node }) => node.call('CLIENT', 'PAUSE', 300, 'ALL')));
    const outcomes = Promise.allSettled(place());
    // What was gathered has been written by then.
    for (let turns = 0; turns < 3; turns++) {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * timeoutMs + 500);
    expect(await outcomes).toEqual(uids.map(() => expect.objectContaining({ status: 'fulfilled' })));
    await own.close();
    blocked.disconnect();
  });
});
