import type { ServiceStateRead, StatefulServiceState } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { callerFixture, type TestCaller } from '../caller-fixture.ts';

const notReady = { code: 'SERVICE_NOT_READY', namespace: 'game', serviceName: 'room', retryable: true };

describe('without a routable pod', () => {
  it.each([
    ['a service that has no pods', []],
    ['a pod that is not ready', [{ state: 'NOT_READY' }]],
    ['a pod that drains', [{ routingState: 'DENY_NEW_CALL' }]],
    ['a pod that is shut down', [{ routingState: 'SHUTDOWN' }]],
    ['a pod that ends', [{ state: 'TERMINATING' }]],
  ] as const)('refuses a new user of %s, and never makes up pod 0', async (_what, reports) => {
    const { startedCaller, beat, link } = await callerFixture([]);
    for (const [podId, report] of reports.entries()) await beat(podId, report);
    const { rooms, route } = await startedCaller();

    await expect(rooms.locate('ada')).rejects.toMatchObject(notReady);
    await expect(route.routeInfo.getServiceBestPod('game', 'room')).rejects.toMatchObject(notReady);
    expect(await link('ada')).toBeUndefined();
  });

  it('reads the link of a user whose pod drains, in one round trip', async () => {
    const { startedCaller, beat, claim } = await callerFixture([1]);
    await claim('ada', 1);
    await beat(1, { routingState: 'DENY_NEW_CALL' });
    const { rooms, calls } = await startedCaller();

    expect(await rooms.locate('ada')).toMatchObject({ podId: 1, temporary: false });
    expect(calls()).toEqual(['getLink']);
  });

  it('takes users as soon as a pod is routable', async () => {
    const { startedCaller, beat, clock } = await callerFixture([]);
    const { rooms } = await startedCaller();
    await expect(rooms.locate('ada')).rejects.toMatchObject(notReady);
    await beat(3);
    await clock.advance(0);
    expect(await rooms.locate('ada')).toMatchObject({ podId: 3 });
  });
});

describe('excludePods', () => {
  it('gives no new user to an excluded pod', async () => {
    const { startedCaller } = await callerFixture([0, 1]);
    const { rooms } = await startedCaller({ config: { excludePods: [0] } });
    expect(await rooms.locate('ada')).toMatchObject({ podId: 1 });
  });

  it('refuses new users where only excluded pods are left', async () => {
    const { startedCaller } = await callerFixture([0]);
    const { rooms } = await startedCaller({ config: { excludePods: [0] } });
    await expect(rooms.locate('ada')).rejects.toMatchObject(notReady);
  });

  it('leaves an excluded pod the users it holds', async () => {
    const { startedCaller, claim } = await callerFixture([0, 1]);
    await claim('ada', 0);
    const { rooms } = await startedCaller({ config: { excludePods: [0] } });
    expect(await rooms.locate('ada')).toMatchObject({ podId: 0, temporary: false });
  });
});

describe('overloadedAt', () => {
  it('takes a pod at the limit only when no other is left', async () => {
    const { startedCaller, beat } = await callerFixture([]);
    await beat(0, { loadState: 80 });
    await beat(1, { loadState: 79 });
    const { rooms } = await startedCaller({ config: { overloadedAt: 80 } });
    expect(await rooms.locate('ada')).toMatchObject({ podId: 1 });
  });

  it('takes the least loaded pod when all are overloaded', async () => {
    const { startedCaller, beat } = await callerFixture([]);
    await beat(0, { loadState: 95 });
    await beat(1, { loadState: 90 });
    await beat(2, { loadState: 99 });
    const { rooms } = await startedCaller({ config: { overloadedAt: 80 } });
    expect(await rooms.locate('ada')).toMatchObject({ podId: 1 });
  });

  it('refuses new users when all pods are overloaded and such are refused', async () => {
    const { startedCaller, beat, claim, link } = await callerFixture([]);
    await beat(0, { loadState: 80 });
    await claim('bob', 0);
    const { rooms } = await startedCaller({ config: { overloadedAt: 80, rejectWhenOverloaded: true } });

    await expect(rooms.locate('ada')).rejects.toMatchObject(notReady);
    expect(await link('ada')).toBeUndefined();
    expect(await rooms.locate('bob')).toMatchObject({ podId: 0 });
  });

  it('counts the users placed since the report towards the limit', async () => {
    const { startedCaller, beat } = await callerFixture([]);
    await beat(0, { loadState: 78, loadPerUser: 1 });
    const { rooms } = await startedCaller({ config: { overloadedAt: 80, rejectWhenOverloaded: true } });
    await rooms.locate('ada');
    await rooms.locate('bob');
    await expect(rooms.locate('eve')).rejects.toMatchObject(notReady);
  });
});

describe('pods known only by a bare word', () => {
  const bareWord = (podId: number): StatefulServiceState => ({
    podId,
    state: 'READY',
    loadState: 0,
    routingState: 'READY',
    metadata: {},
  });

  /** What is read is as if pods of the other sides had written their words. */
  function withBareWords({ around }: TestCaller, ...podIds: readonly number[]): void {
    around(async ({ method, options, run }) => {
      const reply = await run(options);
      if (method !== 'getServiceState') return reply;
      const read = reply as ServiceStateRead;
      const pods = new Map([...podIds.map((podId) => [podId, bareWord(podId)] as const), ...read.pods]);
      return { ...read, pods };
    });
  }

  it('take a new user only where no pod with a heartbeat is routable', async () => {
    const { caller, beat, clock } = await callerFixture([]);
    await beat(1, { loadState: 50 });
    const mixed = caller();
    withBareWords(mixed, 0);
    await mixed.route.start();
    expect(await mixed.rooms.locate('ada')).toMatchObject({ podId: 1 });

    await beat(1, { routingState: 'DENY_NEW_CALL' });
    await clock.advance(0);
    expect(await mixed.rooms.locate('bob')).toMatchObject({ podId: 0 });
  });

  it('share new users evenly', async () => {
    const { caller } = await callerFixture([]);
    const words = caller({ strategy: 'least-loaded' });
    withBareWords(words, 0, 1);
    await words.route.start();
    const located = [];
    for (let user = 0; user < 10; user++) located.push((await words.rooms.locate(`user-${user}`)).podId);
    expect(located.filter((podId) => podId === 0)).toHaveLength(5);
  });

  it('have no age', async () => {
    const { caller, clock } = await callerFixture([]);
    const words = caller();
    withBareWords(words, 0);
    await words.route.start();
    await clock.advance(10_000_000);
    expect(await words.rooms.locate('ada')).toMatchObject({ podId: 0 });
  });
});
