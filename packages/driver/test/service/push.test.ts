import type { FeedEvent, FeedListener } from '@stateful-route/core/adapter';
import { describe, expect, it } from 'vitest';
import {
  callerFixture,
  type CallerFixture,
  holdReplies,
  REFRESH_MS,
  settled,
  type TestCaller,
} from '../caller-fixture.ts';

const draining = { routingState: 'DENY_NEW_CALL' } as const;

/** A caller whose feed a test can speak through, or silence. */
async function callerWithFeed(
  fixture: CallerFixture,
): Promise<TestCaller & { say: FeedListener; silence: (silent: boolean) => void; received: FeedEvent[] }> {
  let listener: FeedListener | undefined;
  let silent = false;
  const received: FeedEvent[] = [];
  const feed: typeof fixture.executors.feed = {
    ...fixture.executors.feed,
    subscribe: (namespace, serviceName, given, options) => {
      listener = given;
      const filtered: FeedListener = (event) => {
        received.push(event);
        if (!silent) given(event);
      };
      return fixture.executors.feed.subscribe(namespace, serviceName, filtered, options);
    },
  };
  const caller = await fixture.startedCaller({ overrides: { stateFeed: feed } });
  return {
    ...caller,
    received,
    say: (event) => listener?.(event),
    silence: (next) => {
      silent = next;
    },
  };
}

const routable = async ({ route }: TestCaller): Promise<number[]> => [
  ...(await route.routeInfo.routablePods('game', 'room')).keys(),
];

describe('a pushed change', () => {
  it('is seen without reading', async () => {
    const fixture = await callerFixture();
    const caller = await callerWithFeed(fixture);
    await fixture.beat(1, draining);
    await settled();
    expect(await routable(caller)).toEqual([0, 2]);
    await fixture.beat(3, { address: 'pod-3:80' });
    await settled();
    expect(await routable(caller)).toEqual([0, 2, 3]);
    await fixture.executors.stateful.removeServiceState('game', 'room', 0);
    await settled();
    expect(await routable(caller)).toEqual([2, 3]);
    expect(caller.calls()).toEqual([]);
  });

  it('of the first pod ever begins the directory', async () => {
    const fixture = await callerFixture([]);
    const { route } = await callerWithFeed(fixture);
    expect((await route.routeInfo.snapshot('game', 'room')).read.since).toBeUndefined();
    await fixture.beat(1);
    await settled();
    expect((await route.routeInfo.snapshot('game', 'room')).read.since).toBe(fixture.clock.now());
  });

  it('keeps pods in the order of their ordinals', async () => {
    const fixture = await callerFixture([2, 5]);
    const caller = await callerWithFeed(fixture);
    for (const podId of [7, 0, 3]) await fixture.beat(podId);
    await settled();
    expect(await routable(caller)).toEqual([0, 2, 3, 5, 7]);
  });

  it('does not change a snapshot that a caller has', async () => {
    const fixture = await callerFixture();
    const { route } = await callerWithFeed(fixture);
    const before = await route.routeInfo.snapshot('game', 'room');
    await fixture.beat(1, draining);
    await settled();
    expect(before.pods.get(1)?.routingState).toBe('READY');
    expect(before.isRoutable(1)).toBe(true);
    expect((await route.routeInfo.snapshot('game', 'room')).isRoutable(1)).toBe(false);
  });

  it('that is older than the read is ignored', async () => {
    const fixture = await callerFixture();
    const caller = await callerWithFeed(fixture);
    await fixture.beat(1, draining);
    await settled();
    const old = caller.received.at(-1)!;
    await fixture.clock.advance(REFRESH_MS);
    await fixture.beat(1, { routingState: 'READY' });
    await fixture.clock.advance(REFRESH_MS);
    expect(await routable(caller)).toEqual([0, 1, 2]);
    const { sequence } = caller.received.at(-1) as { sequence: number };
    caller.say({ ...old, sequence: sequence + 1 } as FeedEvent);
    expect(await routable(caller)).toEqual([0, 1, 2]);
    expect(caller.calls()).toEqual(['getServiceState', 'getServiceState']);
  });

  it('that comes while the first read is under way is not lost', async () => {
    const fixture = await callerFixture();
    const caller = fixture.caller();
    const held = holdReplies('getServiceState');
    caller.around(held.around);
    const asked = routable(caller);
    await settled();
    await fixture.clock.advance(1);
    await fixture.beat(1, draining);
    await settled();
    held.release();
    expect(await asked).toEqual([0, 2]);
    expect(await routable(caller)).toEqual([0, 2]);
  });

  it('is not undone by the reply of a read that was before it', async () => {
    const fixture = await callerFixture();
    const caller = await callerWithFeed(fixture);
    const held = holdReplies('getServiceState');
    caller.around(held.around);
    await fixture.clock.advance(REFRESH_MS);
    await fixture.clock.advance(1);
    await fixture.beat(1, draining);
    await fixture.beat(3);
    await fixture.executors.stateful.removeServiceState('game', 'room', 0);
    await settled();
    expect(await routable(caller)).toEqual([2, 3]);
    held.release();
    await settled();
    expect(await routable(caller)).toEqual([2, 3]);
  });
});

describe('the service is read again', () => {
  it('after a gap in the numbers', async () => {
    const fixture = await callerFixture();
    const caller = await callerWithFeed(fixture);
    await fixture.beat(2, draining);
    await settled();
    caller.silence(true);
    await fixture.beat(0, draining);
    await settled();
    caller.silence(false);
    await fixture.beat(1, draining);
    await settled();
    expect(caller.calls()).toEqual(['getServiceState']);
    expect(await routable(caller)).toEqual([]);
  });

  it('after numbers that went back, as those of a new store do', async () => {
    const fixture = await callerFixture();
    const caller = await callerWithFeed(fixture);
    await fixture.beat(1, draining);
    await settled();
    caller.say({ type: 'intent', sequence: 1, storeTime: 0, podId: 0, intent: 'drain' });
    await settled();
    expect(caller.calls()).toEqual(['getServiceState']);
  });

  it('when the feed says that it may have missed something', async () => {
    const fixture = await callerFixture();
    const caller = await callerWithFeed(fixture);
    caller.silence(true);
    await fixture.beat(1, draining);
    await settled();
    expect(await routable(caller)).toEqual([0, 1, 2]);
    caller.say({ type: 'missed' });
    await settled();
    expect(caller.calls()).toEqual(['getServiceState']);
    expect(await routable(caller)).toEqual([0, 2]);
  });

  it('once more when something was missed while a read was under way', async () => {
    const fixture = await callerFixture();
    const caller = await callerWithFeed(fixture);
    caller.silence(true);
    const held = holdReplies('getServiceState');
    caller.around(held.around);
    caller.say({ type: 'missed' });
    await settled();
    await fixture.beat(1, draining);
    caller.say({ type: 'missed' });
    caller.say({ type: 'missed' });
    held.release();
    await settled();
    expect(caller.calls()).toEqual(['getServiceState', 'getServiceState']);
    expect(await routable(caller)).toEqual([0, 2]);
  });

  it('every stateRefreshMs, so that a lost push is healed', async () => {
    const fixture = await callerFixture();
    const caller = await callerWithFeed(fixture);
    caller.silence(true);
    await fixture.beat(1, draining);
    await fixture.clock.advance(REFRESH_MS - 1);
    expect(await routable(caller)).toEqual([0, 1, 2]);
    expect(caller.calls()).toEqual([]);
    await fixture.clock.advance(1);
    expect(await routable(caller)).toEqual([0, 2]);
    expect(caller.calls()).toEqual(['getServiceState']);
  });

  it('not because of an intent', async () => {
    const fixture = await callerFixture();
    const caller = await callerWithFeed(fixture);
    await fixture.beat(1, draining);
    await fixture.executors.server.setPodIntent('game', 'room', 1, 'drain');
    await fixture.beat(2, draining);
    await settled();
    expect(await routable(caller)).toEqual([0]);
    expect(caller.calls()).toEqual([]);
  });
});
