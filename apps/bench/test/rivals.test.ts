import { createRedisExecutors } from '@stateful-route/adapter-redis';
import { type TestRedis, testRedis, uniqueNamespace } from '@stateful-route/testkit/redis';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linkKeyOf, podsKeyOf } from '../src/lab/links.ts';
import { SERVICE } from '../src/lab/bench-lab.ts';
import { BeatingPods } from '../src/lab/pods.ts';
import { uids } from '../src/lab/uids.ts';
import { hashRing } from '../src/rivals/hash-ring.ts';
import { bareMap, linkCaches } from '../src/rivals/link-caches.ts';
import { cpuUsage, shard } from '../src/rivals/moleculer.ts';
import { NaiveRouter } from '../src/rivals/naive-router.ts';
import { rawPlacement } from '../src/rivals/raw-placement.ts';

describe('rivals on Redis', () => {
  let redis: TestRedis;
  let raw: Redis;
  beforeAll(async () => {
    redis = await testRedis();
    raw = new Redis(redis.url);
  });
  afterAll(async () => {
    raw.disconnect();
    await redis.stop();
  });

  it('the naive router picks the least loaded ready pod, and all naive routers agree', async () => {
    const namespace = uniqueNamespace();
    const executors = createRedisExecutors({ url: redis.url });
    const pods = new BeatingPods(executors.stateful, namespace, 4);
    await pods.beat();
    const routers = Array.from({ length: 3 }, () => new NaiveRouter(raw, podsKeyOf(namespace), 60));
    const key = linkKeyOf(namespace, 'ada');
    expect(await Promise.all(routers.map((router) => router.route(key)))).toEqual([0, 0, 0]);

    // It makes the very link that ours reads, and goes by the one that ours made.
    expect(await executors.stateful.getLinkedPod(namespace, 'ada', SERVICE)).toBe(0);
    await executors.stateful.setLinkedPodIfAbsent(namespace, 'bob', SERVICE, 3, 60);
    expect(await routers[0]!.route(linkKeyOf(namespace, 'bob'))).toBe(3);

    const nobody = new NaiveRouter(raw, podsKeyOf(uniqueNamespace()), 60);
    await expect(nobody.route(linkKeyOf(namespace, 'eve'))).rejects.toThrow('No pod');
    await executors.close();
  });

  it('the raw placement sets a link once, and renews it', async () => {
    const place = await rawPlacement(raw);
    const key = linkKeyOf(uniqueNamespace(), 'ada');
    expect(await place(key, 2, 10)).toBe('2');
    expect(await place(key, 3, 300)).toBe('2');
    expect(await raw.ttl(key)).toBeGreaterThan(10);
  });

  it('beating pods write heartbeats that the adapter reads', async () => {
    const namespace = uniqueNamespace();
    const executors = createRedisExecutors({ url: redis.url });
    const pods = new BeatingPods(executors.stateful, namespace, 3);
    await pods.beat();
    const before = await executors.stateful.getServiceState(namespace, SERVICE);
    await pods.beat([1]);
    const after = await executors.stateful.getServiceState(namespace, SERVICE);
    expect([...after.pods.keys()]).toEqual([0, 1, 2]);
    expect(after.pods.get(0)).toEqual(before.pods.get(0));
    expect(after.pods.get(1)!.loadState).not.toBe(before.pods.get(1)!.loadState);
    await executors.close();
  });
});

describe('rivals that compute the pod from the uid', () => {
  it.each([
    ['Moleculer Shard', shard(5)],
    ['hashring', hashRing(5)],
  ])('%s spreads users over all pods, again and again alike', (_name, rival) => {
    const users = uids(500);
    const where = (): string[] => users.map(rival.select);
    const before = where();
    expect(new Set(before).size).toBe(5);
    expect(where()).toEqual(before);
    rival.setPods(6);
    expect(new Set(where()).size).toBe(6);
    rival.setPods(5);
    expect(where()).toEqual(before);
  });

  it('Moleculer CpuUsage takes one of the pods', () => {
    const rival = cpuUsage(4);
    const picked = new Set(Array.from({ length: 200 }, () => rival.select('')));
    expect([...picked].every((id) => /^room-[0-3]$/.test(id))).toBe(true);
  });
});

describe('caches', () => {
  it.each(Object.entries({ Map: bareMap, ...linkCaches }))(
    '%s holds as many users as it was made for',
    (_name, make) => {
      const users = uids(1_000);
      const cache = make(users.length);
      for (const [at, uid] of users.entries()) cache.set(uid, { podId: at, temporary: true, expiresAt: 1.5 });
      expect(cache.sum(users)).toBe((999 * 1_000) / 2);
      expect(cache.sum(users)).toBe((999 * 1_000) / 2);
    },
  );
});
