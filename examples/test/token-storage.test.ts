import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import type { Executors } from '@stateful-route/core';
import { decorateExecutors } from '@stateful-route/core/adapter';
import { ManualClock } from '@stateful-route/core/testing';
import { createStatefulRoute, NOT_MINE, silentLogger } from '@stateful-route/driver';
import { createHost, type Host, type SaveContext } from '@stateful-route/host';
import { testRedis, type TestRedis, uniqueNamespace } from '@stateful-route/testkit/redis';
import { createTestRoute } from '@stateful-route/testkit/test-route';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tokenStorage } from '../token-storage/token-storage.ts';

interface Visits {
  count: number;
}

const LEASE_MS = 15_000;
const { signal } = new AbortController();

let server: TestRedis;
let redis: Redis;
let storage: ReturnType<typeof tokenStorage<Visits>>;
beforeAll(async () => {
  server = await testRedis();
  redis = new Redis(server.url);
});
afterAll(async () => {
  await redis.quit();
  await server.stop();
});
beforeEach(() => {
  storage = tokenStorage(redis, uniqueNamespace(), () => ({ count: 0 }));
});

const open = (uid: string, token: number): Promise<Visits> =>
  storage.open({ uid, token, signal, changed: () => {} });
const save = (uid: string, token: number, count: number): Promise<void> =>
  storage.save({ uid, token, state: { count }, signal });
const refused = (seen: number) => ({
  name: 'StaleTokenError',
  message: expect.stringContaining(String(seen)),
});

describe('the storage', () => {
  it('keeps the highest token, and refuses smaller ones', async () => {
    const high = 2 ** 52 + 1;
    expect(await open('ada', 7)).toEqual({ count: 0 });
    expect(await open('ada', 7)).toEqual({ count: 0 });
    await save('ada', 7, 1);
    expect(await open('ada', high)).toEqual({ count: 1 });
    await expect(open('ada', 8)).rejects.toMatchObject(refused(high));
    await expect(save('ada', 7, 2)).rejects.toMatchObject(refused(high));
    await save('ada', high, 2);
    expect(await open('ada', high + 1)).toEqual({ count: 2 });
    await expect(save('ada', high, 3)).rejects.toMatchObject(refused(high + 1));
  });

  it('keeps users apart', async () => {
    await open('ada', 9);
    expect(await open('bob', 1)).toEqual({ count: 0 });
  });
});

const visit = (host: Host<Visits>): Promise<number | typeof NOT_MINE> =>
  host.use('ada', (visits) => ++visits.count);

it('refuses the late write of an owner that was cut off and taken over', async () => {
  await using service = await createTestRoute({ pods: 2 });
  const held: SaveContext<Visits>[] = [];
  const options = { ...storage, saveAfter: 'use' } as const;
  const first = createHost(service.pods[0]!, {
    ...options,
    save: async (context) => {
      held.push(context);
      await storage.save(context);
    },
  });
  const second = createHost(service.pods[1]!, options);
  expect(await visit(first)).toBe(1);
  service.kill(0);
  await service.clock.advance(LEASE_MS + 1_000);
  expect(await service.gateway.service('room').locate('ada')).toMatchObject({ podId: 1 });
  expect(await visit(second)).toBe(2);

  // What the first owner had begun to write arrives now.
  await expect(storage.save(held[0]!)).rejects.toMatchObject({ name: 'StaleTokenError' });
  expect(await visit(second)).toBe(3);
});

it('refuses the older of two owners after a failover that lost a claim, also where its clock was ahead', async () => {
  const clock = new ManualClock(2_000_000_000_000);
  const before = createMemoryExecutors({ clock });
  // The replica that becomes the master never received the claim, and its clock is years behind.
  const after = createMemoryExecutors({ clock: new ManualClock(1_000_000_000_000) });
  let failedOver = false;
  const executors: Executors = decorateExecutors(before, ({ method, args, options, run }) => {
    if (!failedOver || method === 'subscribe') return run(options);
    const { stateful, server: directory } = after;
    const target = method in stateful ? stateful : directory;
    return Reflect.apply(Reflect.get(target, method), target, [...args, options]);
  });
  const place = { executors, clock, namespace: 'game', serviceName: 'room', logger: silentLogger };
  const routes = [0, 1].map((podId) => createStatefulRoute({ ...place, podId }));
  for (const route of routes) await route.start();
  const [first, second] = routes.map((route) => createHost(route, { ...storage, saveAfter: 'use' }));
  expect(await visit(first!)).toBe(1);

  failedOver = true;
  expect(await visit(second!)).toBe(2);
  expect(routes.map((route) => route.server.holds('ada'))).toEqual([true, true]);
  const outcome = await visit(first!).catch((error: unknown) => error);
  expect(outcome === NOT_MINE || outcome instanceof Error).toBe(true);
  expect(first!.has('ada')).toBe(false);
  expect(await visit(second!)).toBe(3);
  for (const route of routes) await route.stop({ signal: AbortSignal.abort() });
});

it('registers the new token of a pod that was fenced and came back, and goes on', async () => {
  const clock = new ManualClock();
  const store = createMemoryExecutors({ clock });
  let cut = false;
  const executors = decorateExecutors(store, ({ options, run }) =>
    cut ? Promise.reject(new Error('no network')) : run(options),
  );
  const place = { executors, clock, namespace: 'game', serviceName: 'room', podId: 0 };
  const route = createStatefulRoute({ ...place, logger: silentLogger });
  await route.start();
  const host = createHost(route, { ...storage, saveAfter: 'use' });
  expect(await visit(host)).toBe(1);
  const token = route.server.tokenOf('ada')!;

  cut = true;
  await clock.advance(LEASE_MS);
  await expect(visit(host)).rejects.toMatchObject({ code: 'FENCED' });
  cut = false;
  await clock.advance(5_000);
  expect(route.server.isFenced()).toBe(false);
  expect(await visit(host)).toBe(2);
  await expect(save('ada', token, 9)).rejects.toMatchObject({ name: 'StaleTokenError' });
  expect(await visit(host)).toBe(3);
  await route.stop({ signal: AbortSignal.abort() });
});
