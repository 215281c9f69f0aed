import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { isRouteError, PERSIST_FOREVER } from '@stateful-route/core';
import type { PodFeedEvent } from '@stateful-route/core/adapter';
import { seededRandom } from '@stateful-route/core/testing';
import { describe, expect, it } from 'vitest';
import { ProcessClock } from '../src/time/process-clock.ts';
import { WorldTime } from '../src/time/world-time.ts';
import type { StoredCall, WirePlan } from '../src/wire/wire-plan.ts';
import { Wire } from '../src/wire/wire.ts';

function wired(plan: Partial<WirePlan> = {}) {
  const time = new WorldTime();
  const clock = new ProcessClock(time);
  const storeClock = new ProcessClock(time);
  const store = createMemoryExecutors({ clock: storeClock });
  const stored: StoredCall[] = [];
  const wire = new Wire({
    name: 'pod-0',
    time,
    clock,
    store,
    storeClock,
    random: seededRandom(3),
    plan: { minMs: 10, maxMs: 10, offline: 'fail', timeoutMs: 100, ...plan },
    onStored: (call) => stored.push(call),
  });
  const { stateful } = wire.executors;
  const claim = (options: object = {}) =>
    stateful.trySetLinkedPod('game', 'ada', 'room', 0, PERSIST_FOREVER, options);
  const link = () => store.stateful.getLink('game', 'ada', 'room');
  return { time, clock, store, wire, stateful, stored, claim, link };
}

/** The state of a promise. */
function outcomeOf(promise: Promise<unknown>): { value?: unknown; error?: unknown } {
  const outcome: { value?: unknown; error?: unknown } = {};
  promise.then(
    (value) => (outcome.value = value),
    (error: unknown) => (outcome.error = error),
  );
  return outcome;
}

describe('a wire', () => {
  it('delays calls and replies', async () => {
    const { time, claim, link, stored } = wired();
    const outcome = outcomeOf(claim());
    await time.runUntil(9);
    expect((await link()).permanent).toBe(false);
    await time.runUntil(10);
    expect((await link()).permanent).toBe(true);
    expect(outcome).toEqual({});
    await time.runUntil(20);
    expect(outcome.value).toMatchObject({ linked: true, podId: 0 });
    expect(stored).toMatchObject([{ process: 'pod-0', method: 'trySetLinkedPod' }]);
  });

  it('loses a call before its effect, or its reply: the caller waits until its deadline', async () => {
    for (const when of ['before', 'after'] as const) {
      const { time, wire, claim, link } = wired();
      wire.lose({ when, method: 'trySetLinkedPod' });
      const outcome = outcomeOf(claim());
      await time.runUntil(99);
      expect(outcome).toEqual({});
      await time.runUntil(150);
      expect(isRouteError(outcome.error, 'TIMEOUT') && outcome.error.effect).toBe('unknown');
      expect((await link()).permanent).toBe(when === 'after');
    }
  });

  it('loses only calls of the given method', async () => {
    const { time, wire, claim } = wired();
    wire.lose({ when: 'before', method: 'replaceLinkedPod' });
    const outcome = outcomeOf(claim());
    await time.runUntil(50);
    expect(outcome.value).toMatchObject({ linked: true });
  });

  it('loses all calls of a method for a while', async () => {
    const { time, wire, claim } = wired();
    wire.lose({ when: 'before', method: 'trySetLinkedPod', ms: 200 });
    expect(wire.troubledUntil).toBe(200);
    const lost = [outcomeOf(claim()), outcomeOf(claim())];
    await time.runUntil(150);
    for (const { error } of lost) expect(isRouteError(error, 'TIMEOUT')).toBe(true);
    await time.runUntil(200);
    const outcome = outcomeOf(claim());
    await time.runUntil(250);
    expect(outcome.value).toMatchObject({ linked: true });
  });

  it('drops a write after its deadline, and the reply of a late read', async () => {
    const { time, wire, claim, link, stored } = wired();
    wire.hold(500);
    const outcome = outcomeOf(claim());
    await time.runUntil(1_000);
    expect(isRouteError(outcome.error, 'TIMEOUT')).toBe(true);
    expect((await link()).permanent).toBe(false);
    expect(stored).toEqual([]);
  });

  it('carries out a held write that arrives in time', async () => {
    const { time, wire, claim } = wired();
    wire.hold(50);
    const outcome = outcomeOf(claim());
    await time.runUntil(70);
    expect(outcome.value).toMatchObject({ linked: true });
  });

  it('keeps the order of calls about one user', async () => {
    const { time, stateful, stored } = wired({ minMs: 1, maxMs: 90, timeoutMs: 1_000 });
    const calls = Array.from({ length: 20 }, (_, at) =>
      stateful.trySetLinkedPod('game', 'ada', 'room', at, 60).then(() => at),
    );
    await time.runUntil(2_000);
    expect(await Promise.all(calls)).toHaveLength(20);
    expect(stored.map(({ args }) => args[3])).toEqual(Array.from({ length: 20 }, (_, at) => at));
  });

  it('lets calls about different users overtake each other', async () => {
    const { time, stateful, stored } = wired({ minMs: 1, maxMs: 90, timeoutMs: 1_000 });
    const uids = Array.from({ length: 20 }, (_, at) => `user-${at}`);
    const calls = uids.map((uid) => stateful.getLink('game', uid, 'room'));
    await time.runUntil(2_000);
    await Promise.all(calls);
    const seen = stored.map(({ args }) => args[1]);
    expect(new Set(seen)).toEqual(new Set(uids));
    expect(seen).not.toEqual(uids);
  });

  it('fails calls in flight when the connection is cut, and new calls at once', async () => {
    const { time, wire, claim, stateful } = wired();
    const underWay = outcomeOf(claim());
    await time.runUntil(5);
    wire.cut(200);
    const asked = outcomeOf(stateful.getLink('game', 'bob', 'room'));
    await time.runUntil(7);
    expect(isRouteError(underWay.error, 'STORE_ERROR')).toBe(true);
    expect(isRouteError(asked.error, 'STORE_ERROR')).toBe(true);
  });

  it('sends waiting calls when the connection is back', async () => {
    const { time, wire, stateful } = wired({ offline: 'wait' });
    wire.cut(50);
    const outcome = outcomeOf(stateful.getLink('game', 'bob', 'room'));
    await time.runUntil(49);
    expect(outcome).toEqual({});
    await time.runUntil(80);
    expect(outcome.value).toMatchObject({ permanent: false });
  });

  it('counts epochs, and refuses a call of an earlier one before it is sent', async () => {
    const { time, wire, stateful, claim, stored } = wired();
    const first = outcomeOf(stateful.getServiceState('game', 'room'));
    await time.runUntil(30);
    expect(first.value).toMatchObject({ epoch: 1 });
    wire.cut(10);
    await time.runUntil(60);
    const refused = outcomeOf(claim({ epoch: 1 }));
    await time.runUntil(61);
    expect(isRouteError(refused.error, 'STORE_ERROR') && refused.error.epoch).toBe(2);
    const second = outcomeOf(claim({ epoch: 2 }));
    await time.runUntil(100);
    expect(second.value).toMatchObject({ linked: true });
    expect(stored.map(({ method }) => method)).toEqual(['getServiceState', 'trySetLinkedPod']);
  });

  it('rejects an aborted call at once, with the reason', async () => {
    const { time, claim } = wired();
    const abort = new AbortController();
    const outcome = outcomeOf(claim({ signal: abort.signal }));
    await time.runUntil(3);
    const reason = new Error('enough');
    abort.abort(reason);
    await time.runUntil(3);
    expect(outcome.error).toBe(reason);
  });

  it('handles a reply that arrived during a pause before the deadline that passed in it', async () => {
    const { time, clock, claim } = wired();
    const outcome = outcomeOf(claim());
    await time.runUntil(1);
    clock.pause(400);
    await time.runUntil(500);
    expect(outcome.value).toMatchObject({ linked: true });
  });

  it('delays pushes, and sends `missed` after a cut', async () => {
    const { time, wire, store } = wired();
    const seen: PodFeedEvent[] = [];
    await Promise.all([
      wire.executors.feed.subscribePod('game', 'room', 0, (event) => seen.push(event)),
      time.runUntil(30),
    ]);
    const end = async (): Promise<void> => {
      await store.stateful.setLinkedPod('game', 'ada', 'room', 0, PERSIST_FOREVER);
      await store.stateful.removeLinkedPod('game', 'ada', 'room');
    };
    await end();
    await time.runUntil(39);
    expect(seen).toEqual([]);
    await time.runUntil(45);
    expect(seen).toMatchObject([{ type: 'claimEnded', uid: 'ada' }]);
    wire.cut(20);
    await end();
    await time.runUntil(100);
    expect(seen.slice(1)).toEqual([{ type: 'missed' }]);
  });
});
