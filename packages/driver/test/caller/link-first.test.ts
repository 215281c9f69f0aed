import { expect, it } from 'vitest';
import { callerFixture } from '../caller-fixture.ts';

it('links a new user to the best pod in one round trip', async () => {
  const { startedCaller, link } = await callerFixture();
  const { rooms, calls } = await startedCaller();

  expect(await rooms.locate('ada')).toMatchObject({ podId: 0, temporary: true });
  expect(calls()).toEqual(['setLinkedPodIfAbsent']);
  expect(await link('ada')).toMatchObject({ podId: 0, permanent: false, ttlMs: 300_000 });
});

it('answers for a known user without I/O', async () => {
  const { startedCaller } = await callerFixture();
  const { rooms, calls } = await startedCaller();
  const first = await rooms.locate('ada');
  calls();

  expect(await rooms.locate('ada')).toEqual(first);
  expect(calls()).toEqual([]);
});

it('loads a service at its first user', async () => {
  const { startedCaller } = await callerFixture();
  const { rooms, calls } = await startedCaller({ services: [] });

  expect(await rooms.locate('ada')).toMatchObject({ podId: 0 });
  expect(calls()).toEqual(['subscribe', 'getServiceState', 'setLinkedPodIfAbsent']);
});

it('finds a claim of an available pod in one round trip and lets it stand', async () => {
  const { startedCaller, claim, link } = await callerFixture();
  const { rooms, calls } = await startedCaller();
  await claim('ada', 2);
  const before = await link('ada');

  expect(await rooms.locate('ada')).toMatchObject({ podId: 2, temporary: false });
  expect(calls()).toEqual(['setLinkedPodIfAbsent']);
  expect(await link('ada')).toEqual(before);
});

it('keeps a claim of a pod that takes no new users', async () => {
  const { startedCaller, claim, beat } = await callerFixture();
  await beat(2, { routingState: 'DENY_NEW_CALL' });
  await claim('ada', 2);
  const { rooms, calls } = await startedCaller();

  expect(await rooms.locate('ada')).toMatchObject({ podId: 2, temporary: false });
  expect(calls()).toEqual(['setLinkedPodIfAbsent']);
});

it('lets a temporary link of another caller to a routable pod stand, and renews it', async () => {
  const { startedCaller, executors, clock, beat, link } = await callerFixture();
  const { rooms, calls } = await startedCaller();
  await executors.stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 1, 300);
  await clock.advance(60_000);
  for (const podId of [0, 1, 2]) await beat(podId);
  await clock.advance(5_000);
  calls();

  expect(await rooms.locate('ada')).toMatchObject({ podId: 1, temporary: true });
  expect(calls()).toEqual(['setLinkedPodIfAbsent']);
  expect(await link('ada')).toMatchObject({ podId: 1, ttlMs: 300_000 });
});

it('two callers that ask at the same time agree', async () => {
  const { startedCaller } = await callerFixture();
  const a = await startedCaller({ strategy: { pick: (pods) => pods[0] } });
  const b = await startedCaller({ strategy: { pick: (pods) => pods.at(-1) } });
  const [atA, atB] = await Promise.all([a.rooms.locate('ada'), b.rooms.locate('ada')]);
  expect(atA).toEqual(atB);
});

it('treats pod 0 as a pod', async () => {
  const { startedCaller, claim } = await callerFixture([0]);
  const { rooms, route, calls } = await startedCaller();

  expect(await route.client.computeLinkedPod('game', 'ada', 'room')).toBe(0);
  expect(rooms.peek('ada')?.podId).toBe(0);
  expect(await route.client.getLinkedPod('game', 'ada', 'room')).toBe(0);
  expect(route.client.getLinkedInCache('game', 'ada', 'room')).toBe(0);
  expect(await route.client.getLinkedPodNotCache('game', 'ada', 'room')).toBe(0);
  expect(await route.routeInfo.getServiceBestPod('game', 'room')).toBe(0);
  await claim('bob', 0);
  expect(await route.client.getLinkedPodInCacheOrIfPersist('game', 'bob', 'room')).toBe(0);
  expect(await route.client.getLinkService('game', 'bob')).toEqual(new Map([['room', 0]]));
  calls();
  expect(await rooms.locate('bob')).toMatchObject({ podId: 0, temporary: false });
  expect(calls()).toEqual([]);
});

it('never turns a failed store call into an answer', async () => {
  const { startedCaller, link } = await callerFixture();
  const { rooms, around } = await startedCaller();
  around(() => Promise.reject(new Error('broken pipe')));
  await expect(rooms.locate('ada')).rejects.toThrow('broken pipe');
  around();
  expect(await link('ada')).toBeUndefined();
  expect(await rooms.locate('ada')).toMatchObject({ podId: 0 });
});

it.each(['', '{', 'a'.repeat(513)])('refuses %j as a uid and makes no link', async (uid) => {
  const { startedCaller } = await callerFixture();
  const { rooms, calls, route } = await startedCaller();
  await expect(rooms.locate(uid)).rejects.toMatchObject({ code: 'INVALID_PARAMETER', parameter: 'uid' });
  expect(rooms.peek(uid)).toBeUndefined();
  calls();
  expect(await route.routeInfo.getServiceBestPod('game', 'room')).toBe(0);
});

it('init loads the local service, so that the first user costs one round trip', async () => {
  const { caller } = await callerFixture();
  const { route, calls } = caller({ services: [], serviceName: 'room' });
  await route.client.init();
  expect(calls()).toEqual(['subscribe', 'getServiceState']);
  await route.client.computeLinkedPod('game', 'ada', 'room');
  expect(calls()).toEqual(['setLinkedPodIfAbsent']);
  const nobodys = caller({ services: [] });
  await nobodys.route.client.init();
  expect(nobodys.calls()).toEqual([]);
});
