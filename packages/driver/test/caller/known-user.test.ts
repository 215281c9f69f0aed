import type { Clock } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import type { ClientDriver } from '../../src/caller/client-driver.ts';
import { callerFixture, type CallerFixture, settled, type TestCaller } from '../caller-fixture.ts';

const CALLS = 2_000;

interface WatchedCaller extends TestCaller {
  /** The timers since the last lookup. */
  timers(): number;
  /** How often the monotonic clock was read since the last lookup. */
  readings(): number;
  /** Time passes, and no timer can run. */
  stall(ms: number): void;
}

/** A started caller whose use of the clock is counted. */
async function watched({ clock, startedCaller }: CallerFixture): Promise<WatchedCaller> {
  const count = { timers: 0, readings: 0 };
  let stalledMs = 0;
  const counting: Clock = {
    now: () => clock.now(),
    monotonic: () => {
      count.readings += 1;
      return clock.monotonic() + stalledMs;
    },
    setTimeout: (callback, ms) => {
      count.timers += 1;
      return clock.setTimeout(callback, ms);
    },
  };
  const caller = await startedCaller({ clock: counting });
  const taken = (what: keyof typeof count) => (): number => {
    const before = count[what];
    count[what] = 0;
    return before;
  };
  const stall = (ms: number): void => {
    stalledMs += ms;
  };
  return { ...caller, timers: taken('timers'), readings: taken('readings'), stall };
}

const asked: [string, (caller: TestCaller) => unknown][] = [
  ['locate', ({ rooms }) => rooms.locate('ada')],
  ['locate with a deadline', ({ rooms }) => rooms.locate('ada', { timeoutMs: 50 })],
  ['locate with a signal', ({ rooms }) => rooms.locate('ada', { signal: new AbortController().signal })],
  ['locateMany', ({ rooms }) => rooms.locateMany(['ada', 'ada'])],
  ['computeLinkedPod', ({ route }) => route.client.computeLinkedPod('game', 'ada', 'room')],
  ['getLinkedPod', ({ route }) => route.client.getLinkedPod('game', 'ada', 'room')],
  ['peek', ({ rooms }) => rooms.peek('ada')],
];

describe('a known user', () => {
  it.each(asked)('costs no store call, and no timer of its own: %s', async (_, ask) => {
    const caller = await watched(await callerFixture());
    await caller.rooms.locate('ada');
    await ask(caller);
    caller.calls();
    caller.timers();
    for (let at = 0; at < CALLS; at++) await ask(caller);
    expect(caller.calls()).toEqual([]);
    expect(caller.timers()).toBe(0);
  });

  it('is answered for without reading the clock but once in a thousand times', async () => {
    const { route, rooms, readings } = await watched(await callerFixture());
    await rooms.locate('ada');
    rooms.peek('ada');
    readings();
    for (let at = 0; at < CALLS; at++) {
      await route.client.computeLinkedPod('game', 'ada', 'room');
      route.client.getLinkedInCache('game', 'ada', 'room');
    }
    expect(readings()).toBeLessThanOrEqual((2 * CALLS) / 1_000);
  });

  it('costs a timer now and then as time passes, however often it is looked up', async () => {
    const fixture = await callerFixture();
    const caller = await watched(fixture);
    await caller.rooms.locate('ada');
    caller.timers();
    for (let second = 0; second < 4; second++) {
      for (let at = 0; at < CALLS / 4; at++) caller.rooms.peek('ada');
      await fixture.clock.advance(1_000);
    }
    expect(caller.timers()).toBeLessThanOrEqual(10);
    expect(caller.rooms.peek('ada')).toMatchObject({ podId: 0 });
  });

  it('is one answer for all who ask for the link', async () => {
    const { startedCaller } = await callerFixture();
    const { route } = await startedCaller();
    const locator = route.client as ClientDriver;
    const ask = () => locator.locate('game', 'ada', 'room');
    await ask();
    expect(await ask()).toBe(await ask());
  });

  it.each([
    ['shuts down', { routingState: 'SHUTDOWN' }],
    ['dies', { state: 'TERMINATING' }],
    ['fails', { state: 'FAILED' }],
  ] as const)('is seen at once to have a pod that %s', async (_, report) => {
    const fixture = await callerFixture();
    const { rooms, calls } = await watched(fixture);
    await rooms.locate('ada');
    expect(rooms.peek('ada')).toMatchObject({ podId: 0 });
    await fixture.beat(0, report);
    await settled();
    expect(rooms.peek('ada')).toBeUndefined();
    expect(calls()).toEqual(['setLinkedPodIfAbsent']);
    await fixture.beat(0);
    await settled();
    expect(rooms.peek('ada')).toMatchObject({ podId: 0 });
  });

  it('is seen at once to have a pod that was removed', async () => {
    const fixture = await callerFixture();
    const { rooms } = await watched(fixture);
    await rooms.locate('ada');
    expect(rooms.peek('ada')).toMatchObject({ podId: 0 });
    await fixture.executors.stateful.removeServiceState('game', 'room', 0);
    await settled();
    expect(rooms.peek('ada')).toBeUndefined();
  });

  it('stays with a pod that drains, by its new address; the next one goes elsewhere', async () => {
    const fixture = await callerFixture();
    const { rooms, route } = await watched(fixture);
    await rooms.locate('ada');
    expect(rooms.peek('ada')).toMatchObject({ podId: 0, address: undefined });
    await fixture.beat(0, { routingState: 'DENY_NEW_CALL', address: 'pod-0:80' });
    await settled();
    expect(rooms.peek('ada')).toMatchObject({ podId: 0, address: 'pod-0:80' });
    expect(await route.routeInfo.getServiceBestPod('game', 'room')).toBe(1);
    expect(await rooms.locate('bob')).toMatchObject({ podId: 1 });
  });

  it('is seen to have a silent pod when its lease ends, and not before', async () => {
    const fixture = await callerFixture([]);
    await fixture.beat(0, { leaseMs: 2_500 });
    const { rooms } = await watched(fixture);
    await rooms.locate('ada');
    await fixture.clock.advance(2_500);
    expect(rooms.peek('ada')).toMatchObject({ podId: 0 });
    await fixture.clock.advance(1);
    expect(rooms.peek('ada')).toBeUndefined();
  });

  it('is seen to have a silent pod before long, where no timer can run', async () => {
    const fixture = await callerFixture([]);
    await fixture.beat(0, { leaseMs: 2_500 });
    const { rooms, stall } = await watched(fixture);
    await rooms.locate('ada');
    stall(2_501);
    const answers = Array.from({ length: 1_100 }, () => rooms.peek('ada'));
    expect(answers.at(-1)).toBeUndefined();
  });
});
