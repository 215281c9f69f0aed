import { expect, it } from 'vitest';
import { callerFixture, failing, holdReplies, REFRESH_MS, type TestCaller } from '../caller-fixture.ts';

const users = (count: number): string[] => Array.from({ length: count }, (_, user) => `user-${user}`);

async function burst({ rooms }: TestCaller, count: number): Promise<Map<number, number>> {
  const located = await Promise.all(users(count).map((uid) => rooms.locate(uid)));
  const perPod = new Map<number, number>();
  for (const { podId } of located) perPod.set(podId, (perPod.get(podId) ?? 0) + 1);
  return new Map([...perPod].toSorted(([a], [b]) => a - b));
}

it('spreads a burst over equally loaded pods', async () => {
  const { startedCaller } = await callerFixture();
  expect(await burst(await startedCaller({ strategy: 'least-loaded' }), 30)).toEqual(
    new Map([
      [0, 10],
      [1, 10],
      [2, 10],
    ]),
  );
});

it('fills the less loaded pods first', async () => {
  const { startedCaller, beat } = await callerFixture([]);
  await beat(0, { loadState: 10 });
  await beat(1, { loadState: 0 });
  expect(await burst(await startedCaller({ strategy: 'least-loaded' }), 20)).toEqual(
    new Map([
      [0, 5],
      [1, 15],
    ]),
  );
});

it('spreads a burst by two random choices within a few users', async () => {
  const { startedCaller } = await callerFixture();
  const perPod = await burst(await startedCaller({ strategy: 'power-of-two' }), 300);
  for (const count of perPod.values()) expect(Math.abs(count - 100)).toBeLessThanOrEqual(5);
});

it('takes turns across a burst', async () => {
  const { startedCaller } = await callerFixture();
  const caller = await startedCaller({ strategy: 'round-robin' });
  const located = await Promise.all(users(6).map((uid) => caller.rooms.locate(uid)));
  expect(located.map(({ podId }) => podId)).toEqual([0, 1, 2, 0, 1, 2]);
});

it('takes turns across bursts of users who are known already', async () => {
  const { startedCaller, claim } = await callerFixture();
  for (const uid of ['a', 'b', 'c', 'd']) await claim(uid, 1);
  const { rooms } = await startedCaller({ strategy: 'round-robin' });
  await Promise.all(['a', 'b', 'c', 'd'].map((uid) => rooms.locate(uid)));
  expect((await rooms.locate('ada')).podId).toBe(0);
  expect((await rooms.locate('bob')).podId).toBe(1);
});

it('spreads the users whom a drain left behind', async () => {
  const { startedCaller, beat, executors } = await callerFixture();
  for (const uid of users(20)) await executors.stateful.setLinkedPod('game', uid, 'room', 2, 300);
  await beat(2, { routingState: 'DENY_NEW_CALL' });
  expect(await burst(await startedCaller({ strategy: 'least-loaded' }), 20)).toEqual(
    new Map([
      [0, 10],
      [1, 10],
    ]),
  );
});

it('spreads the users of a dead pod', async () => {
  const { startedCaller, beat, claim } = await callerFixture();
  for (const uid of users(20)) await claim(uid, 2);
  await beat(2, { state: 'TERMINATING' });
  expect(await burst(await startedCaller({ strategy: 'least-loaded' }), 20)).toEqual(
    new Map([
      [0, 10],
      [1, 10],
    ]),
  );
});

it('remembers what it placed since the newest report although a request began before that', async () => {
  const { startedCaller, beat, executors, clock } = await callerFixture();
  await beat(2, { routingState: 'DENY_NEW_CALL' });
  await executors.stateful.setLinkedPod('game', 'slow', 'room', 2, 300);
  const { rooms, around } = await startedCaller({ strategy: 'least-loaded' });
  const held = holdReplies('setLinkedPodIfAbsent');
  around(held.around);
  const slow = rooms.locate('slow');
  await clock.advance(1_000);
  around();

  await beat(0, { loadState: 10 });
  await beat(1, { loadState: 12.5 });
  await clock.advance(0);
  for (const uid of ['a', 'b', 'c']) expect((await rooms.locate(uid)).podId).toBe(0);
  held.release();
  await slow;
  expect((await rooms.locate('d')).podId).toBe(1);
});

it('counts no user who turned out to be linked already', async () => {
  const { startedCaller, claim } = await callerFixture([0, 1]);
  for (const uid of users(20)) await claim(uid, 1);
  const caller = await startedCaller({ strategy: 'least-loaded' });
  await burst(caller, 20);
  const located = [];
  for (const uid of ['ada', 'bob']) located.push((await caller.rooms.locate(uid)).podId);
  expect(new Set(located)).toEqual(new Set([0, 1]));
});

it('counts no user whose link failed', async () => {
  const { startedCaller, beat } = await callerFixture([]);
  await beat(0);
  await beat(1, { loadState: 3 });
  const caller = await startedCaller({ strategy: 'least-loaded' });
  caller.around(failing('setLinkedPodIfAbsent'));
  await Promise.allSettled(users(20).map((uid) => caller.rooms.locate(uid)));
  caller.around();
  expect((await caller.rooms.locate('ada')).podId).toBe(0);
  expect((await caller.rooms.locate('bob')).podId).toBe(0);
});

it('counts no user whose link could not be moved', async () => {
  const { startedCaller, beat, executors } = await callerFixture([]);
  await beat(0);
  await beat(1, { loadState: 3 });
  const caller = await startedCaller({ strategy: 'least-loaded' });
  for (const uid of users(20)) await executors.stateful.setLinkedPod('game', uid, 'room', 7, 300);
  caller.around(failing('replaceLinkedPod'));
  await Promise.allSettled(users(20).map((uid) => caller.rooms.locate(uid)));
  caller.around();
  expect((await caller.rooms.locate('ada')).podId).toBe(0);
});

it('does not count a user whom another caller moved first', async () => {
  const { startedCaller, beat, executors, claim } = await callerFixture([]);
  await beat(0);
  await beat(1, { loadState: 2.5 });
  const caller = await startedCaller({ strategy: 'least-loaded' });
  for (const uid of users(3)) await executors.stateful.setLinkedPod('game', uid, 'room', 7, 300);
  caller.around(async (call) => {
    if (call.method === 'replaceLinkedPod') await claim(call.args[1] as string, 1);
    return call.run(call.options);
  });
  for (const uid of users(3)) expect((await caller.rooms.locate(uid)).podId).toBe(1);
  caller.around();
  expect((await caller.rooms.locate('ada')).podId).toBe(0);
});

it('a query of the best pod does not change the next answer', async () => {
  const { startedCaller } = await callerFixture();
  const { route } = await startedCaller({ strategy: 'round-robin' });
  const answers = [];
  for (let asked = 0; asked < 5; asked++)
    answers.push(await route.routeInfo.getServiceBestPod('game', 'room'));
  expect(answers).toEqual([0, 0, 0, 0, 0]);
});

it('places users of one service without regard to those of another', async () => {
  const { startedCaller, executors } = await callerFixture([0, 1]);
  const report = {
    state: 'READY',
    routingState: 'READY',
    loadState: 0,
    incarnation: 'one',
    seq: 0,
    beatenBefore: false,
    leaseMs: 300_000,
    updatePeriodMs: 30_000,
  } as const;
  for (const podId of [0, 1]) await executors.stateful.setServiceState('game', 'hall', podId, report);
  const { route } = await startedCaller({ strategy: 'round-robin', services: [] });
  expect((await route.service('room').locate('ada')).podId).toBe(0);
  expect((await route.service('hall').locate('ada')).podId).toBe(0);
  expect((await route.service('room').locate('bob')).podId).toBe(1);
  expect((await route.service('hall').locate('bob')).podId).toBe(1);
});

it('takes no directory for restored because a pod starts while it is read', async () => {
  const { startedCaller, clock, beat } = await callerFixture([0]);
  const { rooms, around } = await startedCaller();
  const reading = holdReplies('getServiceState');
  around(reading.around);
  await clock.advance(REFRESH_MS);
  expect(reading.count()).toBe(1);
  await beat(1);
  reading.release();
  await clock.advance(0);
  expect(await rooms.locate('ada', { timeoutMs: 100 })).toMatchObject({ temporary: true });
});
