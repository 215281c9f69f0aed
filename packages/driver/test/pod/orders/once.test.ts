import { routeError } from '@stateful-route/core';
import type { AroundCall, HeartbeatAck } from '@stateful-route/core/adapter';
import { describe, expect, it } from 'vitest';
import { deferred } from '../../pod-fixture.ts';
import { orderFixture } from './order-fixture.ts';

const stopNow = { signal: AbortSignal.abort() };

function timeout(operation: string): Error {
  return routeError('TIMEOUT', 'No reply.', { operation, timeoutMs: 1, effect: 'unknown' });
}

/** A call of these methods fails once each. `acts`: its reply is lost, but it takes effect. */
function failingOnce(methods: readonly string[], acts: boolean): AroundCall {
  const left = new Set(methods);
  return async ({ method, options, run }) => {
    if (!left.delete(method)) return run(options);
    if (acts) await run(options);
    throw timeout(method);
  };
}

describe('an order is carried out once', () => {
  it.each([
    ['takeOrder', true],
    ['takeOrder', false],
    ['orderDone', true],
    ['orderDone', false],
    ['getServiceState', false],
  ])('although %s fails (it takes effect: %s)', async (method, acts) => {
    const { pod, give, ends, clock } = orderFixture();
    let saves = 0;
    const drain = { onHandOff: (): void => void (saves += 1) };
    let broken: AroundCall = ({ options, run }) => run(options);
    const [a, b] = [pod(0, { drain }, (call) => broken(call)), pod(1)];
    await a.start();
    await b.start();
    for (const uid of ['ada', 'bob', 'eve']) await a.server.claim(uid);
    broken = failingOnce([method], acts);
    const id = await give(0, { users: 1, to: 1 });
    await clock.advance(60_000);
    expect(await ends()).toEqual({ [id]: { outcome: 'done', moved: 1 } });
    expect([saves, a.server.held().size]).toEqual([1, 2]);
    for (const route of [a, b]) await route.stop(stopNow);
  });

  it('although replies to heartbeats have it while it is done, and after the store has forgotten its end', async () => {
    const { pod, give, ends, clock } = orderFixture();
    const saving = deferred();
    let saves = 0;
    const onHandOff = async (): Promise<void> => {
      saves += 1;
      await saving.promise;
    };
    let old: HeartbeatAck['orders'] = [];
    const a = pod(0, { drain: { onHandOff } }, async ({ method, options, run }) => {
      const reply = await run(options);
      return method === 'setServiceState'
        ? { ...(reply as HeartbeatAck), orders: [...(reply as HeartbeatAck).orders, ...old] }
        : reply;
    });
    const b = pod(1);
    await a.start();
    await b.start();
    for (const uid of ['ada', 'bob', 'eve']) await a.server.claim(uid);
    const id = await give(0, { users: 1 });
    for (let beat = 0; beat < 3; beat++) await a.server.setMetadata({ beat: `${beat}` });
    saving.resolve();
    await clock.advance(0);
    expect(await ends()).toEqual({ [id]: { outcome: 'done', moved: 1 } });
    old = [{ id, kind: 'shed', users: 1, until: clock.now() + 60_000, by: 'carol' }];
    await clock.advance(30_000);
    expect([saves, a.server.held().size]).toEqual([1, 2]);
    for (const route of [a, b]) await route.stop(stopNow);
  });

  it('and is interrupted if its process ended in the middle: the next one does not begin it again', async () => {
    const { pod, give, ends, clock } = orderFixture();
    const lost = deferred<never>();
    let isGone = false;
    const saves: string[] = [];
    const dying = pod(0, { drain: { onHandOff: () => lost.promise } }, ({ options, run }) =>
      isGone ? lost.promise : run(options),
    );
    const b = pod(1);
    await b.start();
    await dying.start();
    await dying.server.claim('ada');
    const id = await give(0, { uid: 'ada' });
    expect(await ends()).toEqual({});
    isGone = true;
    await clock.advance(1);
    const next = pod(0, { drain: { onHandOff: ({ uid }) => void saves.push(uid) } });
    await next.start();
    await next.server.claim('ada');
    await clock.advance(60_000);
    expect(await ends()).toEqual({ [id]: { outcome: 'interrupted', moved: 0 } });
    expect([saves, next.server.holds('ada')]).toEqual([[], true]);
    await Promise.all([next.stop(), b.stop()]);
  });

  it('by the pod that stops: what its drain does counts, and the end is written before the last heartbeat', async () => {
    const calls: string[] = [];
    const { pod, give, ends, clock } = orderFixture();
    const drain = { ratePerSecond: 1, onHandOff: (): void => {} };
    const a = pod(0, { drain }, async ({ method, options, run }) => {
      // The store is slow, and the pod must not end before it has answered.
      if (method === 'orderDone' || method === 'writeJournal') {
        await new Promise<void>((resolve) => {
          clock.setTimeout(resolve, 1_000);
        });
      }
      const reply = await run(options);
      calls.push(method);
      return reply;
    });
    const b = pod(1);
    await a.start();
    await b.start();
    for (const uid of ['ada', 'bob', 'eve']) await a.server.claim(uid);
    const id = await give(0, { users: 3 });
    const stopping = a.stop();
    const later = await give(0, { users: 1 });
    await clock.advance(5_000);
    expect(await stopping).toEqual({ left: 0, unsaved: [] });
    expect(await ends()).toEqual({ [id]: { outcome: 'done', moved: 3 } });
    expect(calls.slice(-3).toSorted()).toEqual(['orderDone', 'setServiceState', 'writeJournal']);
    expect(calls.at(-1)).toBe('setServiceState');
    // One that came too late is the next run's.
    await a.start();
    await clock.advance(1_000);
    expect((await ends())[later]).toEqual({ outcome: 'not-held', moved: 0 });
    for (const route of [a, b]) await route.stop(stopNow);
  });

  it('a stop that has no time says who is left', async () => {
    const { pod, give, ends } = orderFixture();
    const drain = { ratePerSecond: 1, onHandOff: (): void => {} };
    const [a, b] = [pod(0, { drain }), pod(1)];
    await a.start();
    await b.start();
    for (const uid of ['ada', 'bob', 'eve']) await a.server.claim(uid);
    const id = await give(0, { users: 3 });
    await a.stop(stopNow);
    expect(await ends()).toEqual({ [id]: { outcome: 'left', moved: 1, left: 2 } });
    await b.stop();
  });

  it('by the end of a route that is started again, where the store failed at its stop', async () => {
    const { pod, give, ends, clock } = orderFixture();
    let isAway = false;
    const drain = { ratePerSecond: 1, onHandOff: (): void => {} };
    const a = pod(0, { drain }, ({ method, options, run }) =>
      isAway && method === 'orderDone' ? Promise.reject(timeout(method)) : run(options),
    );
    const b = pod(1);
    await a.start();
    await b.start();
    for (const uid of ['ada', 'bob']) await a.server.claim(uid);
    const id = await give(0, { users: 2 });
    isAway = true;
    await a.stop(stopNow);
    expect(await ends()).toEqual({});
    isAway = false;
    await a.start();
    await clock.advance(0);
    expect(await ends()).toEqual({ [id]: { outcome: 'left', moved: 1, left: 1 } });
    for (const route of [a, b]) await route.stop(stopNow);
  });
});

describe('an order of a fenced pod', () => {
  it('begins when the pod is back, and goes on if it was fenced in the middle', async () => {
    const { executors, pod, give, ends, clock } = orderFixture();
    let isAway = false;
    const lost = ['setServiceState', 'replaceLinkedPod', 'getServiceState'] as readonly string[];
    const around: AroundCall = ({ method, options, run }) =>
      isAway && lost.includes(method) ? Promise.reject(timeout(method)) : run(options);
    const drain = { ratePerSecond: 0.01, onHandOff: (): void => {} };
    const [a, b] = [pod(0, { drain }, around), pod(1)];
    await a.start();
    await b.start();
    for (const uid of ['ada', 'bob']) await a.server.claim(uid);
    const begun = await give(0, { users: 2, ms: 3_600_000 });
    isAway = true;
    const waiting = await give(0, { uid: 'eve', ms: 3_600_000 });
    await clock.advance(300_000);
    expect([a.server.isFenced(), await ends()]).toEqual([true, {}]);
    isAway = false;
    await clock.advance(200_000);
    expect(a.server.isFenced()).toBe(false);
    expect(await ends()).toEqual({
      [begun]: { outcome: 'done', moved: 2 },
      [waiting]: { outcome: 'not-held', moved: 0 },
    });
    expect(await executors.stateful.getLinkedPodIfPersist('game', 'bob', 'room')).toBeUndefined();
    for (const route of [a, b]) await route.stop(stopNow);
  });
});

describe('orders beside each other', () => {
  it('move a user once; the other order finds the user moved, or not here', async () => {
    const { pod, give, ends, clock } = orderFixture();
    const saving = deferred();
    let saves = 0;
    const onHandOff = async (): Promise<void> => {
      saves += 1;
      await saving.promise;
    };
    const [a, b, c] = [pod(0, { drain: { onHandOff } }), pod(1), pod(2)];
    for (const route of [a, b, c]) await route.start();
    await a.server.claim('ada');
    const [first, second] = [await give(0, { uid: 'ada', to: 1 }), await give(0, { uid: 'ada', to: 2 })];
    saving.resolve();
    await clock.advance(0);
    const third = await give(0, { uid: 'ada', to: 2 });
    expect(await ends()).toEqual({
      [first]: { outcome: 'done', moved: 1 },
      // The user is not on the pod that it names.
      [second]: { outcome: 'not-held', moved: 0 },
      [third]: { outcome: 'not-held', moved: 0 },
    });
    expect(saves).toBe(1);
    for (const route of [a, b, c]) await route.stop(stopNow);
  });

  it.each(['before', 'after'] as const)('count more than a drain that began %s them', async (when) => {
    const { executors, pod, give, ends, clock, journal } = orderFixture();
    const onHandOff = (): Promise<void> =>
      new Promise((resolve) => {
        clock.setTimeout(resolve, 1_000);
      });
    const [a, b, c] = [pod(0, { drain: { concurrency: 1, onHandOff } }), pod(1), pod(2)];
    for (const route of [a, b, c]) await route.start();
    c.server.setLoadState(1_000);
    for (const uid of ['ada', 'bob', 'eve']) await a.server.claim(uid);
    // The turn of eve comes last.
    const earlier = when === 'before' ? a.server.drain() : undefined;
    await clock.advance(0);
    if (when === 'after') await give(0, { uid: 'ada', to: 1 });
    const id = await give(0, { uid: 'eve', to: 2 });
    const drained = earlier ?? a.server.drain();
    await clock.advance(5_000);
    expect(await drained).toEqual({ left: 0, unsaved: [] });
    expect((await ends())[id]).toEqual({ outcome: 'done', moved: 1 });
    const linkOf = (uid: string): Promise<unknown> => executors.stateful.getLink('game', uid, 'room');
    expect(await linkOf('eve')).toMatchObject({ podId: 2, reason: { why: 'moved', by: 'carol' } });
    expect(await linkOf('bob')).toMatchObject({ podId: 1, reason: { why: 'handed-over' } });
    expect(await journal('drain')).toMatchObject([{ podId: 0, cause: 'application', left: 0, unsaved: 0 }]);
    for (const route of [a, b, c]) await route.stop(stopNow);
  });

  it('are done in as many replies as they take', async () => {
    const { pod, give, ends, clock } = orderFixture();
    const b = pod(1);
    await b.start();
    const ids: string[] = [];
    for (let at = 0; at < 250; at++) ids.push(await give(0, { uid: `user-${at}` }));
    const a = pod(0);
    await a.start();
    await clock.advance(0);
    expect(Object.keys(await ends()).toSorted()).toEqual(ids.toSorted());
    await Promise.all([a.stop(), b.stop()]);
  });
});
