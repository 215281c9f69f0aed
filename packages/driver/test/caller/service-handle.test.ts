import { describe, expect, it, vi } from 'vitest';
import { headlessDns, type LocatedPod, NOT_MINE } from '../../src/index.ts';
import { callerFixture } from '../caller-fixture.ts';

describe('the address of a pod', () => {
  it('is what it published', async () => {
    const { startedCaller, beat } = await callerFixture([]);
    await beat(0, { address: '10.0.0.7:8080' });
    const resolveAddress = vi.fn<() => string>(() => 'wrong');
    const { rooms } = await startedCaller({ resolveAddress });
    expect(await rooms.locate('ada')).toEqual({ podId: 0, address: '10.0.0.7:8080', temporary: true });
    expect(rooms.peek('ada')?.address).toBe('10.0.0.7:8080');
    expect((await rooms.locateMany(['ada'])).get('ada')?.address).toBe('10.0.0.7:8080');
    expect(resolveAddress).not.toHaveBeenCalled();
  });

  it('is what the resolver makes of the pod where it published none', async () => {
    const { startedCaller, beat } = await callerFixture([]);
    await beat(3, { metadata: { zone: 'b' } });
    const { rooms } = await startedCaller({
      resolveAddress: ({ namespace, serviceName, podId, metadata }) =>
        [namespace, serviceName, podId, metadata['zone']].join('/'),
    });
    expect((await rooms.locate('ada')).address).toBe('game/room/3/b');
  });

  it('is its stable DNS name with headlessDns', async () => {
    const { startedCaller } = await callerFixture([2]);
    const plain = await startedCaller({ resolveAddress: headlessDns({ port: 8080 }) });
    expect((await plain.rooms.locate('ada')).address).toBe('room-2.room.game.svc.cluster.local:8080');
    const named = await startedCaller({
      resolveAddress: headlessDns({ port: 1, governingService: 'rooms', clusterDomain: 'k8s.lan' }),
    });
    expect((await named.rooms.locate('ada')).address).toBe('room-2.rooms.game.svc.k8s.lan:1');
  });

  it('is undefined if neither the pod nor a resolver has one', async () => {
    const { startedCaller } = await callerFixture();
    const { rooms } = await startedCaller();
    expect(await rooms.locate('ada')).toEqual({ podId: 0, address: undefined, temporary: true });
  });

  it('is the present one, not that of the time when the user was linked', async () => {
    const { startedCaller, beat, clock } = await callerFixture([]);
    await beat(0, { address: 'old:80' });
    const { rooms, calls } = await startedCaller();
    await rooms.locate('ada');
    calls();
    await beat(0, { address: 'new:80' });
    await clock.advance(0);
    expect((await rooms.locate('ada')).address).toBe('new:80');
    expect(calls()).toEqual([]);
  });
});

describe('call', () => {
  it('runs its use with the pod and returns what that returns', async () => {
    const { startedCaller } = await callerFixture();
    const { rooms } = await startedCaller();
    expect(await rooms.call('ada', ({ podId }) => `at ${podId}`)).toBe('at 0');
    expect(await rooms.call('ada', async () => undefined)).toBeUndefined();
  });

  it('forgets a pod that does not hold the user, and locates the user again', async () => {
    const { startedCaller, claim } = await callerFixture();
    const { rooms } = await startedCaller();
    await rooms.locate('ada');
    await claim('ada', 2);
    const seen: LocatedPod[] = [];
    const result = await rooms.call('ada', (pod) => {
      seen.push(pod);
      return pod.podId === 2 ? 'served' : NOT_MINE;
    });
    expect(result).toBe('served');
    expect(seen.map(({ podId, temporary }) => [podId, temporary])).toEqual([
      [0, true],
      [2, false],
    ]);
    expect(rooms.peek('ada')?.podId).toBe(2);
  });

  it('tries until its deadline while no pod holds the user, with growing waits, and returns retryAfterMs', async () => {
    const { startedCaller, clock } = await callerFixture();
    const { rooms, calls } = await startedCaller({ config: { callTimeoutMs: 2_000 } });
    const askedAt: number[] = [];
    const use = (): typeof NOT_MINE => {
      askedAt.push(clock.monotonic());
      return NOT_MINE;
    };
    const calling = rooms.call('ada', use).catch((error: unknown) => error);
    await clock.advance(2_000);
    const refusal = await calling;
    expect(refusal).toMatchObject({ code: 'POD_NOT_AVAILABLE', uid: 'ada', podId: 0, retryable: true });
    expect((refusal as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(0);
    const waits = askedAt.slice(1).map((at, index) => at - askedAt[index]!);
    expect(waits[0]).toBe(0);
    expect(Math.max(...waits)).toBeLessThanOrEqual(250);
    expect(askedAt.at(-1)).toBeGreaterThanOrEqual(1_750);
    expect(askedAt.length).toBeLessThan(25);
    // The pods are read again before each further attempt.
    const asked = calls().filter((method) => method !== 'getLink');
    const again = ['getServiceState', 'setLinkedPodIfAbsent'];
    expect(asked.slice(0, 5)).toEqual(['setLinkedPodIfAbsent', ...again, ...again]);
    expect(rooms.peek('ada')).toBeUndefined();
  });

  it('serves a user whose first pod turned them away, by another pod', async () => {
    const { startedCaller, executors } = await callerFixture();
    const { rooms } = await startedCaller({ strategy: 'round-robin' });
    const result = await rooms.call('ada', async ({ podId }) => {
      if (podId === 1) return 'served';
      await executors.stateful.removeLinkedPodWithId('game', 'ada', 'room', podId);
      return NOT_MINE;
    });
    expect(result).toBe('served');
  });

  it('lets a fault of its use through, and does not try again', async () => {
    const { startedCaller } = await callerFixture();
    const { rooms } = await startedCaller();
    const use = vi.fn<() => Promise<string>>(() => Promise.reject(new Error('pod said 500')));
    await expect(rooms.call('ada', use)).rejects.toThrow('pod said 500');
    expect(use).toHaveBeenCalledTimes(1);
    expect(rooms.peek('ada')).toBeDefined();
  });

  it('ends with its signal between two pods', async () => {
    const { startedCaller } = await callerFixture();
    const { rooms } = await startedCaller();
    const abort = new AbortController();
    const use = vi.fn<() => typeof NOT_MINE>(() => {
      abort.abort(new Error('enough'));
      return NOT_MINE;
    });
    await expect(rooms.call('ada', use, { signal: abort.signal })).rejects.toThrow('enough');
    expect(use).toHaveBeenCalledTimes(1);
  });
});

describe('peek', () => {
  it('is synchronous and makes no call', async () => {
    const { startedCaller } = await callerFixture();
    const { rooms, calls } = await startedCaller();
    expect(rooms.peek('ada')).toBeUndefined();
    const located = await rooms.locate('ada');
    calls();
    expect(rooms.peek('ada')).toEqual(located);
    expect(calls()).toEqual([]);
  });
});

describe('the service', () => {
  it('returns its alive pods, and whether it takes users', async () => {
    const { startedCaller, beat, clock } = await callerFixture([0, 1]);
    await beat(0, { state: 'NOT_READY' });
    await beat(2, { state: 'TERMINATING' });
    const { rooms } = await startedCaller();
    expect([...(await rooms.pods()).keys()]).toEqual([0, 1]);
    expect(await rooms.isReady()).toBe(true);
    await beat(1, { routingState: 'DENY_NEW_CALL' });
    await clock.advance(0);
    expect(await rooms.isReady()).toBe(false);
  });

  it('names itself, and refuses a bad name', async () => {
    const { caller } = await callerFixture();
    const { route } = caller();
    expect(route.service('hall')).toMatchObject({ namespace: 'game', serviceName: 'hall' });
    expect(route.service('hall', 'shop')).toMatchObject({ namespace: 'shop', serviceName: 'hall' });
    expect(() => route.service('')).toThrow(expect.objectContaining({ code: 'INVALID_PARAMETER' }));
    expect(() => route.service('hall', ':')).toThrow(expect.objectContaining({ code: 'INVALID_PARAMETER' }));
  });
});

describe('a handle of a route that does not run', () => {
  it('rejects every call before the start and after the stop', async () => {
    const { caller } = await callerFixture();
    const { route, rooms, calls } = caller();
    const askAll = async (): Promise<void> => {
      const questions = [
        rooms.locate('ada'),
        rooms.locateMany(['ada']),
        rooms.pods(),
        rooms.isReady(),
        rooms.call('ada', () => 'served'),
      ];
      for (const question of questions) await expect(question).rejects.toMatchObject({ code: 'NOT_RUNNING' });
    };
    await askAll();
    expect(calls()).toEqual([]);
    await route.start();
    expect(await rooms.locate('ada')).toMatchObject({ podId: 0 });
    await route.stop();
    calls();
    await askAll();
    expect(calls()).toEqual([]);
    expect(rooms.peek('ada')).toBeUndefined();
  });

  it('ends a call under way, and watches nothing for it', async () => {
    const { startedCaller, clock } = await callerFixture();
    const { route, rooms, calls } = await startedCaller();
    let stopped: Promise<unknown> | undefined;
    const called = rooms.call('ada', async () => {
      await (stopped ??= route.stop());
      calls();
      return NOT_MINE;
    });
    const ended = Promise.allSettled([called]);
    await clock.advance(1_000);
    expect(await ended).toMatchObject([{ reason: { code: 'NOT_RUNNING' } }]);
    expect(calls()).toEqual([]);
  });
});
