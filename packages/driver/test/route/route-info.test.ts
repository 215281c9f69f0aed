import { describe, expect, it } from 'vitest';
import { callerFixture, failing, holdReplies, LEASE_MS, settled } from '../caller-fixture.ts';

const TAG_LIFE_MS = 5_000;

describe('the pods of a service', () => {
  it('are filtered by their state', async () => {
    const { startedCaller, beat, clock } = await callerFixture([5]);
    await clock.advance(LEASE_MS + 1);
    await beat(0);
    await beat(1, { routingState: 'DENY_NEW_CALL' });
    await beat(2, { routingState: 'SHUTDOWN' });
    await beat(3, { state: 'NOT_READY' });
    await beat(4, { state: 'FAILED' });
    const { route } = await startedCaller();
    const { routeInfo } = route;
    const keys = (pods: ReadonlyMap<number, unknown>): number[] => [...pods.keys()];

    expect(keys(await routeInfo.getAllServiceState('game', 'room'))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(keys(await routeInfo.alivePods('game', 'room'))).toEqual([0, 1, 2, 3]);
    expect(keys(await routeInfo.getReadyServiceState('game', 'room'))).toEqual([0, 1, 2]);
    expect(keys(await routeInfo.routablePods('game', 'room'))).toEqual([0]);
    const { alive, available, routable } = await routeInfo.snapshot('game', 'room');
    expect([keys(alive), keys(available), keys(routable)]).toEqual([[0, 1, 2, 3], [0, 1], [0]]);
    for (const [podId, isAvailable, isRoutable] of [
      [0, true, true],
      [1, true, false],
      [2, false, false],
      [9, false, false],
    ] as const) {
      expect(await routeInfo.isPodAvailable('game', 'room', podId)).toBe(isAvailable);
      expect(await routeInfo.isPodRoutable('game', 'room', podId)).toBe(isRoutable);
    }
  });

  it('have all that they published', async () => {
    const { startedCaller, beat, clock } = await callerFixture([]);
    await beat(0, { loadState: 12.5, address: 'a:1', metadata: { zone: 'b' }, loadPerUser: 2 });
    const { route } = await startedCaller();
    expect((await route.routeInfo.getAllServiceState('game', 'room')).get(0)).toMatchObject({
      podId: 0,
      state: 'READY',
      routingState: 'READY',
      loadState: 12.5,
      updateTime: clock.now(),
      incarnation: 'life-0',
      address: 'a:1',
      metadata: { zone: 'b' },
      leaseMs: LEASE_MS,
      loadPerUser: 2,
    });
  });

  it('are empty for an unknown service', async () => {
    const { caller } = await callerFixture();
    const { routeInfo } = caller().route;
    expect((await routeInfo.getAllServiceState('game', 'nothing')).size).toBe(0);
    await expect(routeInfo.getServiceBestPod('game', 'nothing')).rejects.toMatchObject({
      code: 'SERVICE_NOT_READY',
    });
  });

  it('reject when the store fails', async () => {
    const { caller } = await callerFixture();
    const { route, around } = caller();
    around(failing());
    const { routeInfo } = route;
    for (const question of [
      routeInfo.getAllServiceState('game', 'room'),
      routeInfo.getReadyServiceState('game', 'room'),
      routeInfo.alivePods('game', 'room'),
      routeInfo.routablePods('game', 'room'),
      routeInfo.isPodAvailable('game', 'room', 0),
      routeInfo.isPodRoutable('game', 'room', 0),
      routeInfo.getServiceBestPod('game', 'room'),
      routeInfo.isWorkloadReady('game', 'room'),
      routeInfo.getServiceNameByTag('game', 'lobby'),
    ]) {
      await expect(question).rejects.toMatchObject({ code: 'STORE_ERROR' });
    }
  });

  it.each([-1, 0.5, Number.NaN])('refuse %s as an ordinal', async (podId) => {
    const { caller } = await callerFixture();
    const { routeInfo } = caller().route;
    const refusal = { code: 'INVALID_PARAMETER', parameter: 'podId' };
    await expect(routeInfo.isPodAvailable('game', 'room', podId)).rejects.toMatchObject(refusal);
    await expect(routeInfo.isPodRoutable('game', 'room', podId)).rejects.toMatchObject(refusal);
  });
});

it('returns the time to live of a temporary link', async () => {
  const { caller } = await callerFixture();
  expect(caller().route.routeInfo.getLinkInfoCacheTimeSecs()).toBe(300);
  const config = { linkInfoCacheTimeSecs: 42 };
  expect(caller({ config }).route.routeInfo.getLinkInfoCacheTimeSecs()).toBe(42);
});

it('hands the user to a strategy that hashes', async () => {
  const { caller } = await callerFixture();
  const { routeInfo } = caller({ strategy: 'rendezvous' }).route;
  const best = await routeInfo.getServiceBestPod('game', 'room', { uid: 'ada' });
  for (let asked = 0; asked < 10; asked++) {
    expect(await routeInfo.getServiceBestPod('game', 'room', { uid: 'ada' })).toBe(best);
  }
});

describe('a tag', () => {
  it('is read once and remembered for a short time', async () => {
    const { caller, executors, clock } = await callerFixture();
    const { route, calls } = caller();
    const ask = (): Promise<string | undefined> => route.routeInfo.getServiceNameByTag('game', 'room:30013');
    await executors.server.setGlobalServiceNameTag('game', 'room:30013', 'room');
    expect(await ask()).toBe('room');
    await executors.server.setGlobalServiceNameTag('game', 'room:30013', 'hall');
    await clock.advance(TAG_LIFE_MS - 1);
    expect(await ask()).toBe('room');
    expect(calls()).toEqual(['getServiceNameByTag']);
    await clock.advance(1);
    expect(await ask()).toBe('hall');
    expect(calls()).toEqual(['getServiceNameByTag']);
  });

  it('that is unknown is undefined, and read again', async () => {
    const { caller, executors } = await callerFixture();
    const { route } = caller();
    expect(await route.routeInfo.getServiceNameByTag('game', 'lobby')).toBeUndefined();
    await executors.server.setGlobalServiceNameTag('game', 'lobby', 'room');
    expect(await route.routeInfo.getServiceNameByTag('game', 'lobby')).toBe('room');
  });

  it('that was set here is known here at once', async () => {
    const { caller, executors } = await callerFixture();
    const { route, calls } = caller();
    const { routeInfo } = route;
    expect(await routeInfo.setGlobalServiceNameTag('game', 'lobby', 'room')).toBe(true);
    expect(await routeInfo.setGlobalServiceNameTag('game', 'lobby', 'room')).toBe(false);
    expect(await routeInfo.setGlobalServiceNameTag('game', 'lobby', 'hall')).toBe(true);
    calls();
    expect(await routeInfo.getServiceNameByTag('game', 'lobby')).toBe('hall');
    expect(calls()).toEqual([]);
    expect(await executors.server.getServiceNameByTag('game', 'lobby')).toBe('hall');
  });

  it('that was set here is not covered by a reading from before', async () => {
    const { caller, executors } = await callerFixture();
    await executors.server.setGlobalServiceNameTag('game', 'lobby', 'room');
    const { route, around } = caller();
    const { routeInfo } = route;
    const held = holdReplies('getServiceNameByTag');
    around(held.around);
    const reading = routeInfo.getServiceNameByTag('game', 'lobby');
    await settled();
    await routeInfo.setGlobalServiceNameTag('game', 'lobby', 'hall');
    held.release();
    await reading;
    expect(await routeInfo.getServiceNameByTag('game', 'lobby')).toBe('hall');
  });

  it('whose setting failed is read again', async () => {
    const { caller } = await callerFixture();
    const { route, around, calls } = caller();
    const { routeInfo } = route;
    await routeInfo.setGlobalServiceNameTag('game', 'lobby', 'room');
    around(failing('setGlobalServiceNameTag'));
    await expect(routeInfo.setGlobalServiceNameTag('game', 'lobby', 'hall')).rejects.toMatchObject({
      code: 'STORE_ERROR',
    });
    calls();
    expect(await routeInfo.getServiceNameByTag('game', 'lobby')).toBe('room');
    expect(calls()).toEqual(['getServiceNameByTag']);
  });

  it('names a service in its own namespace', async () => {
    const { caller } = await callerFixture();
    const { routeInfo } = caller().route;
    await routeInfo.setGlobalServiceNameTag('game', 'lobby', 'room');
    await routeInfo.setGlobalServiceNameTag('shop', 'lobby', 'till');
    expect(await routeInfo.getServiceNameByTag('game', 'lobby')).toBe('room');
    expect(await routeInfo.getServiceNameByTag('shop', 'lobby')).toBe('till');
  });
});

describe('isWorkloadReady', () => {
  const periodSeconds = 60;
  const freshMs = 3 * periodSeconds * 1_000;

  async function reported(state: 'READY' | 'NOT_READY') {
    const fixture = await callerFixture([0]);
    await fixture.executors.stateful.setWorkloadState('game', 'room', {
      state,
      replicas: 1,
      readyReplicas: 1,
    });
    const caller = fixture.caller({ config: { workloadStateUpdatePeriodSeconds: periodSeconds } });
    const isReady = (): Promise<boolean> => caller.route.routeInfo.isWorkloadReady('game', 'room');
    return { ...fixture, ...caller, isReady };
  }

  it('is what was reported within three update periods', async () => {
    const { isReady, clock, calls } = await reported('NOT_READY');
    expect(await isReady()).toBe(false);
    await clock.advance(freshMs - 1);
    expect(await isReady()).toBe(false);
    expect(calls()).toEqual(['getWorkloadState', 'getWorkloadState']);
  });

  it('is computed from the pods once the report is older', async () => {
    const { isReady, clock, beat } = await reported('NOT_READY');
    await clock.advance(freshMs);
    await beat(0);
    expect(await isReady()).toBe(true);
  });

  it('is computed from the pods where there is no report', async () => {
    const { caller, beat, clock } = await callerFixture([0]);
    const { routeInfo } = caller().route;
    expect(await routeInfo.isWorkloadReady('game', 'room')).toBe(true);
    await beat(0, { routingState: 'DENY_NEW_CALL' });
    await clock.advance(0);
    expect(await routeInfo.isWorkloadReady('game', 'room')).toBe(false);
    expect(await routeInfo.isWorkloadReady('game', 'nothing')).toBe(false);
  });

  it('believes a report of readiness over the pods as it sees them', async () => {
    const { isReady, beat } = await reported('READY');
    await beat(0, { state: 'NOT_READY' });
    expect(await isReady()).toBe(true);
  });
});
