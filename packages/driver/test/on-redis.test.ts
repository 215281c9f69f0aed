import { createRedisExecutors } from '@stateful-route/adapter-redis';
import { type Executors, silentLogger } from '@stateful-route/core';
import { type TestRedis, testRedis, uniqueNamespace } from '@stateful-route/testkit/redis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createStatefulRoute, NOT_MINE, type RouteConfigInput } from '../src/index.ts';

// Nobody is to be noticed by a lease that ran out: a pod that drains or ends says so.
const config: RouteConfigInput = { profile: 'compat', stateRefreshMs: 200 };

let redis: TestRedis;
const opened: Executors[] = [];

beforeAll(async () => {
  redis = await testRedis();
});
afterAll(async () => {
  await Promise.all(opened.map((executors) => executors.close()));
  await redis.stop();
});

/** A connection of its own for each route, as each is a process of its own in production. */
function connect(): Executors {
  const executors = createRedisExecutors({ url: redis.url });
  opened.push(executors);
  return executors;
}

it('routes users on a real Redis: placed, kept, found again, moved when a pod drains or ends', async () => {
  const namespace = uniqueNamespace();
  const room = { namespace, serviceName: 'room', config, logger: silentLogger };
  const pods = [0, 1, 2].map((podId) =>
    createStatefulRoute({ ...room, executors: connect(), podId, address: `10.0.0.${podId}:80` }),
  );
  for (const pod of pods) await pod.start();
  const [gateway, other] = [0, 1].map(() => createStatefulRoute({ ...room, executors: connect() }));
  await gateway!.start();
  await other!.start();
  const rooms = gateway!.service('room');

  const uids = Array.from({ length: 30 }, (_, at) => `user-${at}`);
  const first = new Map(await Promise.all(uids.map(async (uid) => [uid, await rooms.locate(uid)] as const)));
  for (const [uid, { podId, address }] of first) {
    expect(address).toBe(`10.0.0.${podId}:80`);
    expect(await pods[podId]!.server.claim(uid)).toMatchObject({ claimed: true });
    expect((await other!.service('room').locate(uid)).podId).toBe(podId);
  }
  expect(new Set([...first.values()].map(({ podId }) => podId))).toEqual(new Set([0, 1, 2]));

  const drained = first.get('user-0')!.podId;
  const left = pods[drained]!;
  await gateway!.client.computeLinkedPod(namespace, 'user-0', 'room');
  await left.stop({ signal: AbortSignal.abort() });
  await expect.poll(async () => (await rooms.pods()).has(drained)).toBe(false);
  for (const [uid, { podId }] of first) {
    const now = await rooms.call(uid, async (pod) => {
      const claim = await pods[pod.podId]!.server.claim(uid);
      return claim.claimed ? pod.podId : NOT_MINE;
    });
    if (podId === drained) expect(now).not.toBe(drained);
    else expect(now).toBe(podId);
  }
  expect(await rooms.isReady()).toBe(true);
  for (const route of [gateway!, other!, ...pods]) await route.stop({ signal: AbortSignal.abort() });
});

it('keeps a service even on a real Redis: a pod that comes gets its share', async () => {
  const namespace = uniqueNamespace();
  const rebalance = { which: 'all', everyMs: 500, additions: 1 } as const;
  const short = {
    leaseSeconds: 1,
    heartbeatSeconds: 0.2,
    workloadStateUpdatePeriodSeconds: 0.2,
    fenceMarginMs: 100,
    stateRefreshMs: 250,
  };
  const drain = { onHandOff: (): void => {} };
  const room = { namespace, serviceName: 'room', config: short, logger: silentLogger, rebalance, drain };
  const [a, b] = [0, 1].map((podId) => createStatefulRoute({ ...room, executors: connect(), podId }));
  await a!.start();
  for (let at = 0; at < 20; at++) await a!.server.claim(`user-${at}`);
  await b!.start();
  // Each user's next request leads to the new pod.
  a!.server.on('handedOff', ({ uid }) => void b!.server.claim(uid));
  await expect.poll(() => b!.server.held().size, { timeout: 20_000 }).toBeGreaterThanOrEqual(9);
  expect(a!.server.held().size).toBeLessThanOrEqual(11);
  const operator = connect();
  const { entries } = await operator.server.readJournal(namespace, 'room', { types: ['order'] });
  expect(entries).toMatchObject(entries.map(() => ({ podId: 0, by: 'rebalance (addition)' })));
  for (const route of [a!, b!]) await route.stop({ signal: AbortSignal.abort() });
}, 30_000);

it('carries out an order on a real Redis: the user moves, and the journal and explain say by whom', async () => {
  const namespace = uniqueNamespace();
  const room = { namespace, serviceName: 'room', config, logger: silentLogger };
  const drain = { onHandOff: (): void => {} };
  const [a, b] = [0, 1].map((podId) => createStatefulRoute({ ...room, drain, executors: connect(), podId }));
  await a!.start();
  await b!.start();
  const gateway = createStatefulRoute({ ...room, executors: connect() });
  await gateway.start();
  await a!.server.claim('ada');
  const operator = connect();
  const { storeTime } = await operator.stateful.getServiceState(namespace, 'room');
  const order = {
    id: 'order-1',
    kind: 'move',
    uid: 'ada',
    to: 1,
    until: storeTime + 60_000,
    by: 'carol',
  } as const;
  expect(await operator.server.giveOrder(namespace, 'room', 0, order)).toBe(true);
  await expect
    .poll(() => gateway.routeInfo.explain(namespace, 'ada', 'room'))
    .toMatchObject({
      link: { podId: 1, permanent: false, reason: { why: 'moved', by: 'carol' } },
      because: expect.stringContaining('carol') as string,
    });
  await expect
    .poll(() => operator.server.readJournal(namespace, 'room', { uid: 'ada' }))
    .toMatchObject({
      entries: [
        { type: 'order', podId: 0, order },
        { type: 'order-ended', podId: 0, orderId: 'order-1', outcome: 'done', moved: 1, by: 'carol' },
      ],
    });
  expect(a!.server.holds('ada')).toBe(false);
  await a!.stop();
  await b!.stop({ signal: AbortSignal.abort() });
  await gateway.stop();
});

it('places a pinned user on the pod of the pin, and elsewhere while it is not there', async () => {
  const namespace = uniqueNamespace();
  const room = { namespace, serviceName: 'room', config, logger: silentLogger };
  const pods = [0, 1, 2].map((podId) => createStatefulRoute({ ...room, executors: connect(), podId }));
  for (const pod of pods) await pod.start();
  const gateway = createStatefulRoute({ ...room, executors: connect() });
  await gateway.start();
  const rooms = gateway.service('room');
  const { stateful } = connect();
  const uids = Array.from({ length: 20 }, (_, at) => `user-${at}`);
  for (const uid of uids) await stateful.setPin(namespace, uid, 'room', 2, { by: 'carol' });
  for (const uid of uids) expect(await rooms.locate(uid)).toMatchObject({ podId: 2 });
  expect(await pods[2]!.server.claim('user-0')).toMatchObject({ claimed: true });
  expect(await pods[1]!.server.claim('user-1')).toMatchObject({ claimed: false, why: 'pinned', podId: 2 });

  await pods[2]!.stop({ signal: AbortSignal.abort() });
  await expect.poll(async () => (await rooms.pods()).has(2)).toBe(false);
  for (const uid of uids) expect((await rooms.locate(uid)).podId).not.toBe(2);
  expect((await stateful.getLink(namespace, 'user-0', 'room')).pin).toMatchObject({ podId: 2, by: 'carol' });
  for (const route of [gateway, ...pods]) await route.stop({ signal: AbortSignal.abort() });
});
