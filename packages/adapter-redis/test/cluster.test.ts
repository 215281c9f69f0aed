import { type Executors, PERSIST_FOREVER } from '@stateful-route/core';
import { describeExecutors, uniqueNamespace } from '@stateful-route/testkit/conformance';
import { Cluster, Command } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRedisExecutors, safeClusterOptions } from '../src/index.ts';
import { type ClusterNode, redisCluster, type TestCluster } from './support/redis-cluster.ts';

let cluster: TestCluster;
let client: Cluster;
let executors: Executors;
let ns: string;

beforeAll(async () => {
  cluster = await redisCluster();
  client = new Cluster([...cluster.nodes], safeClusterOptions());
  executors = createRedisExecutors({ client });
}, 30_000);
beforeEach(() => {
  ns = uniqueNamespace();
});
afterAll(async () => {
  await executors.close();
  client.disconnect();
  await cluster.stop();
});

const linkKey = (uid: string): string => `sf:{${ns}:lk:${uid}}room`;
const slotOf = (key: string): number => new Command('get', [key]).getSlot();
const ownerOf = (slot: number): ClusterNode => {
  const [address] = client.slots[slot]!;
  return cluster.nodes.find(({ host, port }) => `${host}:${port}` === address)!;
};

describeExecutors(
  { describe, it, expect },
  {
    name: 'redis, on a cluster',
    capabilities: { clock: 'real' },
    create: () => {
      const own = createRedisExecutors({ client });
      return { executors: own, close: () => own.close() };
    },
  },
);

describe('batches on a cluster', () => {
  const uids = Array.from({ length: 2_500 }, (_, at) => `user-${at}`);

  it('cost one round trip for each node and thousand, and keep the order', async () => {
    await Promise.all(
      uids.map((uid, at) => executors.stateful.setLinkedPodIfAbsent(ns, uid, 'room', at % 3, 60)),
    );
    const pipelines = vi.spyOn(client, 'pipeline');
    const single = vi.spyOn(client, 'sendCommand');
    const found = await executors.stateful.batchGetLinkedPod(ns, uids, 'room');
    expect(pipelines).toHaveBeenCalledTimes(3);
    // those of the pipelines, and no other
    expect(single).toHaveBeenCalledTimes(uids.length);
    for (const podId of [0, 1, 2]) expect(found.get(podId)).toEqual(uids.filter((_, at) => at % 3 === podId));
    const links = await executors.stateful.batchGetLink(ns, uids, 'room');
    expect([...links.keys()]).toEqual(uids);
    pipelines.mockRestore();
    single.mockRestore();
  });

  it('read workloads of many services, in the order they were asked for', async () => {
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

  it('fail as a whole where one key is damaged', async () => {
    const damaged = linkKey('user-7');
    await client.rpush(damaged, 'a list');
    await expect(executors.stateful.batchGetLinkedPod(ns, uids, 'room')).rejects.toMatchObject({
      code: 'STORE_ERROR',
      retryable: false,
    });
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
    const fresh = new Cluster([...cluster.nodes], { ...safeClusterOptions(), lazyConnect: true });
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
    const from = ownerOf(slot);
    const to = cluster.nodes.find((node) => node !== from)!;
    const all = new Map([[4, uids]]);

    await to.redis.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id);
    await from.redis.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id);
    expect(await stateful.batchGetLinkedPod(ns, uids, 'room')).toEqual(all);
    const keys = (await from.redis.call('CLUSTER', 'GETKEYSINSLOT', slot, 1_000)) as string[];
    expect(keys.length).toBeGreaterThanOrEqual(3);
    await from.redis.call('MIGRATE', to.host, to.port, '', 0, 5_000, 'KEYS', ...keys);
    expect(await stateful.batchGetLinkedPod(ns, uids, 'room')).toEqual(all);
    expect(await stateful.getLinkedPodIfPersist(ns, 'mover-0', 'room')).toBe(4);
    const tried = await stateful.trySetLinkedPod(ns, 'mover-0', 'room', 5, PERSIST_FOREVER);
    expect(tried).toMatchObject({ linked: false, podId: 4 });
    for (const node of cluster.nodes) await node.redis.call('CLUSTER', 'SETSLOT', slot, 'NODE', to.id);
    expect(await stateful.batchGetLinkedPod(ns, uids, 'room')).toEqual(all);
    expect(await stateful.removeLinkedPod(ns, 'mover-0', 'room')).toBe(true);
    expect(await to.redis.exists(linkKey('mover-0'))).toBe(0);
  });
});

describe('the feed on a cluster', () => {
  it('listens at one node to events of all, and at another when that one ends the connection', async () => {
    const heard: unknown[] = [];
    const services = ['room', 'lobby', 'hall', 'yard'];
    for (const service of services)
      await executors.feed.subscribe(ns, service, (event) => heard.push(event.type));
    for (const service of services) await executors.server.setPodIntent(ns, service, 0, 'drain');
    await expect.poll(() => heard).toEqual(services.map(() => 'intent'));
    heard.length = 0;
    for (const { redis } of cluster.nodes) {
      const clients = String(await redis.client('LIST')).split('\n');
      const feeds = clients.filter((line) => line.includes(' name=stateful-route:feed '));
      for (const line of feeds) await redis.client('KILL', 'ID', /id=(\d+)/.exec(line)![1]!);
    }
    await expect.poll(() => heard.filter((type) => type === 'missed').length).toBe(services.length);
    for (const service of services) await executors.server.setPodIntent(ns, service, 0, 'resume');
    await expect.poll(() => heard.filter((type) => type === 'intent').length).toBe(services.length);
  });
});

describe('a cluster that is down', () => {
  it('fails calls fast', async () => {
    const nowhere = new Cluster([{ host: '127.0.0.1', port: 1 }], safeClusterOptions());
    nowhere.on('error', () => {});
    const own = createRedisExecutors({ client: nowhere });
    const start = performance.now();
    await expect(own.stateful.getLink(ns, 'ada', 'room')).rejects.toMatchObject({ code: 'STORE_ERROR' });
    await expect(own.feed.subscribe(ns, 'room', () => {})).rejects.toMatchObject({ code: 'STORE_ERROR' });
    expect(performance.now() - start).toBeLessThan(1_500);
    await own.close();
    nowhere.disconnect();
  });
});
