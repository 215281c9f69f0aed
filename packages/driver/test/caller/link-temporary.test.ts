import { expect, it } from 'vitest';
import { before, callerFixture, LEASE_MS, PERIOD_MS, REFRESH_MS } from '../caller-fixture.ts';

const temporary = { permanent: false };

it('moves a temporary link from a pod that takes no new users to the best one', async () => {
  const { startedCaller, executors, beat, link } = await callerFixture();
  await beat(2, { routingState: 'DENY_NEW_CALL' });
  const { rooms, calls } = await startedCaller();
  await executors.stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 2, 300);

  expect(await rooms.locate('ada')).toMatchObject({ podId: 0, temporary: true });
  expect(calls()).toEqual(['setLinkedPodIfAbsent', 'replaceLinkedPod']);
  expect(await link('ada')).toMatchObject({ podId: 0, ...temporary });
});

it('moves a temporary link from a pod that has no entry', async () => {
  const { startedCaller, executors, link } = await callerFixture();
  const { rooms } = await startedCaller();
  await executors.stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 7, 300);

  expect(await rooms.locate('ada')).toMatchObject({ podId: 0, temporary: true });
  expect(await link('ada')).toMatchObject({ podId: 0, ...temporary });
});

it('moves a temporary link from a suspect pod', async () => {
  const { startedCaller, executors, beat, clock, link } = await callerFixture();
  const { rooms } = await startedCaller();
  await executors.stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 2, 300);
  await clock.advance(2.5 * PERIOD_MS);
  for (const podId of [0, 1]) await beat(podId);
  await clock.advance(REFRESH_MS);

  expect(await rooms.locate('ada')).toMatchObject({ podId: 0, temporary: true });
  expect(await link('ada')).toMatchObject({ podId: 0, ...temporary });
});

it('does not move a link that became a claim in between', async () => {
  const { startedCaller, executors, beat, claim, link } = await callerFixture();
  await beat(2, { routingState: 'DENY_NEW_CALL' });
  const { rooms, around } = await startedCaller();
  await executors.stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 2, 300);
  around(before('replaceLinkedPod', () => claim('ada', 2)));

  expect(await rooms.locate('ada')).toMatchObject({ podId: 2, temporary: false });
  expect(await link('ada')).toMatchObject({ podId: 2, permanent: true });
});

it('takes the pod to which another caller moved the link in between', async () => {
  const { startedCaller, executors, beat } = await callerFixture();
  await beat(2, { routingState: 'DENY_NEW_CALL' });
  const { rooms, around } = await startedCaller();
  const { stateful } = executors;
  await stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 2, 300);
  around(before('replaceLinkedPod', () => stateful.replaceLinkedPod('game', 'ada', 'room', 2, 1, 300)));

  expect(await rooms.locate('ada')).toMatchObject({ podId: 1, temporary: true });
});

it('links a user again whose link was removed in between', async () => {
  const { startedCaller, executors, beat, link } = await callerFixture();
  await beat(2, { routingState: 'DENY_NEW_CALL' });
  const { rooms, around } = await startedCaller();
  const { stateful } = executors;
  await stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 2, 300);
  around(before('replaceLinkedPod', () => stateful.removeLinkedPod('game', 'ada', 'room')));

  expect(await rooms.locate('ada')).toMatchObject({ podId: 0, temporary: true });
  expect(await link('ada')).toMatchObject({ podId: 0, ...temporary });
});

it('lets a temporary link to an available pod stand where no pod is routable', async () => {
  const { startedCaller, executors, beat, link } = await callerFixture([1, 2]);
  for (const podId of [1, 2]) await beat(podId, { routingState: 'DENY_NEW_CALL' });
  const { rooms, calls } = await startedCaller();
  await executors.stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 2, 300);

  expect(await rooms.locate('ada')).toMatchObject({ podId: 2, temporary: true });
  expect(calls()).toEqual(['getLink']);
  expect(await link('ada')).toMatchObject({ podId: 2, ...temporary });
});

it('lets no temporary link to a pod that cannot be called stand', async () => {
  const { startedCaller, executors, beat } = await callerFixture([1]);
  await beat(1, { state: 'NOT_READY' });
  const { rooms } = await startedCaller();
  await executors.stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 1, 300);

  await expect(rooms.locate('ada')).rejects.toMatchObject({ code: 'SERVICE_NOT_READY' });
});

it('follows a cached temporary link only as long as its pod is available', async () => {
  const { startedCaller, beat, clock } = await callerFixture();
  const { rooms, calls } = await startedCaller();
  expect(await rooms.locate('ada')).toMatchObject({ podId: 0 });
  await beat(0, { routingState: 'DENY_NEW_CALL' });
  await clock.advance(0);
  calls();
  expect(await rooms.locate('ada')).toMatchObject({ podId: 0 });
  expect(calls()).toEqual([]);

  await beat(0, { state: 'NOT_READY' });
  await clock.advance(0);
  expect(await rooms.locate('ada')).toMatchObject({ podId: 1, temporary: true });
});

it('leaves a pod whose lease is over without a report of its end', async () => {
  const { startedCaller, beat, clock } = await callerFixture([0, 1]);
  const { rooms } = await startedCaller();
  expect(await rooms.locate('ada')).toMatchObject({ podId: 0 });
  await clock.advance(LEASE_MS - 1_000);
  await beat(1);
  await clock.advance(REFRESH_MS);

  expect(await rooms.locate('ada')).toMatchObject({ podId: 1 });
});
