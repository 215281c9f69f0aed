import { NOT_MINE } from '@stateful-route/core';
import { createTestRoute } from '@stateful-route/testkit/test-route';
import { describe, expect, it } from 'vitest';
import { podFixture } from '../../pod-fixture.ts';
import { ClaimWire } from './claim-wire.ts';

/** A realtime temporary link lives 60 s. A pod remembers a move for a call's timeout longer. */
const REMEMBERED_MS = 61_000;
const config = { profile: 'realtime' } as const;

/** Two pods, of which the first has handed ada over to the second. */
async function handedOver() {
  const fixture = podFixture();
  const { clock, executors, pod } = fixture;
  const wire = new ClaimWire(clock);
  const a = pod(0, { config, drain: { onHandOff: () => {} } }, wire.around);
  const b = pod(1, { config });
  await a.start();
  await b.start();
  await a.server.claim('ada');
  const handOff = async (): Promise<void> => {
    const handingOff = a.server.handOff(['ada'], { deadlineMs: 5_000 });
    await clock.advance(5_000);
    await handingOff;
  };
  const stop = (): Promise<unknown> =>
    Promise.all([a, b].map((route) => route.stop({ signal: AbortSignal.abort() })));
  return { clock, executors, wire, a, b, handOff, stop };
}

const moving = { claimed: false, podId: 1, why: 'moving' };

describe('a user whom a pod has handed over', () => {
  it('is not won back by a claim while the link names the next pod', async () => {
    const { a, b, clock, handOff, stop } = await handedOver();
    await handOff();
    expect(await a.server.claim('ada')).toEqual(moving);
    await expect(a.server.claimScope('ada', async () => 0)).rejects.toMatchObject({ podId: 1 });
    expect(await a.server.trySetLinkedPod('game', 'ada', 'room', 0)).toMatchObject({
      linked: false,
      podId: 1,
    });
    await clock.advance(30_000);
    expect(await a.server.claim('ada')).toEqual(moving);
    expect(await b.server.claim('ada')).toMatchObject({ claimed: true });
    expect(await a.server.claim('ada')).toMatchObject({ claimed: false, podId: 1, why: 'held' });
    await stop();
  });

  it('is not claimed without a link either, as a caller with an old link asks', async () => {
    const { a, b, handOff, stop } = await handedOver();
    await handOff();
    await b.server.claim('ada');
    await b.server.release('ada');
    expect(await a.server.claim('ada')).toEqual({ claimed: false, why: 'moving' });
    await stop();
  });

  it('is claimed again once the link names the pod, and from then on as any other', async () => {
    const { a, b, executors, handOff, stop } = await handedOver();
    await handOff();
    await b.server.refuse('ada');
    await executors.stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 0, 60);
    expect(await a.server.claim('ada')).toMatchObject({ claimed: true });
    await a.server.release('ada');
    expect(await a.server.claim('ada')).toMatchObject({ claimed: true });
    await stop();
  });

  it('may be claimed when the link is over', async () => {
    const { a, clock, handOff, stop } = await handedOver();
    await handOff();
    await clock.advance(REMEMBERED_MS);
    expect(await a.server.claim('ada')).toMatchObject({ claimed: true });
    await stop();
  });

  it('is not won back by the pod that was started again', async () => {
    const { a, handOff, stop } = await handedOver();
    await handOff();
    await a.stop();
    await a.start();
    expect(await a.server.claim('ada')).toEqual(moving);
    await stop();
  });

  it('may be claimed by force', async () => {
    const { a, handOff, stop } = await handedOver();
    await handOff();
    await a.server.setLinkedPod('game', 'ada', 'room', 0);
    expect(a.server.holds('ada')).toBe(true);
    await stop();
  });

  for (const fate of ['lost', 'held', 'late'] as const) {
    it(`stays away, though the reply to the move is ${fate} and the pod was fenced meanwhile`, async () => {
      const { a, b, clock, wire, handOff, stop } = await handedOver();
      wire.next(fate);
      wire.beats = false;
      await handOff();
      await clock.advance(15_000);
      expect(a.server.isFenced()).toBe(true);
      wire.beats = true;
      wire.release();
      await clock.advance(5_000);
      expect(a.server.isFenced()).toBe(false);
      expect(await a.server.claim('ada')).toEqual(moving);
      expect(await b.server.claim('ada')).toMatchObject({ claimed: true });
      await stop();
    });
  }

  it('is found at the next pod by a caller that remembers the old link', async () => {
    await using route = await createTestRoute({ pods: 2 });
    const rooms = route.gateway.service('room');
    await route.pods[0]!.server.claim('ada');
    expect(await rooms.locate('ada')).toMatchObject({ podId: 0 });
    route.onHandOff(0, () => {});
    const handingOff = route.pods[0]!.server.handOff(['ada'], { to: 1 });
    await route.advance(100);
    expect(await handingOff).toEqual({ left: 0, unsaved: [] });
    const asked: number[] = [];
    const served = rooms.call('ada', async ({ podId }) => {
      asked.push(podId);
      return (await route.pods[podId]!.server.claim('ada')).claimed ? podId : NOT_MINE;
    });
    await route.advance(100);
    expect(await served).toBe(1);
    expect(asked).toEqual([0, 1]);
  });
});
