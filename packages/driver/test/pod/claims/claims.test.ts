import { PERSIST_FOREVER, routeError } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { deferred, podFixture } from '../../pod-fixture.ts';

async function twoPods(): Promise<ReturnType<typeof podFixture> & { a: Pod; b: Pod }> {
  const fixture = podFixture();
  const [a, b] = [fixture.pod(0), fixture.pod(1)];
  await a.start();
  await b.start();
  return { ...fixture, a, b };
}
type Pod = ReturnType<ReturnType<typeof podFixture>['pod']>;

describe('claims', () => {
  it('give a user to one pod of many that ask at once', async () => {
    const { a, b } = await twoPods();
    const results = await Promise.all([a.server.claim('ada'), b.server.claim('ada')]);
    expect(results.filter(({ claimed }) => claimed)).toHaveLength(1);
    expect([a.server.holds('ada'), b.server.holds('ada')].filter(Boolean)).toHaveLength(1);
    const winner = a.server.holds('ada') ? 0 : 1;
    expect(results[1 - winner]).toEqual({ claimed: false, podId: winner, why: 'held' });
  });

  it('keep their token when made again, and get a greater one after a release', async () => {
    const { a } = await twoPods();
    const first = await a.server.claim('ada');
    expect(await a.server.claim('ada')).toEqual(first);
    expect(await a.server.release('ada')).toBe(true);
    const second = await a.server.claim('ada');
    expect(first.claimed && second.claimed && second.token > first.token).toBe(true);
  });

  it('go from owner to owner and back, with growing tokens', async () => {
    const { a, b } = await twoPods();
    const tokens: number[] = [];
    for (const pod of [a, b, a, b]) {
      const claim = await pod.server.claim('ada');
      if (!claim.claimed) throw new Error('not claimed');
      tokens.push(claim.token);
      await pod.server.release('ada');
    }
    expect(tokens).toEqual([...new Set(tokens)].toSorted((x, y) => x - y));
  });

  it('take a token above what the storage has seen', async () => {
    const { a } = await twoPods();
    const minToken = 9_000_000_000_000_000;
    expect(await a.server.claim('ada', { minToken })).toEqual({ claimed: true, token: minToken });
  });

  it('are not served while they are given up, which goes on until the store has answered', async () => {
    let failures = 3;
    const served: boolean[] = [];
    const { clock, pod, executors } = podFixture();
    const route: Pod = pod(0, {}, async ({ method, options, run }) => {
      if (method !== 'removeLinkedPodWithId') return run(options);
      served.push(route.server.holds('ada'));
      if (failures-- > 0) throw routeError('STORE_ERROR', 'Not now.', { operation: method });
      return run(options);
    });
    await route.start();
    await route.server.claim('ada');
    const releasing = route.server.release('ada');
    await clock.advance(10_000);
    expect(await releasing).toBe(true);
    expect([served, route.server.holds('ada')]).toEqual([[false, false, false, false], false]);
    expect(await executors.stateful.getLinkedPod('game', 'ada', 'room')).toBeUndefined();
  });

  it('are given up by a release whose caller has gone, too', async () => {
    let down = true;
    const { clock, pod, executors } = podFixture();
    const route = pod(0, {}, async ({ method, options, run }) => {
      if (method === 'removeLinkedPodWithId' && down) {
        throw routeError('STORE_ERROR', 'Not now.', { operation: method });
      }
      return run(options);
    });
    await route.start();
    await route.server.claim('ada');
    const releasing = route.server.release('ada', { timeoutMs: 100 }).catch((error: unknown) => error);
    await clock.advance(5_000);
    expect(await releasing).toMatchObject({ code: 'STORE_ERROR' });
    down = false;
    await clock.advance(3_000);
    expect(await executors.stateful.getLinkedPod('game', 'ada', 'room')).toBeUndefined();
    expect(await route.stop()).toEqual({ left: 0, unsaved: [] });
  });

  it('wait for a release whose reply was lost, and are made again', async () => {
    let lose = true;
    const { clock, pod } = podFixture();
    const route = pod(0, {}, async ({ method, options, run }) => {
      const reply = await run(options);
      if (method !== 'removeLinkedPodWithId' || !lose) return reply;
      lose = false;
      throw routeError('TIMEOUT', 'No reply.', { operation: method, timeoutMs: 1, effect: 'unknown' });
    });
    await route.start();
    const first = await route.server.claim('ada');
    const releasing = route.server.release('ada');
    const again = route.server.claim('ada');
    await clock.advance(1_000);
    expect(await releasing).toBe(true);
    const second = await again;
    expect(first.claimed && second.claimed && second.token > first.token).toBe(true);
    expect(route.server.holds('ada')).toBe(true);
  });

  it('are known to be lost as soon as another one is forced', async () => {
    const { a, clock, executors } = await twoPods();
    const lost: unknown[] = [];
    a.server.on('claimsLost', (detail) => lost.push(detail));
    const claim = await a.server.claim('ada');
    await executors.stateful.setLinkedPod('game', 'ada', 'room', 1, PERSIST_FOREVER);
    await clock.advance(0);
    expect(a.server.holds('ada')).toBe(false);
    expect(lost).toEqual([{ uids: ['ada'], claims: [{ uid: 'ada', token: claim.claimed && claim.token }] }]);
    expect(await a.server.claim('ada')).toEqual({ claimed: false, podId: 1, why: 'held' });
  });

  it('release a user who then finds the way back for a while', async () => {
    const { a, clock, executors } = await twoPods();
    await a.server.claim('ada');
    expect(await a.server.release('ada', { keepSeconds: 10 })).toBe(true);
    expect(await executors.stateful.getLink('game', 'ada', 'room')).toMatchObject({
      podId: 0,
      permanent: false,
    });
    await clock.advance(10_001);
    expect(await executors.stateful.getLinkedPod('game', 'ada', 'room')).toBeUndefined();
  });

  it('release no user who is not held', async () => {
    const { a, b } = await twoPods();
    await a.server.claim('ada');
    expect(await b.server.release('ada')).toBe(false);
    expect(a.server.holds('ada')).toBe(true);
  });

  it('turn away a user who was only sent here', async () => {
    const { a, b, executors } = await twoPods();
    await executors.stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 0, 60);
    expect(await b.server.refuse('ada')).toBe(false);
    expect(await a.server.refuse('ada')).toBe(true);
    expect(await executors.stateful.getLinkedPod('game', 'ada', 'room')).toBeUndefined();
    await a.server.claim('bob');
    expect(await a.server.refuse('bob')).toBe(false);
    expect(a.server.holds('bob')).toBe(true);
  });

  it('are made in the local namespace only', async () => {
    const { a } = await twoPods();
    const calls = [
      a.server.setLinkedPod('other', 'ada', 'room', 0),
      a.server.trySetLinkedPod('other', 'ada', 'room', 0),
      a.server.removeLinkedPod('other', 'ada', 'room'),
      a.server.removeLinkedPodWithId('other', 'ada', 'room', 0),
    ];
    for (const call of calls) {
      await expect(call).rejects.toMatchObject({ code: 'NAMESPACE_NOT_LOCAL', localNamespace: 'game' });
    }
  });

  it('are kept in step by the positional methods', async () => {
    const { a } = await twoPods();
    expect(await a.server.trySetLinkedPod('game', 'ada', 'room', 0)).toMatchObject({
      linked: true,
      podId: 0,
    });
    expect(a.server.holds('ada')).toBe(true);
    expect(await a.server.removeLinkedPodWithId('game', 'ada', 'room', 1)).toBe(false);
    expect(a.server.holds('ada')).toBe(true);
    expect(await a.server.removeLinkedPod('game', 'ada', 'room')).toBe(true);
    expect(a.server.holds('ada')).toBe(false);
    expect(await a.server.setLinkedPod('game', 'bob', 'room', 1)).toBeUndefined();
    expect(await a.server.setLinkedPod('game', 'bob', 'room', 0)).toBe(1);
    expect(await a.server.trySetLinkedPod('game', 'cyd', 'hall', 0)).toMatchObject({ linked: true });
    expect(a.server.holds('cyd')).toBe(false);
  });

  it('that arrive after the pod stopped are given back', async () => {
    const gate = deferred();
    const claimed = deferred();
    const { clock, executors, pod } = podFixture();
    const route = pod(0, {}, async ({ method, options, run }) => {
      const reply = await run(options);
      if (method !== 'trySetLinkedPod') return reply;
      claimed.resolve();
      await gate.promise;
      return reply;
    });
    await route.start();
    const claiming = route.server.claim('ada').catch((error: unknown) => error);
    await claimed.promise;
    const stopping = route.stop();
    await clock.advance(25_000);
    expect(await stopping).toEqual({ left: 1, unsaved: [] });
    gate.resolve();
    expect(await claiming).toMatchObject({ code: 'TIMEOUT' });
    await clock.advance(0);
    expect(await executors.stateful.getLinkedPod('game', 'ada', 'room')).toBeUndefined();
  });
});

describe('claimScope', () => {
  it('does not release a claim that was requested while it ran, even if the reply came later', async () => {
    const { clock, pod } = podFixture();
    let lose = true;
    const route = pod(0, {}, async ({ method, options, run }) => {
      const reply = await run(options);
      const isRaise = method === 'trySetLinkedPod' && 'minToken' in (options ?? {}) && lose;
      if (!isRaise || !route.server.holds('ada')) return reply;
      lose = false;
      throw routeError('TIMEOUT', 'No reply.', { operation: method, timeoutMs: 1, effect: 'unknown' });
    });
    await route.start();
    let raising: ReturnType<typeof route.server.claim> | undefined;
    await route.server.claimScope('ada', async () => {
      route.server.claim('ada', { minToken: 2 ** 52, timeoutMs: 100 }).catch(() => {});
      raising = route.server.claim('ada', { minToken: 2 ** 52 + 1, timeoutMs: 20_000 });
    });
    await clock.advance(20_000);
    expect(await raising).toMatchObject({ claimed: true });
    expect(route.server.holds('ada')).toBe(true);
    await route.stop({ signal: AbortSignal.abort() });
  });

  it('holds the user while it runs, and releases on exit', async () => {
    const { a, executors } = await twoPods();
    const result = await a.server.claimScope('ada', async ({ signal, token }) => {
      expect(a.server.holds('ada')).toBe(true);
      expect(signal.aborted).toBe(false);
      expect((await executors.stateful.getLink('game', 'ada', 'room'))?.token).toBe(token);
      return 'done';
    });
    expect(result).toBe('done');
    expect(await executors.stateful.getLinkedPod('game', 'ada', 'room')).toBeUndefined();
  });

  it('releases when what it ran fails', async () => {
    const { a, executors } = await twoPods();
    const failing = a.server.claimScope('ada', () => Promise.reject(new Error('no game today')));
    await expect(failing).rejects.toThrow('no game today');
    expect(await executors.stateful.getLinkedPod('game', 'ada', 'room')).toBeUndefined();
  });

  it('is one claim for those that overlap', async () => {
    const { a } = await twoPods();
    const first = deferred();
    const outer = a.server.claimScope('ada', () => first.promise);
    await a.server.claimScope('ada', async () => {});
    expect(a.server.holds('ada')).toBe(true);
    first.resolve();
    await outer;
    expect(a.server.holds('ada')).toBe(false);
  });

  it('reports the loss by its signal', async () => {
    const { a, clock, executors } = await twoPods();
    await a.server.claimScope('ada', async ({ signal }) => {
      await executors.stateful.setLinkedPod('game', 'ada', 'room', 1, PERSIST_FOREVER);
      await clock.advance(0);
      expect(signal.aborted).toBe(true);
    });
    expect(await executors.stateful.getLinkedPod('game', 'ada', 'room')).toBe(1);
  });

  it('does not run for another pod’s user', async () => {
    const { a, b } = await twoPods();
    await a.server.claim('ada');
    const refused = b.server.claimScope('ada', () => Promise.reject(new Error('must not run')));
    await expect(refused).rejects.toMatchObject({ code: 'POD_NOT_AVAILABLE', podId: 0, uid: 'ada' });
  });
});
