import type { ServiceStateRead, Snapshot } from '@stateful-route/core';
import { seededRandom } from '@stateful-route/core/testing';
import { describe, expect, it } from 'vitest';
import { RouteDriverFactory } from '../../src/index.ts';
import { callerFixture, failing, holdCalls, holdReplies, REFRESH_MS, settled } from '../caller-fixture.ts';

const queries = ['subscribe', 'getServiceState'];

describe('the first query', () => {
  it('subscribes and reads once for all who ask at the same time', async () => {
    const { caller } = await callerFixture();
    const { route, calls } = caller();
    const { routeInfo } = route;
    const [best, available, routable, alive, pods] = await Promise.all([
      routeInfo.getServiceBestPod('game', 'room'),
      routeInfo.isPodAvailable('game', 'room', 1),
      routeInfo.isPodRoutable('game', 'room', 9),
      routeInfo.alivePods('game', 'room'),
      routeInfo.routablePods('game', 'room'),
    ]);
    expect([best, available, routable]).toEqual([0, true, false]);
    expect([...alive.keys()]).toEqual([0, 1, 2]);
    expect([...pods.keys()]).toEqual([0, 1, 2]);
    expect(calls()).toEqual(queries);
  });

  it('is answered from the store, the next from memory', async () => {
    const { caller } = await callerFixture();
    const { route, calls } = caller();
    await route.routeInfo.alivePods('game', 'room');
    calls();
    await route.routeInfo.alivePods('game', 'room');
    await route.routeInfo.getServiceBestPod('game', 'room');
    expect(calls()).toEqual([]);
  });

  it('rejects for all waiting queries when the store fails, and is repeated by the next', async () => {
    const { caller } = await callerFixture();
    const { route, around } = caller();
    around(failing('getServiceState'));
    const ask = (): Promise<unknown> => route.routeInfo.alivePods('game', 'room');
    expect(await Promise.allSettled([ask(), ask()])).toMatchObject([
      { reason: { code: 'STORE_ERROR' } },
      { reason: { code: 'STORE_ERROR' } },
    ]);
    around();
    expect(await ask()).toHaveProperty('size', 3);
  });

  it('is given up alone by a caller who aborts or runs out of time', async () => {
    const { caller, clock } = await callerFixture();
    const { route, around, calls } = caller();
    const held = holdReplies('getServiceState');
    around(held.around);
    const abort = new AbortController();
    const gone = Promise.allSettled([
      route.routeInfo.alivePods('game', 'room', { signal: abort.signal }),
      route.routeInfo.alivePods('game', 'room', { timeoutMs: 10 }),
    ]);
    const patient = route.routeInfo.alivePods('game', 'room');
    await clock.advance(10);
    abort.abort(new Error('went away'));
    expect(await gone).toMatchObject([
      { reason: { message: 'went away' } },
      { reason: { code: 'TIMEOUT', effect: 'none' } },
    ]);
    held.release();
    expect((await patient).size).toBe(3);
    expect(calls()).toEqual(queries);
  });

  it.each([
    ['namespace', '', 'room'],
    ['serviceName', 'game', 'ro om'],
  ])('refuses a bad %s before any I/O', async (parameter, namespace, serviceName) => {
    const { caller } = await callerFixture();
    const { route, calls } = caller();
    const refusal = { code: 'INVALID_PARAMETER', parameter };
    await expect(route.routeInfo.alivePods(namespace, serviceName)).rejects.toMatchObject(refusal);
    await expect(route.routeInfo.watch(namespace, serviceName)).rejects.toMatchObject(refusal);
    expect(calls()).toEqual([]);
  });

  it('knows a service of any name, also one that objects have already', async () => {
    const { caller } = await callerFixture();
    const { route } = caller();
    for (const name of ['constructor', 'toString', 'hasOwnProperty']) {
      expect((await route.routeInfo.alivePods(name, name)).size).toBe(0);
    }
  });
});

describe('fresh', () => {
  it('is a read that began after the call, however soon after another one', async () => {
    const { executors } = await callerFixture();
    let begun = 0;
    const getServiceState = async (): Promise<ServiceStateRead> => {
      const storeTime = ++begun;
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      return { storeTime, since: 0, epoch: 1, pods: new Map() };
    };
    const stateful = { ...executors.stateful, getServiceState };
    const cache = new RouteDriverFactory().createStateCache({}, { ...executors, stateful });
    const random = seededRandom(1);
    const stale: number[] = [];
    const answers: Promise<void>[] = [];
    for (let asked = 0; asked < 5_000; asked++) {
      const before = begun;
      const check = ({ read }: Snapshot): void => {
        if (read.storeTime <= before) stale.push(asked);
      };
      answers.push(cache.fresh('game', 'room').then(check));
      for (let turn = Math.floor(random() * 12); turn > 0; turn--) await Promise.resolve();
    }
    await Promise.all(answers);
    await cache.close();
    expect(stale).toEqual([]);
    expect(begun).toBeLessThan(5_000);
  });

  it('is shared among those who ask while a read is under way', async () => {
    const { startedCaller, clock, beat, claim } = await callerFixture();
    for (const uid of ['a', 'b', 'c']) await claim(uid, 2);
    await beat(2, { state: 'TERMINATING' });
    const { rooms, around, calls } = await startedCaller();
    const held = holdCalls('getServiceState');
    around(held.around);
    await clock.advance(REFRESH_MS);
    calls();
    const located = Promise.all(['a', 'b', 'c'].map((uid) => rooms.locate(uid)));
    await settled();
    held.release();
    await located;
    expect(calls().filter((method) => method === 'getServiceState')).toHaveLength(1);
  });
});

describe('a feed that cannot be subscribed to', () => {
  it('leaves reading now and then', async () => {
    const { caller, beat, clock } = await callerFixture();
    const { route, rooms, around, logged } = caller();
    around(failing('subscribe'));
    await route.start();
    expect(logged).toContain('state changes are not pushed for now');
    await beat(0, { routingState: 'DENY_NEW_CALL' });
    await clock.advance(REFRESH_MS);
    expect(await rooms.locate('ada')).toMatchObject({ podId: 1 });
  });

  it('is subscribed to as soon as that works, and no change since the read before is lost', async () => {
    const { caller, beat, clock } = await callerFixture();
    const { route, around, calls } = caller();
    const isRoutable = (): Promise<boolean> => route.routeInfo.isPodRoutable('game', 'room', 0);
    around(failing('subscribe'));
    await route.start();
    await beat(0, { routingState: 'DENY_NEW_CALL' });
    around();
    await clock.advance(REFRESH_MS);
    expect(await isRoutable()).toBe(false);

    calls();
    await beat(0, { routingState: 'READY' });
    await clock.advance(0);
    expect(await isRoutable()).toBe(true);
    expect(calls()).toEqual([]);
  });

  it('has the service read again if it succeeds only after the read', async () => {
    const { caller, beat, clock } = await callerFixture();
    const { route, around } = caller();
    around(failing('subscribe'));
    await route.start();
    const late = holdCalls('subscribe');
    around(late.around);
    await clock.advance(REFRESH_MS);
    await beat(0, { routingState: 'DENY_NEW_CALL' });
    expect(await route.routeInfo.isPodRoutable('game', 'room', 0)).toBe(true);
    late.release();
    await settled();
    expect(await route.routeInfo.isPodRoutable('game', 'room', 0)).toBe(false);
  });

  it('holds up no reading after its first failure', async () => {
    const { caller, clock, beat } = await callerFixture();
    const { route, around } = caller();
    around(failing('subscribe'));
    await route.start();
    const hanging = holdCalls('subscribe');
    around(hanging.around);
    await beat(0, { routingState: 'DENY_NEW_CALL' });
    await clock.advance(3 * REFRESH_MS);
    expect(await route.routeInfo.isPodRoutable('game', 'room', 0)).toBe(false);
    expect(hanging.count()).toBe(1);
  });

  it('leaves a query time to read if it does not succeed', async () => {
    const { caller } = await callerFixture();
    const { route, around } = caller({ config: { timeoutMs: 1_000 } });
    const given: unknown[] = [];
    around((call) => {
      if (call.method === 'subscribe') given.push(call.options?.timeoutMs);
      return failing('subscribe')(call);
    });
    await route.start();
    expect(given).toEqual([500]);
    expect((await route.routeInfo.alivePods('game', 'room')).size).toBe(3);
  });
});
