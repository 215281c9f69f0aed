import { routeError } from '@stateful-route/core';
import { parseIncarnation, type PodReport, type PortCall } from '@stateful-route/core/adapter';
import { ManualClock } from '@stateful-route/core/testing';
import { describe, expect, it } from 'vitest';
import { Fence } from '../../../src/pod/life/fence.ts';
import { deferred, podFixture } from '../../pod-fixture.ts';

const config = { profile: 'realtime' } as const;
/** A realtime pod's lease is 15 s, its margin 1.5 s. */
const FENCED_AFTER_MS = 13_500;

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

/** What a heartbeat says; `undefined` for any other call. */
function reportOf({ method, args }: PortCall): PodReport | undefined {
  return method === 'setServiceState' ? (args[3] as PodReport) : undefined;
}

describe('a fence', () => {
  it('is up until the first acknowledgement, and from the limit on', async () => {
    const clock = new ManualClock();
    let reported = 0;
    const fence = new Fence(clock, 1_000, () => {
      reported += 1;
    });
    expect(fence.isUp).toBe(true);
    fence.renew(clock.monotonic());
    await clock.advance(999);
    expect([fence.isUp, fence.remainingMs(), reported]).toEqual([false, 1, 0]);
    await clock.advance(1);
    expect([fence.isUp, fence.remainingMs(), reported]).toEqual([true, 0, 1]);
    fence.renew(clock.monotonic());
    expect(fence.isUp).toBe(true);
  });

  it('counts from before the heartbeat was sent, and is not taken down by one acknowledged too late', () => {
    let now = 0;
    let reported = 0;
    const clock = { now: () => 0, monotonic: () => now, setTimeout: () => () => {} };
    const fence = new Fence(clock, 1_000, () => {
      reported += 1;
    });
    fence.renew(0);
    now = 900;
    fence.renew(500);
    expect(fence.remainingMs()).toBe(600);
    now = 1_500;
    // The process was paused: no timer fired, and now the reply of a heartbeat from before the pause is read.
    fence.renew(1_400);
    expect([fence.isUp, reported]).toEqual([true, 1]);
  });
});

describe('a pod that cannot reach the store', () => {
  it('fences itself before its lease is over for anyone else', async () => {
    const { clock, executors, pod } = podFixture();
    const wire = line();
    const route = pod(0, { config }, wire.around);
    await route.start();
    const reported: string[] = [];
    route.server.on('fenced', ({ reason }) => reported.push(reason));
    await route.server.claim('ada');
    wire.cut = true;
    await clock.advance(FENCED_AFTER_MS - 1);
    expect([route.server.isFenced(), route.server.holds('ada')]).toEqual([false, true]);
    await clock.advance(1);
    expect([route.server.isFenced(), route.server.holds('ada')]).toEqual([true, false]);
    expect(reported).toEqual(['its last acknowledged heartbeat is nearly as old as its lease']);
    await expect(route.server.claim('bob')).rejects.toMatchObject({ code: 'FENCED' });
    const { storeTime, pods } = await executors.stateful.getServiceState('game', 'room');
    expect(storeTime - pods.get(0)!.updateTime!).toBeLessThan(pods.get(0)!.leaseMs!);
    await route.stop();
  });

  it('comes back as a new incarnation and claims its users again, with greater tokens', async () => {
    const { clock, executors, pod } = podFixture();
    const wire = line();
    const route = pod(0, { config }, wire.around);
    await route.start();
    const back: unknown[] = [];
    route.server.on('unfenced', (detail) => back.push(detail));
    const first = await route.server.claim('ada');
    wire.cut = true;
    await clock.advance(20_000);
    wire.cut = false;
    await clock.advance(1_000);
    expect([route.server.isFenced(), route.server.holds('ada')]).toEqual([false, true]);
    const link = await executors.stateful.getLink('game', 'ada', 'room');
    expect(link).toMatchObject({ podId: 0, permanent: true });
    expect(parseIncarnation(link.incarnation!)).toMatchObject({ id: 'life-0-1', life: expect.any(Number) });
    expect(parseIncarnation(link.incarnation!).life).toBeGreaterThan(0);
    expect(first.claimed && link.token! > first.token).toBe(true);
    expect(back).toEqual([{ incarnation: link.incarnation, claims: [{ uid: 'ada', token: link.token }] }]);
    await route.stop({ signal: AbortSignal.abort() });
  });

  it('reports the users that were taken over as lost', async () => {
    const { clock, executors, pod } = podFixture();
    const wire = line();
    const [a, b] = [pod(0, { config }, wire.around), pod(1, { config })];
    await a.start();
    await b.start();
    const lost: string[] = [];
    a.server.on('claimsLost', ({ uids }) => lost.push(...uids));
    const old = await a.server.claim('ada');
    await a.server.claim('bob');
    wire.cut = true;
    await clock.advance(14_000);
    const token = old.claimed ? old.token : 0;
    await executors.stateful.replaceLinkedPod('game', 'ada', 'room', 0, 1, 60, { ifToken: token });
    expect(await b.server.claim('ada')).toMatchObject({ claimed: true });
    wire.cut = false;
    await clock.advance(1_000);
    expect(lost).toEqual(['ada']);
    expect([a.server.holds('ada'), a.server.holds('bob'), b.server.holds('ada')]).toEqual([
      false,
      true,
      true,
    ]);
    await Promise.all([a.stop({ signal: AbortSignal.abort() }), b.stop({ signal: AbortSignal.abort() })]);
  });

  it('is fenced again and comes back again, also while it claims its users again', async () => {
    const { clock, pod } = podFixture();
    const wire = line();
    const route = pod(0, { config }, wire.around);
    await route.start();
    for (let user = 0; user < 30; user++) await route.server.claim(`user-${user}`);
    for (let round = 0; round < 3; round++) {
      wire.cut = true;
      await clock.advance(16_000);
      expect(route.server.isFenced()).toBe(true);
      wire.cut = false;
      await clock.advance(1_000);
      expect(route.server.isFenced()).toBe(false);
      expect(route.server.holds('user-29')).toBe(true);
    }
    await route.stop({ signal: AbortSignal.abort() });
  });

  it('is not displaced by itself where a heartbeat from before the fence is refused after its return', async () => {
    const { clock, pod } = podFixture();
    const late = deferred();
    const refused = deferred();
    let holding = false;
    const route = pod(0, { config }, async (call) => {
      const incarnation = reportOf(call)?.incarnation;
      const isOfFirstLife = incarnation !== undefined && parseIncarnation(incarnation).life === 0;
      if (!holding || !isOfFirstLife) return call.run(call.options);
      await late.promise;
      return call.run(call.options).finally(() => {
        refused.resolve();
      });
    });
    await route.start();
    await route.server.claim('ada');
    holding = true;
    await clock.advance(FENCED_AFTER_MS + 1_000);
    expect(route.server.holds('ada')).toBe(true);
    late.resolve();
    await refused.promise;
    await clock.advance(3_000);
    expect([route.server.isFenced(), route.liveness().alive, route.server.holds('ada')]).toEqual([
      false,
      true,
      true,
    ]);
    await route.stop({ signal: AbortSignal.abort() });
  });

  it('comes back as one incarnation, however many attempts it takes and whenever they arrive', async () => {
    const { clock, pod } = podFixture();
    const wire = line();
    const late: (() => Promise<unknown>)[] = [];
    const route = pod(0, { config }, (call) => {
      // The calls of a new incarnation are delayed, and fail with a lost connection.
      const held = wire.cut && reportOf(call)?.seq === 0 && late.length < 3;
      if (held) late.push(() => call.run(call.options));
      // Only the heartbeats are lost: an incarnation begins with another call.
      return call.method === 'setServiceState' ? wire.around(call) : call.run(call.options);
    });
    await route.start();
    wire.cut = true;
    await clock.advance(FENCED_AFTER_MS + 1_000);
    expect(late).toHaveLength(3);
    wire.cut = false;
    await clock.advance(1_000);
    expect(route.server.isFenced()).toBe(false);
    for (const arrive of late.toReversed()) await arrive().catch(() => {});
    await clock.advance(3_000);
    expect([route.server.isFenced(), route.liveness().alive]).toEqual([false, true]);
    await route.stop({ signal: AbortSignal.abort() });
  });

  it('stops while it is fenced', async () => {
    const { clock, pod } = podFixture();
    const wire = line();
    const route = pod(0, { config }, wire.around);
    await route.start();
    wire.cut = true;
    await clock.advance(60_000);
    expect(await route.stop()).toEqual({ left: 0, unsaved: [] });
    wire.cut = false;
    await clock.advance(60_000);
    expect(route.server.isFenced()).toBe(false);
    await route.start();
    await route.stop();
  });

  it('makes no claim with a deadline after its fence', async () => {
    const { clock, pod } = podFixture();
    const deadlines: (number | undefined)[] = [];
    const wire = line();
    const route = pod(0, { config }, (call) => {
      if (call.method === 'trySetLinkedPod') deadlines.push(call.options?.timeoutMs);
      return wire.around(call);
    });
    await route.start();
    await route.server.claim('ada');
    wire.cut = true;
    await clock.advance(FENCED_AFTER_MS - 200);
    wire.cut = false;
    await route.server.claim('bob', { timeoutMs: 5_000 });
    expect(deadlines).toEqual([1_000, 200]);
    await route.stop({ signal: AbortSignal.abort() });
  });

  it('gives a claim back whose reply comes after the fence', async () => {
    const gate = deferred();
    const claimed = deferred();
    const wire = line();
    const { clock, executors, pod } = podFixture();
    const route = pod(0, { config }, async (call) => {
      const reply = await wire.around(call);
      if (call.method !== 'trySetLinkedPod') return reply;
      claimed.resolve();
      await gate.promise;
      return reply;
    });
    await route.start();
    wire.cut = true;
    await clock.advance(FENCED_AFTER_MS - 100);
    wire.cut = false;
    const claiming = route.server.claim('ada').catch((error: unknown) => error);
    await claimed.promise;
    wire.cut = true;
    await clock.advance(100);
    wire.cut = false;
    gate.resolve();
    expect(await claiming).toMatchObject({ code: 'FENCED' });
    expect(route.server.holds('ada')).toBe(false);
    await clock.advance(0);
    expect(await executors.stateful.getLinkedPod('game', 'ada', 'room')).toBeUndefined();
    await route.stop();
  });

  it('keeps serving through wall clocks stepped by hours', async () => {
    const { clock, pod } = podFixture();
    const wire = line();
    const route = pod(0, { config }, wire.around);
    await route.start();
    await route.server.claim('ada');
    clock.stepWallClock(3_600_000);
    await clock.advance(10_000);
    clock.stepWallClock(-7_200_000);
    await clock.advance(10_000);
    expect([route.server.isFenced(), route.server.holds('ada')]).toEqual([false, true]);
    await route.stop({ signal: AbortSignal.abort() });
  });
});
