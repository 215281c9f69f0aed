import { routeError } from '@stateful-route/core';
import type { PortCall } from '@stateful-route/core/adapter';
import { describe, expect, it } from 'vitest';
import { podFixture } from '../../pod-fixture.ts';

const config = { profile: 'realtime' } as const;
const users = (count: number): string[] => Array.from({ length: count }, (_, at) => `user-${at}`);

/** A save that takes a while on the clock, and what was saved how often. */
function saves(clock: { setTimeout(callback: () => void, ms: number): unknown }, ms: number) {
  const count = new Map<string, number>();
  return {
    count,
    onHandOff: async ({ uid }: { readonly uid: string }): Promise<void> => {
      count.set(uid, (count.get(uid) ?? 0) + 1);
      await new Promise<void>((resolve) => {
        clock.setTimeout(resolve, ms);
      });
    },
  };
}

describe('stop', () => {
  it('goes on where a drain was, and saves each user once', async () => {
    const { clock, pod, executors } = podFixture();
    const { count, onHandOff } = saves(clock, 100);
    const [a, b] = [pod(0, { config, drain: { onHandOff } }), pod(1, { config })];
    await a.start();
    await b.start();
    for (const uid of users(50)) await a.server.claim(uid);
    await executors.server.setPodIntent('game', 'room', 0, 'drain');
    await clock.advance(150);
    const stopping = a.stop();
    await clock.advance(5_000);
    expect(await stopping).toEqual({ left: 0, unsaved: [] });
    expect([...count.values()]).toEqual(users(50).map(() => 1));
    await b.stop();
  });

  it('hands the others over though one save never ends, and names that user', async () => {
    const { clock, pod, executors } = podFixture();
    const saved: string[] = [];
    const onHandOff = async ({ uid }: { readonly uid: string }): Promise<void> => {
      if (uid === 'user-7') await new Promise(() => {});
      saved.push(uid);
    };
    const [a, b] = [pod(0, { config, drain: { onHandOff } }), pod(1, { config })];
    await a.start();
    await b.start();
    for (const uid of users(100)) await a.server.claim(uid);
    const stopping = a.stop();
    await clock.advance(25_000);
    expect(await stopping).toEqual({ left: 0, unsaved: ['user-7'] });
    expect(saved).toHaveLength(99);
    for (const uid of users(100)) {
      expect([uid, await executors.stateful.getLinkedPod('game', uid, 'room')]).toEqual([uid, 1]);
    }
    await b.stop();
  });

  it('saves everybody at once where no pod can take them, with no target', async () => {
    const { clock, pod, executors } = podFixture();
    const targets: unknown[] = [];
    const drain = {
      onHandOff: ({ podId }: { readonly podId: number | undefined }): void => void targets.push(podId),
    };
    const a = pod(0, { config, drain });
    await a.start();
    for (const uid of users(20)) await a.server.claim(uid);
    const stopping = a.stop();
    await clock.advance(100);
    expect(await stopping).toEqual({ left: 0, unsaved: [] });
    expect(targets).toEqual(users(20).map(() => undefined));
    expect(await executors.stateful.getLinkedPod('game', 'user-3', 'room')).toBeUndefined();
  });

  it('saves everybody where all pods stop at once', async () => {
    const { clock, pod } = podFixture();
    const { count, onHandOff } = saves(clock, 10);
    const pods = [0, 1, 2].map((podId) => pod(podId, { config, drain: { onHandOff } }));
    for (const route of pods) await route.start();
    for (const [at, route] of pods.entries()) await route.server.claim(`user-${at}`);
    const stopping = Promise.all(pods.map((route) => route.stop()));
    await clock.advance(25_000);
    for (const { left, unsaved } of await stopping) expect([left, unsaved]).toEqual([0, []]);
    expect([...count.keys()].toSorted()).toEqual(users(3));
  });

  it('offers all remaining users near its end, and names those it could not save', async () => {
    const { clock, pod } = podFixture();
    const offered = new Set<string>();
    const onHandOff = async ({ uid }: { readonly uid: string }): Promise<void> => {
      offered.add(uid);
      await new Promise<void>((resolve) => {
        clock.setTimeout(resolve, 5_000);
      });
    };
    const [a, b] = [pod(0, { config, drain: { onHandOff, concurrency: 2 } }), pod(1, { config })];
    await a.start();
    await b.start();
    for (const uid of users(64)) await a.server.claim(uid);
    const stopping = a.stop();
    await clock.advance(25_000);
    const { left, unsaved } = await stopping;
    expect(offered.size).toBe(64);
    expect(left).toBe(0);
    expect(unsaved).toEqual([]);
    await b.stop();
  });

  it('ends within drainTimeoutMs while the store hangs', async () => {
    const { clock, pod } = podFixture();
    let hangs = false;
    const hung = ({ options, run, method }: PortCall): Promise<unknown> => {
      if (!hangs) return run(options);
      return new Promise((_, reject) => {
        const timeoutMs = options?.timeoutMs ?? 60_000;
        clock.setTimeout(
          () =>
            reject(routeError('TIMEOUT', 'No reply.', { operation: method, timeoutMs, effect: 'unknown' })),
          timeoutMs,
        );
      });
    };
    const { onHandOff } = saves(clock, 10);
    const a = pod(0, { config, drain: { onHandOff } }, hung);
    await a.start();
    for (const uid of users(20)) await a.server.claim(uid);
    hangs = true;
    const began = clock.monotonic();
    let endedAt = Number.POSITIVE_INFINITY;
    const stopping = a.stop().finally(() => {
      endedAt = clock.monotonic();
    });
    await clock.advance(40_000);
    expect(endedAt - began).toBeLessThanOrEqual(25_000);
    const { left } = await stopping;
    expect(left).toBe(20);
  });

  it('of a fenced pod offers no user, waits for nothing, and counts the suspended users', async () => {
    const { clock, pod } = podFixture();
    let cut = false;
    const offered: string[] = [];
    const drain = { onHandOff: ({ uid }: { readonly uid: string }): void => void offered.push(uid) };
    const a = pod(0, { config, drain }, ({ method, options, run }) =>
      cut ? Promise.reject(routeError('STORE_ERROR', 'Cut.', { operation: method })) : run(options),
    );
    await a.start();
    await a.server.claim('ada');
    cut = true;
    await clock.advance(14_000);
    expect(a.server.isFenced()).toBe(true);
    const stopping = a.stop();
    await clock.advance(1_000);
    expect(await stopping).toEqual({ left: 1, unsaved: [] });
    expect(offered).toEqual([]);
  });

  it('called again returns the same report', async () => {
    const { clock, pod } = podFixture();
    const a = pod(0, { config });
    await a.start();
    await a.server.claim('ada');
    const first = a.stop();
    await clock.advance(25_000);
    const reports = [await first, await a.stop()];
    expect(reports).toEqual([
      { left: 1, unsaved: [] },
      { left: 1, unsaved: [] },
    ]);
  });

  it('after a drain leaves a pod that takes new users when it is started again', async () => {
    const { clock, pod } = podFixture();
    const a = pod(0, { config });
    await a.start();
    await a.server.drain();
    await a.stop();
    await a.start();
    await clock.advance(0);
    expect(a.server.getRoutingState()).toBe('READY');
    expect(await a.server.claim('ada')).toMatchObject({ claimed: true });
    await a.stop({ signal: AbortSignal.abort() });
  });
});

describe('a drain', () => {
  it('of a fenced pod goes on when the pod is back', async () => {
    const { clock, pod, executors } = podFixture();
    let cut = false;
    const a = pod(0, { config }, ({ method, options, run }) =>
      cut ? Promise.reject(routeError('STORE_ERROR', 'Cut.', { operation: method })) : run(options),
    );
    const b = pod(1, { config });
    await a.start();
    await b.start();
    await a.server.claim('ada');
    cut = true;
    await clock.advance(14_000);
    expect(a.server.isFenced()).toBe(true);
    let report: unknown;
    const draining = a.server.drain({ onHandOff: () => {} }).then((ended) => {
      report = ended;
    });
    await clock.advance(1_000);
    expect(report).toBeUndefined();
    cut = false;
    await clock.advance(5_000);
    await draining;
    expect(report).toEqual({ left: 0, unsaved: [] });
    expect(await executors.stateful.getLinkedPod('game', 'ada', 'room')).toBe(1);
    await Promise.all([a.stop(), b.stop()]);
  });

  it('keeps who is claimed while it runs from coming back', async () => {
    const { clock, pod } = podFixture();
    const [a, b] = [pod(0, { config }), pod(1, { config })];
    await a.start();
    await b.start();
    await a.server.claim('ada');
    const draining = a.server.drain({ onHandOff: () => {} });
    await clock.advance(0);
    expect(await draining).toEqual({ left: 0, unsaved: [] });
    expect(await a.server.claim('ada')).toMatchObject({ claimed: false, podId: 1 });
    expect(await a.server.claim('bob')).toEqual({ claimed: false, why: 'draining' });
    expect(await b.server.claim('ada')).toMatchObject({ claimed: true });
    await Promise.all([a.stop(), b.stop({ signal: AbortSignal.abort() })]);
  });

  it('of an operator lasts until resume, also if that comes while the pod is fenced', async () => {
    const { clock, pod, executors } = podFixture();
    let cut = false;
    const a = pod(0, { config }, ({ method, options, run }) =>
      cut ? Promise.reject(routeError('STORE_ERROR', 'Cut.', { operation: method })) : run(options),
    );
    await a.start();
    await executors.server.setPodIntent('game', 'room', 0, 'drain');
    await clock.advance(0);
    expect(a.server.getRoutingState()).toBe('DENY_NEW_CALL');
    cut = true;
    await clock.advance(14_000);
    await executors.server.setPodIntent('game', 'room', 0, 'resume');
    await clock.advance(1_000);
    cut = false;
    await clock.advance(5_000);
    expect([a.server.isFenced(), a.server.getRoutingState()]).toEqual([false, 'READY']);
    await a.stop();
  });

  it('is not started by an invalid word, which neither silences nor fences the pod', async () => {
    const { clock, pod, executors } = podFixture();
    executors.faults.setRawIntent('game', 'room', 3, 'Drain');
    const a = pod(3, { config });
    await a.start();
    await clock.advance(60_000);
    expect([a.server.isFenced(), a.server.getRoutingState()]).toEqual([false, 'READY']);
    await a.stop();
  });

  it('moves users who wait in the roster since the pod restarted, without saving them', async () => {
    const { clock, pod, executors } = podFixture();
    const waits = { ...config, deadOwner: 'wait', leftover: 'keep' } as const;
    const earlier = pod(0, { config: waits });
    await earlier.start();
    for (const uid of users(10)) await earlier.server.claim(uid);
    await earlier.stop({ signal: AbortSignal.abort() });
    const saved: string[] = [];
    const drain = { onHandOff: ({ uid }: { readonly uid: string }): void => void saved.push(uid) };
    const [later, other] = [pod(0, { config: waits, drain }), pod(1, { config: waits })];
    await clock.advance(1_000);
    await later.start();
    await other.start();
    expect(later.server.holds('user-0')).toBe(false);
    expect(await later.server.claim('user-0')).toMatchObject({ claimed: true });
    const stopping = later.stop();
    await clock.advance(5_000);
    expect(await stopping).toEqual({ left: 0, unsaved: [] });
    expect(saved).toEqual(['user-0']);
    for (const uid of users(10)) {
      expect([uid, await executors.stateful.getLinkedPod('game', uid, 'room')]).toEqual([uid, 1]);
    }
    await other.stop({ signal: AbortSignal.abort() });
  });
});
