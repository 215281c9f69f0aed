import { routeError } from '@stateful-route/core';
import type { PortCall } from '@stateful-route/core/adapter';
import { describe, expect, it } from 'vitest';
import { createStatefulRoute } from '../../../src/index.ts';
import { deferred, podFixture } from '../../pod-fixture.ts';

const config = { profile: 'realtime' } as const;
/** A realtime pod's lease is 15 s, its margin 1.5 s, its period 3 s. */
const FENCED_AFTER_MS = 13_500;
const LEASE_MS = 15_000;
const PERIOD_MS = 3_000;

function line(): { cut: boolean; around: (call: PortCall) => Promise<unknown> } {
  const state = {
    cut: false,
    around: ({ method, options, run }: PortCall): Promise<unknown> =>
      state.cut
        ? Promise.reject(routeError('STORE_ERROR', 'The line is cut.', { operation: method }))
        : run(options),
  };
  return state;
}

describe('the beats of a pod', () => {
  it('tell for how long it may serve: never while it is fenced, and once it is back after unfenced', async () => {
    const { clock, pod } = podFixture();
    const wire = line();
    const a = pod(0, { config }, wire.around);
    const heard: (string | number)[] = [];
    a.server.on('beat', ({ validForMs }) => heard.push(validForMs));
    a.server.on('fenced', () => heard.push('fenced'));
    a.server.on('unfenced', () => heard.push('unfenced'));
    expect(a.server.validForMs()).toBe(0);
    await a.start();
    const { token } = (await a.server.claim('ada')) as { token: number };
    await clock.advance(PERIOD_MS);
    await clock.advance(1_000);
    expect(a.server.validForMs()).toBe(FENCED_AFTER_MS - 1_000);
    expect(a.server.tokenOf('ada')).toBe(token);
    wire.cut = true;
    await clock.advance(FENCED_AFTER_MS);
    expect([a.server.validForMs(), a.server.tokenOf('ada')]).toEqual([0, undefined]);
    wire.cut = false;
    await clock.advance(1_000);
    expect(heard.slice(0, 5)).toEqual([
      FENCED_AFTER_MS,
      FENCED_AFTER_MS,
      'fenced',
      'unfenced',
      expect.any(Number),
    ]);
    expect(a.server.tokenOf('ada')).toBeGreaterThan(token);
    expect(a.server.tokenOf('bob')).toBeUndefined();
    await a.stop({ signal: AbortSignal.abort() });
    expect(a.server.validForMs()).toBe(0);
  });
});

describe('a pod that comes back', () => {
  it('loses no user whom a request claims before it has read its claims back', async () => {
    const { clock, pod } = podFixture();
    const wire = line();
    const reading = deferred();
    let isHeldUp = false;
    const a: ReturnType<typeof pod> = pod(0, { config }, async (call) => {
      if (call.method === 'batchGetLink' && isHeldUp) await reading.promise;
      return wire.around(call);
    });
    await a.start();
    const lost: string[] = [];
    a.server.on('claimsLost', ({ uids }) => lost.push(...uids));
    await a.server.claim('ada');
    wire.cut = true;
    await clock.advance(FENCED_AFTER_MS);
    isHeldUp = true;
    wire.cut = false;
    await clock.advance(500);
    expect([a.server.isFenced(), a.server.holds('ada')]).toEqual([false, false]);
    expect(await a.server.claim('ada')).toMatchObject({ claimed: true });
    reading.resolve();
    await clock.advance(5_000);
    expect([lost, a.server.holds('ada')]).toEqual([[], true]);
    await a.stop({ signal: AbortSignal.abort() });
  });

  it('makes no claim that could act after its next fence', async () => {
    const { clock, pod } = podFixture();
    const wire = line();
    const deadlines: number[] = [];
    let beats = true;
    let fenceAt = Number.POSITIVE_INFINITY;
    const a = pod(0, { config: { ...config, timeoutMs: 5_000 } }, async (call) => {
      if (call.method === 'trySetLinkedPod') deadlines.push(clock.monotonic() + call.options!.timeoutMs!);
      if (call.method === 'setServiceState') {
        if (!beats) throw routeError('STORE_ERROR', 'Not received.', { operation: call.method });
        const sentAt = clock.monotonic();
        const ack = await wire.around(call);
        fenceAt = sentAt + FENCED_AFTER_MS;
        beats = fenceAt < 20_000;
        return ack;
      }
      return wire.around(call);
    });
    await a.start();
    await a.server.claim('ada');
    wire.cut = true;
    await clock.advance(20_000);
    beats = true;
    wire.cut = false;
    await clock.advance(100);
    expect(a.server.holds('ada')).toBe(true);
    beats = false;
    await clock.advance(fenceAt - clock.monotonic() - 2_000);
    deadlines.length = 0;
    await a.server.claim('bob');
    expect(deadlines).toHaveLength(1);
    expect(deadlines[0]).toBeLessThanOrEqual(fenceAt);
    await a.stop({ signal: AbortSignal.abort() });
  });

  it('regains all users whom no pod took, though the store lost everything', async () => {
    const { clock, executors, pod } = podFixture();
    const wire = line();
    const [a, b] = [pod(0, { config }, wire.around), pod(1, { config })];
    await a.start();
    await b.start();
    const lost: string[] = [];
    a.server.on('claimsLost', ({ uids }) => lost.push(...uids));
    for (const uid of ['ada', 'bob', 'cyd']) await a.server.claim(uid);
    wire.cut = true;
    await clock.advance(LEASE_MS + 1_000);
    executors.faults.restart({ lose: 'everything' });
    await clock.advance(PERIOD_MS);
    await executors.stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 1, 60);
    // In a store that came back empty no new user is accepted for a while.
    const claiming = b.server.claim('bob', { timeoutMs: 1_000 }).catch((error: unknown) => error);
    await clock.advance(1_001);
    expect(await claiming).toMatchObject({ code: 'POD_NOT_AVAILABLE', why: 'restored directory' });
    wire.cut = false;
    await clock.advance(3 * LEASE_MS);
    expect(['ada', 'bob', 'cyd'].map((uid) => a.server.holds(uid))).toEqual([true, true, true]);
    expect(lost).toEqual([]);
    await Promise.all([a.stop({ signal: AbortSignal.abort() }), b.stop({ signal: AbortSignal.abort() })]);
  });
});

describe('a store that comes back empty', () => {
  it('costs no living pod a user: nobody is placed elsewhere before the owners have healed', async () => {
    const { clock, executors, pod } = podFixture();
    const pods = [0, 1, 2].map((podId) => pod(podId, { config }));
    for (const route of pods) await route.start();
    const users = Array.from({ length: 60 }, (_, at) => `user-${at}`);
    for (const [at, uid] of users.entries()) await pods[at % 3]!.server.claim(uid);
    const lost: string[] = [];
    for (const { server } of pods) server.on('claimsLost', ({ uids }) => lost.push(...uids));
    const gateway = createStatefulRoute({ executors, namespace: 'game', services: ['room'], clock, config });
    await gateway.start();
    executors.faults.restart({ lose: 'everything' });
    const rooms = gateway.service('room');
    const wrong: string[] = [];
    const answers = new Map<string, number>();
    for (let step = 0; step < 40; step++) {
      for (const [at, uid] of users.entries()) {
        rooms
          .locate(uid)
          .then(({ podId }) => {
            answers.set(uid, podId);
            if (podId !== at % 3) wrong.push(`${uid} is sent to ${podId}`);
          })
          .catch(() => {});
        if (pods.filter(({ server }) => server.holds(uid)).length !== 1)
          wrong.push(`${uid} is not held once`);
      }
      await clock.advance(500);
    }
    expect([wrong, lost, answers.size]).toEqual([[], [], users.length]);
    await gateway.stop();
    for (const route of pods) await route.stop({ signal: AbortSignal.abort() });
  });
});

describe('two processes of one ordinal', () => {
  it('leave the one that started later, also where the earlier one was cut off and comes back', async () => {
    const { clock, pod } = podFixture();
    const wire = line();
    const earlier = pod(3, { config }, wire.around);
    await earlier.start();
    await earlier.server.claim('ada');
    wire.cut = true;
    await clock.advance(LEASE_MS + 1_000);
    const later = pod(3, { config });
    await later.start();
    expect(await later.server.claim('ada')).toMatchObject({ claimed: true });
    wire.cut = false;
    await clock.advance(2 * LEASE_MS);
    expect([later.server.isFenced(), later.server.holds('ada'), later.liveness().alive]).toEqual([
      false,
      true,
      true,
    ]);
    expect([earlier.server.holds('ada'), earlier.liveness().alive]).toEqual([false, false]);
    await Promise.all([earlier.stop(), later.stop({ signal: AbortSignal.abort() })]);
  });

  it('leave the later one also when the store has lost its entries and the earlier one beats first', async () => {
    const { clock, executors, pod } = podFixture();
    const [first, second] = [line(), line()];
    const earlier = pod(3, { config }, first.around);
    await earlier.start();
    first.cut = true;
    await clock.advance(1_000);
    const later = pod(3, { config }, second.around);
    await later.start();
    await later.server.claim('ada');
    executors.faults.lose('everything');
    first.cut = false;
    second.cut = true;
    await clock.advance(PERIOD_MS);
    second.cut = false;
    await clock.advance(2 * PERIOD_MS);
    expect([later.server.isFenced(), later.server.holds('ada')]).toEqual([false, true]);
    expect(earlier.liveness().alive).toBe(false);
    await Promise.all([earlier.stop(), later.stop({ signal: AbortSignal.abort() })]);
  });

  it('let the earlier one, displaced, remove nothing of the later one’s', async () => {
    const { clock, executors, pod } = podFixture();
    const [earlier, later] = [pod(3, { config }), pod(3, { config })];
    await earlier.start();
    await earlier.server.claim('ada');
    await clock.advance(10);
    await later.start();
    expect(await later.server.claim('ada')).toMatchObject({ claimed: true });
    await clock.advance(PERIOD_MS);
    const calls = [
      earlier.server.refuse('ada'),
      earlier.server.release('ada'),
      earlier.server.removeLinkedPod('game', 'ada', 'room'),
      earlier.server.removeLinkedPodWithId('game', 'ada', 'room', 3),
      earlier.server.setLinkedPod('game', 'ada', 'room', 3),
      earlier.server.claim('ada'),
    ];
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'FENCED' });
    await earlier.stop();
    expect(await executors.stateful.getLinkedPodIfPersist('game', 'ada', 'room')).toBe(3);
    expect(later.server.holds('ada')).toBe(true);
    await later.stop({ signal: AbortSignal.abort() });
  });
});

describe('a signal', () => {
  it('ends a start and a claim at once while the store is away', async () => {
    const { clock, pod } = podFixture();
    const wire = line();
    wire.cut = true;
    const retrying = { ...config, maxRetryCount: 100, timeoutMs: 10_000, retryDelayMs: 5_000 };
    const a = pod(0, { config: retrying }, wire.around);
    const ends = async (run: (signal: AbortSignal) => Promise<unknown>): Promise<unknown> => {
      const controller = new AbortController();
      const outcome = run(controller.signal).catch((error: unknown) => error);
      await clock.advance(10);
      controller.abort(new Error('enough'));
      return outcome;
    };
    expect(await ends((signal) => a.start({ signal }))).toMatchObject({ message: 'enough' });
    wire.cut = false;
    await a.start();
    wire.cut = true;
    expect(await ends((signal) => a.server.claim('ada', { signal }))).toMatchObject({ message: 'enough' });
    wire.cut = false;
    const stopping = a.stop();
    await clock.advance(25_000);
    await stopping;
  });
});
