import { expect, it } from 'vitest';
import { callerFixture } from '../caller-fixture.ts';

const podIds = (located: ReadonlyMap<string, { podId: number }>): [string, number][] =>
  [...located].map(([uid, { podId }]) => [uid, podId]);

it('finds linked users in one round trip', async () => {
  const { startedCaller, claim } = await callerFixture();
  for (const [uid, podId] of [
    ['a', 2],
    ['b', 0],
    ['c', 1],
  ] as const)
    await claim(uid, podId);
  const { rooms, calls } = await startedCaller();
  expect(podIds(await rooms.locateMany(['a', 'b', 'c']))).toEqual([
    ['a', 2],
    ['b', 0],
    ['c', 1],
  ]);
  expect(calls()).toEqual(['batchGetLink']);
});

it('answers for known users without I/O', async () => {
  const { startedCaller } = await callerFixture();
  const { rooms, calls } = await startedCaller();
  const first = await rooms.locateMany(['a', 'b']);
  calls();
  expect(await rooms.locateMany(['a', 'b'])).toEqual(first);
  expect(calls()).toEqual([]);
});

it('reads only the unknown users from the store', async () => {
  const { startedCaller, claim } = await callerFixture();
  await claim('b', 1);
  const { rooms, calls, around } = await startedCaller();
  await rooms.locate('a');
  calls();
  const asked: unknown[] = [];
  around((call) => {
    asked.push(call.args);
    return call.run(call.options);
  });
  await rooms.locateMany(['a', 'b']);
  expect(asked).toEqual([['game', ['b'], 'room']]);
});

it('links new users, one round trip for each beside the shared one', async () => {
  const { startedCaller, claim, link } = await callerFixture();
  await claim('b', 1);
  const { rooms, calls } = await startedCaller();
  expect(podIds(await rooms.locateMany(['a', 'b', 'c']))).toEqual([
    ['a', 0],
    ['b', 1],
    ['c', 0],
  ]);
  expect(calls()).toEqual(['batchGetLink', 'setLinkedPodIfAbsent', 'setLinkedPodIfAbsent']);
  expect(await link('a')).toMatchObject({ podId: 0, permanent: false });
});

it('has each user once, in the order of their first mention', async () => {
  const { startedCaller } = await callerFixture();
  const { rooms, around } = await startedCaller();
  const asked: unknown[] = [];
  around((call) => {
    asked.push(call.args[1]);
    return call.run(call.options);
  });
  const located = await rooms.locateMany(['b', 'a', 'b', 'a']);
  expect([...located.keys()]).toEqual(['b', 'a']);
  expect(asked).toEqual([['b', 'a'], 'b', 'a']);
});

it('makes no call for an empty list', async () => {
  const { startedCaller } = await callerFixture();
  const { rooms, calls } = await startedCaller();
  expect(await rooms.locateMany([])).toEqual(new Map());
  expect(calls()).toEqual([]);
});

it('takes the users of a dead pod over on the way', async () => {
  const { startedCaller, claim, beat } = await callerFixture();
  for (const uid of ['a', 'b']) await claim(uid, 2);
  await beat(2, { state: 'TERMINATING' });
  const { rooms } = await startedCaller();
  expect(podIds(await rooms.locateMany(['a', 'b']))).toEqual([
    ['a', 0],
    ['b', 0],
  ]);
});

it('moves temporary links from a pod that takes no new users', async () => {
  const { startedCaller, executors, beat } = await callerFixture();
  await executors.stateful.setLinkedPod('game', 'a', 'room', 2, 300);
  await beat(2, { routingState: 'DENY_NEW_CALL' });
  const { rooms } = await startedCaller();
  expect(podIds(await rooms.locateMany(['a']))).toEqual([['a', 0]]);
});

it('rejects when one of them cannot be located', async () => {
  const { startedCaller, claim, beat } = await callerFixture();
  await claim('b', 2);
  await beat(2, { state: 'NOT_READY' });
  const { rooms } = await startedCaller();
  await expect(rooms.locateMany(['a', 'b'])).rejects.toMatchObject({ code: 'POD_NOT_AVAILABLE', uid: 'b' });
});

it('spreads new users over equally loaded pods', async () => {
  const { startedCaller } = await callerFixture();
  const { rooms } = await startedCaller({ strategy: 'least-loaded' });
  const located = await rooms.locateMany(Array.from({ length: 30 }, (_, user) => `user-${user}`));
  for (const podId of [0, 1, 2]) {
    expect([...located.values()].filter((pod) => pod.podId === podId)).toHaveLength(10);
  }
});

it('finds users of another namespace together', async () => {
  const { startedCaller, claim } = await callerFixture();
  for (const uid of ['a', 'b']) await claim(uid, 2);
  const { route, calls } = await startedCaller({ namespace: 'shop', services: [] });
  const located = await route.service('room', 'game').locateMany(['a', 'b']);
  expect(podIds(located)).toEqual([
    ['a', 2],
    ['b', 2],
  ]);
  expect(calls()).toEqual(['batchGetLink', 'subscribe', 'getServiceState']);
});
