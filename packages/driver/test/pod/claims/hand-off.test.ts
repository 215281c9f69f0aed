import { routeError } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { deferred, podFixture } from '../../pod-fixture.ts';

type Pod = ReturnType<ReturnType<typeof podFixture>['pod']>;

async function claimed(pod: Pod, uids: readonly string[]): Promise<void> {
  for (const uid of uids) await pod.server.claim(uid);
}

describe('a drain that hands users over', () => {
  it('saves each, and moves the link to a pod that takes new users', async () => {
    const { clock, executors, pod } = podFixture();
    const [a, b, c] = [pod(0), pod(1), pod(2)];
    for (const route of [a, b, c]) await route.start();
    await c.server.setRoutingState('DENY_NEW_CALL');
    await claimed(a, ['ada', 'bob']);
    const saved: unknown[] = [];
    const draining = a.server.drain({
      onHandOff: ({ uid, podId }) => {
        saved.push([uid, podId, a.server.holds(uid)]);
      },
    });
    await clock.advance(0);
    expect(await draining).toEqual({ left: 0, unsaved: [] });
    expect(saved).toEqual([
      ['ada', 1, false],
      ['bob', 1, false],
    ]);
    for (const uid of ['ada', 'bob']) {
      expect(await executors.stateful.getLink('game', uid, 'room')).toMatchObject({
        podId: 1,
        permanent: false,
      });
    }
    for (const route of [a, b, c]) await route.stop();
  });

  it('goes no faster than its rate', async () => {
    const { clock, pod } = podFixture();
    const [a, b] = [pod(0), pod(1)];
    await a.start();
    await b.start();
    await claimed(
      a,
      Array.from({ length: 10 }, (_, at) => `user-${at}`),
    );
    const left: number[] = [];
    a.server.on('drainProgress', (progress) => left.push(progress.left));
    const draining = a.server.drain({ ratePerSecond: 2, onHandOff: () => {} });
    await clock.advance(2_100);
    expect(left.at(-1)).toBeGreaterThanOrEqual(10 - 3 * 2);
    await clock.advance(3_000);
    expect(await draining).toEqual({ left: 0, unsaved: [] });
    await Promise.all([a.stop(), b.stop()]);
  });

  it('keeps a user whom the application could not save, and does not try again in that drain', async () => {
    const { clock, executors, pod } = podFixture();
    const [a, b] = [pod(0), pod(1)];
    await a.start();
    await b.start();
    await claimed(a, ['ada', 'bob']);
    let tries = 0;
    const onHandOff = ({ uid }: { readonly uid: string }): void => {
      if (uid === 'ada') tries += 1;
      if (uid === 'ada' && tries === 1) throw new Error('the disk is full');
    };
    const ends: unknown[] = [];
    a.server.on('handOffEnded', ({ uid, moved, podId }) =>
      ends.push([uid, moved, podId, a.server.holds(uid)]),
    );
    const draining = a.server.drain({ onHandOff, deadlineMs: 5_000 });
    await clock.advance(5_000);
    expect(await draining).toEqual({ left: 1, unsaved: [] });
    expect([tries, a.server.holds('ada')]).toEqual([1, true]);
    expect(await executors.stateful.getLinkedPodIfPersist('game', 'ada', 'room')).toBe(0);
    const again = a.server.drain({ onHandOff });
    await clock.advance(0);
    expect(await again).toEqual({ left: 0, unsaved: [] });
    expect(tries).toBe(2);
    expect(ends).toEqual([
      ['ada', false, undefined, true],
      ['bob', true, 1, false],
      ['ada', true, 1, false],
    ]);
    await Promise.all([a.stop(), b.stop()]);
  });

  it('moves a user whose save says that it was given up, and names the user', async () => {
    const { clock, pod } = podFixture();
    const [a, b] = [pod(0), pod(1)];
    await a.start();
    await b.start();
    await claimed(a, ['ada']);
    const limits: number[] = [];
    const handingOff = a.server.handOff(['ada'], {
      userTimeoutMs: 3_000,
      onHandOff: ({ timeoutMs }) => {
        limits.push(timeoutMs);
        throw routeError('NOT_SAVED', 'A use runs on.', { uid: 'ada' });
      },
    });
    await clock.advance(0);
    expect(await handingOff).toEqual({ left: 0, unsaved: ['ada'] });
    expect(limits).toEqual([3_000]);
    expect(await b.server.claim('ada')).toMatchObject({ claimed: true });
    await b.server.release('ada');
    await Promise.all([a.stop(), b.stop()]);
  });

  it('names a user whom it could not save when the pod stops, and removes the claim', async () => {
    const { clock, executors, pod } = podFixture();
    const drain = { onHandOff: (): Promise<void> => Promise.reject(new Error('the disk is full')) };
    const [a, b] = [pod(0, { drain }), pod(1)];
    await a.start();
    await b.start();
    await claimed(a, ['ada']);
    const stopping = a.stop();
    await clock.advance(25_000);
    expect(await stopping).toEqual({ left: 1, unsaved: ['ada'] });
    expect(await executors.stateful.getLinkedPod('game', 'ada', 'room')).toBeUndefined();
    await b.stop();
  });

  it('a claim of a user who is being moved returns the target', async () => {
    const { clock, executors, pod } = podFixture();
    const [a, b] = [pod(0), pod(1)];
    await a.start();
    await b.start();
    await claimed(a, ['ada']);
    const answers: unknown[] = [];
    const draining = a.server.drain({
      onHandOff: async ({ uid }) => {
        answers.push(await a.server.claim(uid));
      },
    });
    await clock.advance(0);
    expect(await draining).toEqual({ left: 0, unsaved: [] });
    expect(answers).toEqual([{ claimed: false, podId: 1, why: 'moving' }]);
    expect(await executors.stateful.getLinkedPod('game', 'ada', 'room')).toBe(1);
    await Promise.all([a.stop(), b.stop()]);
  });

  it('waits while no pod can take the users, and resumes', async () => {
    const { clock, executors, pod } = podFixture();
    const a = pod(0);
    await a.start();
    await claimed(a, ['ada']);
    const draining = a.server.drain({ onHandOff: () => {} });
    await clock.advance(3_000);
    expect(a.server.holds('ada')).toBe(true);
    const b = pod(1);
    await b.start();
    await clock.advance(1_000);
    expect(await draining).toEqual({ left: 0, unsaved: [] });
    expect(await executors.stateful.getLinkedPod('game', 'ada', 'room')).toBe(1);
    await Promise.all([a.stop(), b.stop()]);
  });

  it.each([
    ['acted', true],
    ['did not act', false],
  ])('sends a move again whose reply was lost, that %s; the user is saved once', async (_, acts) => {
    const { clock, executors, pod } = podFixture();
    let lose = true;
    const served: boolean[] = [];
    const a: Pod = pod(0, {}, async ({ method, options, run }) => {
      if (method === 'replaceLinkedPod') served.push(a.server.holds('ada'));
      if (method !== 'replaceLinkedPod' || !lose) return run(options);
      lose = false;
      if (acts) await run(options);
      throw routeError('TIMEOUT', 'No reply.', { operation: method, timeoutMs: 1, effect: 'unknown' });
    });
    const b = pod(1);
    await a.start();
    await b.start();
    await claimed(a, ['ada']);
    let saved = 0;
    const draining = a.server.drain({
      onHandOff: () => {
        saved += 1;
      },
    });
    await clock.advance(2_000);
    expect(await draining).toEqual({ left: 0, unsaved: [] });
    expect(served).toEqual([false, false]);
    expect(saved).toBe(1);
    expect(await executors.stateful.getLinkedPod('game', 'ada', 'room')).toBe(1);
    await Promise.all([a.stop(), b.stop()]);
  });

  it('ends at the deadline, and goes on when called again', async () => {
    const { clock, pod } = podFixture();
    const [a, b] = [pod(0), pod(1)];
    await a.start();
    await b.start();
    await claimed(a, ['u1', 'u2', 'u3', 'u4']);
    const plan = { ratePerSecond: 1, onHandOff: (): void => {} };
    const first = a.server.drain({ ...plan, deadlineMs: 1_500 });
    await clock.advance(1_500);
    const { left } = await first;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(4);
    const second = a.server.drain(plan);
    await clock.advance(5_000);
    expect(await second).toEqual({ left: 0, unsaved: [] });
    await Promise.all([a.stop(), b.stop()]);
  });

  it('ends in time with a move in doubt, which is settled later', async () => {
    const { clock, executors, pod } = podFixture();
    let away = true;
    const a = pod(0, {}, ({ method, options, run }) =>
      method === 'replaceLinkedPod' && away
        ? Promise.reject(
            routeError('TIMEOUT', 'No reply.', { operation: method, timeoutMs: 1, effect: 'unknown' }),
          )
        : run(options),
    );
    const b = pod(1);
    await a.start();
    await b.start();
    await claimed(a, ['ada']);
    const draining = a.server.drain({ onHandOff: () => {}, deadlineMs: 500 });
    await clock.advance(500);
    expect(await draining).toEqual({ left: 1, unsaved: [] });
    expect([a.server.holds('ada'), b.server.holds('ada')]).toEqual([false, false]);
    away = false;
    await clock.advance(10_000);
    const link = await executors.stateful.getLink('game', 'ada', 'room');
    expect(a.server.holds('ada')).toBe(link.permanent);
    expect(link.podId).toBe(a.server.holds('ada') ? 0 : 1);
    await Promise.all([a.stop({ signal: AbortSignal.abort() }), b.stop()]);
  });

  it('begins no other save of a user while one that was given up goes on, the pod started again or not', async () => {
    const { clock, executors, pod } = podFixture();
    const saving = deferred();
    let saves = 0;
    const onHandOff = (): Promise<void> => {
      saves += 1;
      return saving.promise;
    };
    const [a, b] = [pod(0, { drain: { onHandOff } }), pod(1)];
    await a.start();
    await b.start();
    await claimed(a, ['ada']);
    const stopping = a.stop();
    await clock.advance(6_250);
    expect(await stopping).toEqual({ left: 0, unsaved: ['ada'] });
    await a.start();
    await b.server.refuse('ada');
    await executors.stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 0, 60);
    await claimed(a, ['ada']);
    const again = a.stop();
    await clock.advance(6_250);
    expect(await again).toEqual({ left: 0, unsaved: ['ada'] });
    expect(saves).toBe(1);
    saving.resolve();
    await b.stop();
  });

  it('gives up a save that never ends, moves the user all the same, and says so', async () => {
    const { clock, executors, pod } = podFixture();
    const saving = deferred();
    const signals: AbortSignal[] = [];
    const drain = {
      onHandOff: ({ signal }: { readonly signal: AbortSignal }): Promise<void> => {
        signals.push(signal);
        return saving.promise;
      },
    };
    const [a, b] = [pod(0, { drain }), pod(1)];
    await a.start();
    await b.start();
    await claimed(a, ['ada']);
    const stopping = a.stop();
    await clock.advance(6_249);
    expect([signals.map(({ aborted }) => aborted), a.server.holds('ada')]).toEqual([[false], false]);
    await clock.advance(1);
    expect(await stopping).toEqual({ left: 0, unsaved: ['ada'] });
    expect(signals[0]?.aborted).toBe(true);
    expect(await executors.stateful.getLinkedPod('game', 'ada', 'room')).toBe(1);
    expect(await b.server.claim('ada')).toMatchObject({ claimed: true });
    saving.resolve();
    await clock.advance(1_000);
    expect(b.server.holds('ada')).toBe(true);
    await b.stop({ signal: AbortSignal.abort() });
  });

  it('is what stop and an operator do where it is configured', async () => {
    const { clock, executors, pod } = podFixture();
    const saved: string[] = [];
    const drain = {
      onHandOff: ({ uid }: { uid: string }): void => {
        saved.push(uid);
      },
    };
    const [a, b, c] = [pod(0, { drain }), pod(1, { drain }), pod(2)];
    for (const route of [a, b, c]) await route.start();
    await claimed(a, ['ada']);
    await claimed(b, ['bob']);
    await executors.server.setPodIntent('game', 'room', 1, 'drain');
    const stopping = a.stop();
    await clock.advance(1_000);
    expect(await stopping).toEqual({ left: 0, unsaved: [] });
    expect(saved.toSorted()).toEqual(['ada', 'bob']);
    expect(b.server.holds('bob')).toBe(false);
    await Promise.all([b.stop(), c.stop()]);
  });

  it('stops handing over when the operator says resume', async () => {
    const { clock, executors, pod } = podFixture();
    const drain = { ratePerSecond: 1, onHandOff: (): void => {} };
    const [a, b] = [pod(0, { drain }), pod(1)];
    await a.start();
    await b.start();
    await claimed(a, ['u1', 'u2', 'u3', 'u4']);
    await executors.server.setPodIntent('game', 'room', 0, 'drain');
    await clock.advance(1_200);
    await executors.server.setPodIntent('game', 'room', 0, 'resume');
    await clock.advance(10_000);
    const held = ['u1', 'u2', 'u3', 'u4'].filter((uid) => a.server.holds(uid));
    expect(held.length).toBeGreaterThan(0);
    expect(a.server.getRoutingState()).toBe('READY');
    await Promise.all([a.stop({ signal: AbortSignal.abort() }), b.stop()]);
  });

  it('refuses options that are none', async () => {
    const { pod } = podFixture();
    const a = pod(0);
    await a.start();
    await expect(a.server.drain({ ratePerSecond: 0 })).rejects.toMatchObject({ parameter: 'ratePerSecond' });
    await expect(a.server.drain({ deadlineMs: Number.NaN })).rejects.toMatchObject({
      parameter: 'deadlineMs',
    });
    const onHandOff = 'save' as unknown as () => void;
    await expect(a.server.drain({ onHandOff })).rejects.toMatchObject({ parameter: 'onHandOff' });
    await a.stop();
  });
});
