import { ManualClock } from '@stateful-route/core/testing';
import { describe, expect, it } from 'vitest';
import { podFixture } from '../../pod-fixture.ts';

const config = { profile: 'realtime' } as const;

describe('a pod that reads its claims back', () => {
  it('does so once per lease, 1,000 a round trip', async () => {
    const { clock, pod } = podFixture();
    const batches: number[] = [];
    const route = pod(0, { config }, ({ method, args, options, run }) => {
      if (method === 'batchGetLink') batches.push((args[1] as string[]).length);
      return run(options);
    });
    await route.start();
    await Promise.all(Array.from({ length: 1_500 }, (_, at) => route.server.claim(`user-${at}`)));
    await clock.advance(14_999);
    expect(batches).toEqual([]);
    await clock.advance(1);
    expect(batches).toEqual([1_000, 500]);
    await clock.advance(15_000);
    expect(batches).toHaveLength(4);
    await route.stop({ signal: AbortSignal.abort() });
  });

  it('puts a link back that is gone, with its old token', async () => {
    const { clock, executors, pod } = podFixture();
    const route = pod(0, { config });
    await route.start();
    const claim = await route.server.claim('ada');
    executors.faults.lose('links');
    await clock.advance(15_000);
    expect(await executors.stateful.getLink('game', 'ada', 'room')).toMatchObject({
      podId: 0,
      permanent: true,
      token: claim.claimed && claim.token,
    });
    expect(route.server.holds('ada')).toBe(true);
    await route.stop({ signal: AbortSignal.abort() });
  });

  it('keeps with its token a claim that the older sides removed, whose record still names the pod', async () => {
    const { clock, executors, pod } = podFixture();
    const route = pod(0, { config });
    await route.start();
    const claim = await route.server.claim('ada');
    executors.faults.removeAsOtherSide('game', 'ada', 'room');
    await clock.advance(15_000);
    expect(await executors.stateful.getLink('game', 'ada', 'room')).toMatchObject({
      podId: 0,
      permanent: true,
      token: claim.claimed && claim.token,
    });
    expect(route.server.holds('ada')).toBe(true);
    await route.stop({ signal: AbortSignal.abort() });
  });

  it('takes its user back from a temporary link to any pod', async () => {
    const { clock, executors, pod } = podFixture();
    const route = pod(0, { config });
    await route.start();
    const claim = await route.server.claim('ada');
    executors.faults.lose('links');
    await executors.stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 1, 60);
    await clock.advance(15_000);
    expect(await executors.stateful.getLink('game', 'ada', 'room')).toMatchObject({
      podId: 0,
      permanent: true,
      token: claim.claimed && claim.token,
    });
    expect(route.server.holds('ada')).toBe(true);
    await route.stop({ signal: AbortSignal.abort() });
  });

  it('finds a claim that was forced away, also without a notification', async () => {
    const { clock, executors, pod } = podFixture();
    const route = pod(0, { config });
    await route.start();
    await route.server.claim('ada');
    await route.server.claim('bob');
    const lost: string[][] = [];
    route.server.on('claimsLost', ({ uids }) => lost.push([...uids]));
    executors.faults.setAsOtherSide('game', 'ada', 'room', 1);
    await clock.advance(15_000);
    expect(lost).toEqual([['ada']]);
    expect([route.server.holds('ada'), route.server.holds('bob')]).toEqual([false, true]);
    expect(await executors.stateful.getLinkedPod('game', 'ada', 'room')).toBe(1);
    await route.stop({ signal: AbortSignal.abort() });
  });

  it('does so at once when a heartbeat finds its entry past the lease, as after its machine was suspended', async () => {
    const { clock, executors, pod } = podFixture();
    const machine = new ManualClock();
    const route = pod(0, { config, clock: machine });
    await route.start();
    const claim = await route.server.claim('ada');
    const ifToken = claim.claimed ? claim.token : null;
    const lost: string[][] = [];
    route.server.on('claimsLost', ({ uids }) => lost.push([...uids]));
    await clock.advance(16_000);
    await executors.stateful.replaceLinkedPod('game', 'ada', 'room', 0, 1, 60, { ifToken });
    expect([route.server.isFenced(), route.server.holds('ada')]).toEqual([false, true]);
    await machine.advance(3_000);
    expect([lost, route.server.holds('ada')]).toEqual([[['ada']], false]);
    await route.stop({ signal: AbortSignal.abort() });
  });

  it('does so at once when a heartbeat finds no entry', async () => {
    const { clock, executors, pod } = podFixture();
    const route = pod(0, { config });
    await route.start();
    await route.server.claim('ada');
    executors.faults.lose('everything');
    await clock.advance(3_000);
    expect(await executors.stateful.getLinkedPodIfPersist('game', 'ada', 'room')).toBe(0);
    await route.stop({ signal: AbortSignal.abort() });
  });

  it('does not put a claim back that is being released', async () => {
    const { clock, executors, pod } = podFixture();
    let releasing: Promise<boolean> | undefined;
    const route = pod(0, { config }, async (call) => {
      const reply = await call.run(call.options);
      if (call.method === 'batchGetLink') releasing = route.server.release('ada');
      return reply;
    });
    await route.start();
    await route.server.claim('ada');
    executors.faults.removeAsOtherSide('game', 'ada', 'room');
    await clock.advance(15_000);
    await releasing;
    expect(await executors.stateful.getLinkedPod('game', 'ada', 'room')).toBeUndefined();
    await route.stop();
  });

  it('goes on trying when the store fails', async () => {
    const { clock, executors, pod } = podFixture();
    let failures = 2;
    const route = pod(0, { config }, ({ method, options, run }) =>
      method === 'batchGetLink' && failures-- > 0 ? Promise.reject(new Error('not now')) : run(options),
    );
    await route.start();
    await route.server.claim('ada');
    executors.faults.removeAsOtherSide('game', 'ada', 'room');
    await clock.advance(15_500);
    expect(await executors.stateful.getLinkedPodIfPersist('game', 'ada', 'room')).toBe(0);
    await route.stop({ signal: AbortSignal.abort() });
  });
});
