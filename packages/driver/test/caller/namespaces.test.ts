import { expect, it } from 'vitest';
import { callerFixture, LEASE_MS } from '../caller-fixture.ts';

const elsewhere = { namespace: 'shop', services: [] };

it('finds users in another namespace', async () => {
  const { startedCaller, claim, executors } = await callerFixture();
  await claim('ada', 2);
  await executors.stateful.setLinkedPodIfAbsent('game', 'bob', 'room', 1, 300);
  const { route } = await startedCaller(elsewhere);
  const rooms = route.service('room', 'game');

  expect(await rooms.locate('ada')).toMatchObject({ podId: 2, temporary: false });
  expect(await rooms.locate('bob')).toMatchObject({ podId: 1, temporary: true });
  expect(await route.client.getLinkedPod('game', 'ada', 'room')).toBe(2);
  expect(rooms.peek('ada')).toMatchObject({ podId: 2 });
});

it('reads links and states of another namespace', async () => {
  const { startedCaller } = await callerFixture();
  const { route } = await startedCaller(elsewhere);
  expect(await route.routeInfo.getServiceBestPod('game', 'room')).toBe(0);
  expect([...(await route.routeInfo.routablePods('game', 'room')).keys()]).toEqual([0, 1, 2]);
  expect(await route.service('room', 'game').isReady()).toBe(true);
});

it('makes no link in another namespace', async () => {
  const { startedCaller, link } = await callerFixture();
  const { route } = await startedCaller(elsewhere);
  const refusal = { code: 'NAMESPACE_NOT_LOCAL', namespace: 'game', localNamespace: 'shop' };

  await expect(route.service('room', 'game').locate('ada')).rejects.toMatchObject(refusal);
  await expect(route.service('room', 'game').locateMany(['ada'])).rejects.toMatchObject(refusal);
  await expect(route.client.setLinkedPodIfAbsent('game', 'ada', 'room', 0)).rejects.toMatchObject(refusal);
  expect(await link('ada')).toBeUndefined();
});

it('takes no user over in another namespace', async () => {
  const { startedCaller, claim, beat, clock, link } = await callerFixture([0, 2]);
  await claim('ada', 2);
  const { route } = await startedCaller(elsewhere);
  await clock.advance(LEASE_MS - 1_000);
  await beat(0);
  await clock.advance(2_000);
  await expect(route.service('room', 'game').locate('ada')).rejects.toMatchObject({
    code: 'NAMESPACE_NOT_LOCAL',
  });
  expect(await link('ada')).toMatchObject({ podId: 2, permanent: true });
});

it('says when to ask again for a user of another namespace whose pod cannot be called now', async () => {
  const { startedCaller, claim, beat } = await callerFixture([0, 2]);
  await claim('ada', 2);
  await beat(2, { state: 'NOT_READY' });
  const { route } = await startedCaller(elsewhere);
  await expect(route.service('room', 'game').locate('ada')).rejects.toMatchObject({
    code: 'POD_NOT_AVAILABLE',
    podId: 2,
  });
});

it('keeps what it remembers of each namespace and service apart', async () => {
  const { startedCaller, executors } = await callerFixture();
  const { route } = await startedCaller({ services: [] });
  for (const [namespace, podId] of [
    ['game', 1],
    ['shop', 2],
  ] as const) {
    await executors.stateful.setServiceState(namespace, 'hall', podId, {
      state: 'READY',
      routingState: 'READY',
      loadState: 0,
      incarnation: 'one',
      seq: 0,
      beatenBefore: false,
      leaseMs: LEASE_MS,
      updatePeriodMs: 30_000,
    });
    await executors.stateful.setLinkedPod(namespace, 'ada', 'hall', podId, 300);
  }
  expect(await route.service('hall').locate('ada')).toMatchObject({ podId: 1 });
  expect(await route.service('hall', 'shop').locate('ada')).toMatchObject({ podId: 2 });
  expect(route.service('hall').peek('ada')).toMatchObject({ podId: 1 });
  expect(route.service('hall', 'shop').peek('ada')).toMatchObject({ podId: 2 });
  expect(route.service('room').peek('ada')).toBeUndefined();
});
