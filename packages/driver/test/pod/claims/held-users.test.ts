import { routeError } from '@stateful-route/core';
import type { PortMethod } from '@stateful-route/core/adapter';
import { describe, expect, it } from 'vitest';
import { deferred, type PodFixture, podFixture } from '../../pod-fixture.ts';
import { ClaimWire } from './claim-wire.ts';

const config = { profile: 'realtime' } as const;
type Pod = ReturnType<PodFixture['pod']>;

/** Two pods that have started; the first one's calls are recorded. */
async function twoPods(): Promise<PodFixture & { a: Pod; b: Pod; calls: PortMethod[]; wire: ClaimWire }> {
  const fixture = podFixture();
  const calls: PortMethod[] = [];
  const wire = new ClaimWire(fixture.clock);
  const a = fixture.pod(0, { config }, (call) => {
    calls.push(call.method);
    return wire.around(call);
  });
  const b = fixture.pod(1, { config });
  await a.start();
  await b.start();
  return { ...fixture, a, b, calls, wire };
}

describe('a held user', () => {
  it('is claimed again without a call, by claims and by scopes', async () => {
    const { a, calls } = await twoPods();
    const first = await a.server.claim('ada');
    calls.length = 0;
    expect(await Promise.all([a.server.claim('ada'), a.server.claim('ada')])).toEqual([first, first]);
    await a.server.claimScope('ada', async () => {});
    expect(calls).toEqual([]);
    expect(a.server.holds('ada')).toBe(true);
  });

  it('stays while the pod stops, though claims of the user are under way', async () => {
    const { a, b, clock, executors } = await twoPods();
    const users = Array.from({ length: 20 }, (_, at) => `user-${at}`);
    await Promise.all(users.map((uid) => a.server.claim(uid)));
    const claims = users.slice(0, 10).map((uid) => a.server.claim(uid));
    const stopping = a.stop();
    await clock.advance(1_000);
    for (const uid of users) {
      expect([uid, await executors.stateful.getLinkedPodIfPersist('game', uid, 'room')]).toEqual([uid, 0]);
      expect(await b.server.claim(uid)).toMatchObject({ claimed: false, podId: 0 });
    }
    await Promise.allSettled(claims);
    await clock.advance(30_000);
    expect(await stopping).toEqual({ left: 20, unsaved: [] });
    await b.stop();
  });

  it('ends the scopes before the move is sent, and the move waits for them', async () => {
    const { a, b, clock, wire } = await twoPods();
    await a.server.claim('ada');
    const ending = deferred();
    const aborted: boolean[] = [];
    const scope = a.server.claimScope('ada', async ({ signal }) => {
      signal.addEventListener('abort', () => aborted.push(a.server.holds('ada')));
      await ending.promise;
    });
    const saved: string[] = [];
    const handing = a.server.handOff(['ada'], { onHandOff: ({ uid }) => void saved.push(uid) });
    await clock.advance(1_000);
    expect([aborted, saved, wire.sent.includes('replaceLinkedPod')]).toEqual([[false], [], false]);
    ending.resolve();
    await scope;
    await clock.advance(0);
    expect(await handing).toEqual({ left: 0, unsaved: [] });
    expect([saved, a.server.holds('ada')]).toEqual([['ada'], false]);
    expect(await b.server.claim('ada')).toMatchObject({ claimed: true });
  });

  it('is moved without scopes that do not end in time', async () => {
    const { a, clock, executors } = await twoPods();
    await a.server.claim('ada');
    void a.server.claimScope('ada', () => new Promise<void>(() => {}));
    const handing = a.server.handOff(['ada'], { onHandOff: () => {}, userTimeoutMs: 500 });
    await clock.advance(500);
    expect(await handing).toEqual({ left: 0, unsaved: [] });
    expect(await executors.stateful.getLinkedPod('game', 'ada', 'room')).toBe(1);
  });

  it.each(['held', 'lost', 'late'] as const)(
    'belongs to the scope that begins as another one ends, whose release’s reply is %s',
    async (fate) => {
      const { a, b, clock, wire } = await twoPods();
      await a.server.claimScope('ada', async () => {
        wire.next(fate);
      });
      let inside: boolean[] = [];
      const second = a.server.claimScope('ada', async ({ signal }) => {
        inside = [a.server.holds('ada'), signal.aborted, b.server.holds('ada')];
        return 'served';
      });
      await clock.advance(500);
      wire.release();
      await clock.advance(20_000);
      expect(await second).toBe('served');
      expect(inside).toEqual([true, false, false]);
    },
  );

  it('is left alone by scopes that overlap in any number', async () => {
    const { a, clock } = await twoPods();
    const wrong: string[] = [];
    const scopes = Array.from({ length: 200 }, (_, at) =>
      a.server.claimScope('ada', async ({ signal }) => {
        if (!a.server.holds('ada') && !signal.aborted)
          wrong.push(`scope ${at} began while the user was not held`);
        await new Promise<void>((resolve) => {
          clock.setTimeout(resolve, at % 7);
        });
        if (!a.server.holds('ada') || signal.aborted) wrong.push(`scope ${at} lost the user`);
      }),
    );
    await clock.advance(100);
    expect((await Promise.allSettled(scopes)).filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(wrong).toEqual([]);
    await clock.advance(100);
    expect(a.server.holds('ada')).toBe(false);
  });

  it('stays claimed when a scope of the user ends', async () => {
    const { a } = await twoPods();
    await a.server.claimScope('ada', () => a.server.claim('ada'));
    expect(a.server.holds('ada')).toBe(true);
  });

  it('is given up by a release with its scopes, whose ends release nothing afterwards', async () => {
    const { a, clock } = await twoPods();
    const ending = deferred();
    const scope = a.server.claimScope('ada', async ({ signal }) => {
      await ending.promise;
      return signal.aborted;
    });
    await clock.advance(0);
    const releasing = a.server.release('ada');
    const again = a.server.claim('ada');
    await clock.advance(0);
    ending.resolve();
    expect([await scope, await releasing, await again]).toEqual([
      true,
      true,
      expect.objectContaining({ claimed: true }),
    ]);
    expect(a.server.holds('ada')).toBe(true);
  });

  it('gets the result of a scope whose release fails for now', async () => {
    let down = false;
    const { clock, executors, pod } = podFixture();
    const route = pod(0, { config }, ({ method, options, run }) =>
      down && method === 'removeLinkedPodWithId'
        ? Promise.reject(routeError('STORE_ERROR', 'Not now.', { operation: method }))
        : run(options),
    );
    await route.start();
    down = true;
    expect(await route.server.claimScope('ada', async () => 'result')).toBe('result');
    await clock.advance(1_000);
    down = false;
    await clock.advance(1_000);
    expect(await executors.stateful.getLinkedPod('game', 'ada', 'room')).toBeUndefined();
    expect(await route.stop()).toEqual({ left: 0, unsaved: [] });
  });

  it('is not refused: only a temporary link is turned away, also beside a claim', async () => {
    const { a, executors } = await twoPods();
    const [claim] = await Promise.all([a.server.claim('ada'), a.server.refuse('ada')]);
    expect(claim.claimed).toBe(true);
    expect(await a.server.refuse('ada')).toBe(false);
    expect(await executors.stateful.getLinkedPodIfPersist('game', 'ada', 'room')).toBe(0);
  });

  it('is lost and reported at once when another process removes the claim, and does not come back', async () => {
    const { a, clock, executors } = await twoPods();
    const lost: string[] = [];
    a.server.on('claimsLost', ({ uids }) => lost.push(...uids));
    await a.server.claim('ada');
    expect(await executors.stateful.removeLinkedPod('game', 'ada', 'room')).toBe(true);
    await clock.advance(0);
    expect([lost, a.server.holds('ada')]).toEqual([['ada'], false]);
    await clock.advance(40_000);
    expect(await executors.stateful.getLinkedPod('game', 'ada', 'room')).toBeUndefined();
  });
});
