import { routeError } from '@stateful-route/core';
import { decorateExecutors, type PortCall } from '@stateful-route/core/adapter';
import { seededRandom } from '@stateful-route/core/testing';
import { describe, expect, it } from 'vitest';
import { type CallerFixture, callerFixture, LEASE_MS, PERIOD_MS } from '../caller-fixture.ts';
import { createStatefulRoute, type StatefulRoute } from '../../src/index.ts';

/** So long after the first placement every caller knows the number. */
const SETTLED_MS = PERIOD_MS / 8;

interface Counted {
  readonly route: StatefulRoute<undefined>;
  readonly announced: number[];
  readonly logged: string[];
  broken: boolean;
}

/** A started caller that counts, and when it announced itself. */
async function counted({ executors, clock }: CallerFixture, id: string): Promise<Counted> {
  const announced: number[] = [];
  const logged: string[] = [];
  const log = (_fields: object, message: string): void => {
    logged.push(message);
  };
  const around = (call: PortCall): Promise<unknown> => {
    if (call.method === 'announceCaller') {
      announced.push(clock.monotonic());
      if (caller.broken) throw routeError('STORE_ERROR', 'broken', { operation: call.method });
    }
    return call.run(call.options);
  };
  const route = createStatefulRoute({
    executors: decorateExecutors(executors, around),
    namespace: 'game',
    services: ['room'],
    clock,
    logger: { debug: log, info: log, warn: log, error: log },
    config: { profile: 'compat', maxRetryCount: 0 },
    overrides: { random: seededRandom(1), newIncarnation: () => id },
  });
  const caller: Counted = { route, announced, logged, broken: false };
  await route.start();
  return caller;
}

/** What one placement adds to the load that the caller sees: the number of callers, as a user adds 1. */
async function peersOf({ clock }: CallerFixture, { route }: Counted, uid: string): Promise<number> {
  // Later than the last heartbeats.
  await clock.advance(1);
  const { podId } = await route.service('room').locate(uid);
  const loads = (await route.routeInfo.explain('game', uid, 'room')).pods;
  const before = loads.find((pod) => pod.podId === podId)!;
  return before.load - before.publishedLoad;
}

/** Advances the clock while the pods go on sending heartbeats. */
async function pass({ clock, beat }: CallerFixture, ms: number, step = PERIOD_MS): Promise<void> {
  for (let left = ms; left > 0; left -= step) {
    await clock.advance(Math.min(left, step));
    for (const podId of [0, 1, 2]) await beat(podId);
  }
}

describe('callers that place users', () => {
  it('count themselves without configuration, all within a moment of the first placement', async () => {
    const fixture = await callerFixture();
    const callers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((id) => counted(fixture, id)));
    for (const [at, { route }] of callers.entries()) await route.service('room').locate(`first-${at}`);
    await pass(fixture, SETTLED_MS, SETTLED_MS / 8);
    for (const [at, caller] of callers.entries())
      expect(await peersOf(fixture, caller, `next-${at}`)).toBe(5);
    const { callers: known } = await fixture.executors.stateful.getServiceState('game', 'room');
    expect(known).toBe(5);
    for (const { route } of callers) await route.stop();
  });

  it('announce themselves less and less often, down to about once a period', async () => {
    const fixture = await callerFixture();
    const caller = await counted(fixture, 'a');
    for (let at = 0; at < 20; at++) {
      await caller.route.service('room').locate(`user-${at}`);
      await pass(fixture, PERIOD_MS, PERIOD_MS / 4);
    }
    const gaps = caller.announced.slice(1).map((at, index) => at - caller.announced[index]!);
    expect(gaps[0]).toBeLessThan(PERIOD_MS / 8);
    expect(gaps.slice(0, 5)).toEqual(gaps.slice(0, 5).toSorted((a, b) => a - b));
    for (const gap of gaps.slice(6)) {
      expect(gap).toBeGreaterThan(0.7 * PERIOD_MS);
      expect(gap).toBeLessThanOrEqual(PERIOD_MS);
    }
    await caller.route.stop();
  });

  it('are not counted before they place, and after they have rested', async () => {
    const fixture = await callerFixture();
    const [busy, idle] = [await counted(fixture, 'a'), await counted(fixture, 'b')];
    await pass(fixture, 2 * PERIOD_MS);
    expect([busy.announced, idle.announced]).toEqual([[], []]);
    await idle.route.service('room').locate('once');
    for (let at = 0; at < 10; at++) {
      await busy.route.service('room').locate(`user-${at}`);
      await pass(fixture, PERIOD_MS, PERIOD_MS / 2);
    }
    const rested = idle.announced.length;
    await pass(fixture, 3 * PERIOD_MS);
    expect(idle.announced.length).toBe(rested);
    expect(await peersOf(fixture, busy, 'last')).toBe(1);
    // It is counted again as soon as it places again.
    await idle.route.service('room').locate('again');
    await pass(fixture, SETTLED_MS, SETTLED_MS / 8);
    expect(idle.announced.length).toBeGreaterThan(rested);
    for (const { route } of [busy, idle]) await route.stop();
  });

  it('stop announcing themselves when the route stops', async () => {
    const fixture = await callerFixture();
    const caller = await counted(fixture, 'a');
    await caller.route.service('room').locate('ada');
    await pass(fixture, SETTLED_MS);
    await caller.route.stop();
    const announced = caller.announced.length;
    expect(announced).toBeGreaterThan(0);
    await pass(fixture, 2 * LEASE_MS);
    expect(caller.announced.length).toBe(announced);
  });

  it('keep the last count while the store fails, and say so once a minute', async () => {
    const fixture = await callerFixture();
    const [a, b] = [await counted(fixture, 'a'), await counted(fixture, 'b')];
    for (const { route } of [a, b]) await route.service('room').locate('first');
    await a.route.service('room').locate('second');
    await b.route.service('room').locate('third');
    await pass(fixture, SETTLED_MS, SETTLED_MS / 8);
    a.broken = true;
    for (let at = 0; at < 4; at++) {
      await a.route.service('room').locate(`user-${at}`);
      await pass(fixture, PERIOD_MS, PERIOD_MS / 2);
    }
    expect(await peersOf(fixture, a, 'last')).toBe(2);
    const told = a.logged.filter((line) => line.includes('cannot be counted'));
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThanOrEqual(4);
    a.broken = false;
    await pass(fixture, 2 * PERIOD_MS);
    expect(a.logged.some((line) => line.includes('counted again'))).toBe(true);
    for (const { route } of [a, b]) await route.stop();
  });

  it('announce nothing where the configuration says how many they are', async () => {
    const fixture = await callerFixture();
    const caller = fixture.caller({ config: { routingPeers: 3 } });
    await caller.route.start();
    await caller.rooms.locate('ada');
    await pass(fixture, 3 * PERIOD_MS);
    expect(caller.calls()).not.toContain('announceCaller');
    await caller.route.stop();
  });
});
