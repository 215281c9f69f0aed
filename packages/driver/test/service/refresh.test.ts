import type { StateFeed } from '@stateful-route/core/adapter';
import { describe, expect, it } from 'vitest';
import {
  callerFixture,
  type CallerFixture,
  failing,
  holdCalls,
  LEASE_MS,
  PERIOD_MS,
  REFRESH_MS,
  settled,
} from '../caller-fixture.ts';

/** Lets time pass while these pods go on beating. */
async function pass({ clock, beat }: CallerFixture, ms: number, pods = [0, 1, 2]): Promise<void> {
  for (let left = ms; left > 0; left -= PERIOD_MS) {
    await clock.advance(Math.min(left, PERIOD_MS));
    for (const podId of pods) await beat(podId);
  }
}

describe('between reads', () => {
  it('a pod that missed beats is picked no more, and is left when its lease is over', async () => {
    const fixture = await callerFixture([0]);
    const { route, around } = await fixture.startedCaller();
    const { routeInfo } = route;
    around(failing());
    const classes = async (): Promise<unknown[]> => [
      await routeInfo.isPodRoutable('game', 'room', 0),
      await routeInfo.isPodAvailable('game', 'room', 0),
      (await routeInfo.alivePods('game', 'room')).has(0),
    ];
    await fixture.clock.advance(2.5 * PERIOD_MS);
    expect(await classes()).toEqual([true, true, true]);
    await fixture.clock.advance(1);
    expect(await classes()).toEqual([false, true, true]);
    await fixture.clock.advance(LEASE_MS - 2.5 * PERIOD_MS - 1);
    expect(await classes()).toEqual([false, true, true]);
  });

  it('a pod with a short lease of its own dies by that', async () => {
    const fixture = await callerFixture([]);
    await fixture.beat(0, { leaseMs: 2_000, updatePeriodMs: 500 });
    const { route } = await fixture.startedCaller();
    const snapshot = await route.routeInfo.snapshot('game', 'room');
    expect([snapshot.routable.size, snapshot.available.size, snapshot.alive.size]).toEqual([1, 1, 1]);
    await fixture.clock.advance(1_251);
    expect([snapshot.routable.size, snapshot.available.size, snapshot.alive.size]).toEqual([0, 1, 1]);
    await fixture.clock.advance(750);
    expect([snapshot.routable.size, snapshot.available.size, snapshot.alive.size]).toEqual([0, 0, 0]);
    expect(snapshot.pods.size).toBe(1);
  });

  it('an age is counted from the last report, not from the last push of another pod', async () => {
    const fixture = await callerFixture([0, 1]);
    const { route, around } = await fixture.startedCaller();
    around(failing());
    await fixture.clock.advance(2 * PERIOD_MS);
    await fixture.beat(1, { loadState: 50 });
    await fixture.clock.advance(PERIOD_MS);
    expect([...(await route.routeInfo.routablePods('game', 'room')).keys()]).toEqual([1]);
  });

  it('a step of the wall clock changes no age', async () => {
    const fixture = await callerFixture();
    const { route, around } = await fixture.startedCaller();
    around(failing());
    fixture.clock.stepWallClock(10 * LEASE_MS);
    expect((await route.routeInfo.routablePods('game', 'room')).size).toBe(3);
  });
});

describe('when the store fails', () => {
  it('the last snapshot stays until it is older than the lease, and then nothing is answered', async () => {
    const fixture = await callerFixture([]);
    await fixture.beat(0, { leaseMs: 10 * LEASE_MS, updatePeriodMs: LEASE_MS });
    const config = { linkInfoCacheTimeSecs: 10_000 };
    const { route, rooms, around, logged } = await fixture.startedCaller({ config });
    const best = (): Promise<number> => route.routeInfo.getServiceBestPod('game', 'room');
    await rooms.locate('ada');
    around(failing('getServiceState'));

    await fixture.clock.advance(LEASE_MS);
    expect(await best()).toBe(0);
    expect(logged).toContain('the pods could not be read; the last snapshot stays');
    await fixture.clock.advance(1);
    await expect(best()).rejects.toMatchObject({ code: 'STORE_ERROR' });
    await expect(rooms.locate('bob')).rejects.toMatchObject({ code: 'STORE_ERROR' });
    expect(rooms.peek('ada')).toBeUndefined();
    await expect(rooms.locate('ada')).rejects.toMatchObject({ code: 'STORE_ERROR' });

    around();
    expect(await best()).toBe(0);
    expect(rooms.peek('ada')).toMatchObject({ podId: 0 });
  });

  it('pushes alone do not make the snapshot younger', async () => {
    const fixture = await callerFixture([0, 1]);
    const { route, around } = await fixture.startedCaller();
    around(failing('getServiceState'));
    await fixture.clock.advance(LEASE_MS - 1_000);
    await fixture.beat(1, { loadState: 50 });
    await fixture.clock.advance(1_001);
    await expect(route.routeInfo.alivePods('game', 'room')).rejects.toMatchObject({ code: 'STORE_ERROR' });
  });

  it('reading goes on by itself until it works again', async () => {
    const fixture = await callerFixture();
    const { route, around, calls } = await fixture.startedCaller();
    around(failing());
    await fixture.clock.advance(3 * REFRESH_MS);
    expect(calls()).toEqual(['getServiceState', 'getServiceState', 'getServiceState']);
    around();
    await fixture.beat(3);
    await fixture.clock.advance(REFRESH_MS);
    expect((await route.routeInfo.alivePods('game', 'room')).size).toBe(4);
  });

  it('reads never overlap', async () => {
    const fixture = await callerFixture();
    const { around } = await fixture.startedCaller();
    const held = holdCalls('getServiceState');
    around(held.around);
    await fixture.clock.advance(10 * REFRESH_MS);
    expect(held.count()).toBe(1);
    held.release();
    await settled();
    await fixture.clock.advance(REFRESH_MS);
    expect(held.count()).toBe(2);
  });

  it('a first load that failed is repeated only by the next query', async () => {
    const fixture = await callerFixture();
    const { route, around, calls } = fixture.caller();
    around(failing());
    await expect(route.routeInfo.alivePods('game', 'room')).rejects.toMatchObject({ code: 'STORE_ERROR' });
    around();
    calls();
    await fixture.clock.advance(3 * REFRESH_MS);
    expect(calls()).toEqual([]);
    expect((await route.routeInfo.alivePods('game', 'room')).size).toBe(3);
    expect(calls()).toEqual(['subscribe', 'getServiceState']);
  });
});

describe('a service without use', () => {
  it('is given up after a lease', async () => {
    const fixture = await callerFixture();
    const { feed, open } = countedFeed(fixture);
    const { route, calls } = fixture.caller({ overrides: { stateFeed: feed } });
    await route.routeInfo.alivePods('game', 'room');
    expect(open()).toBe(1);
    await pass(fixture, LEASE_MS + REFRESH_MS);
    expect(open()).toBe(0);
    calls();
    await pass(fixture, 10 * REFRESH_MS);
    expect(calls()).toEqual([]);
    await route.routeInfo.alivePods('game', 'room');
    expect(calls()).toEqual(['getServiceState']);
    expect(open()).toBe(1);
  });

  it('is kept as long as it is used, also for known users', async () => {
    const fixture = await callerFixture();
    const { route, rooms, calls } = fixture.caller({
      services: [],
      config: { linkInfoCacheTimeSecs: 100_000 },
    });
    await route.start();
    await rooms.locate('ada');
    for (let times = 0; times < 10; times++) {
      await pass(fixture, LEASE_MS / 2);
      rooms.peek('ada');
    }
    expect(calls().filter((method) => method === 'subscribe')).toHaveLength(1);
    await pass(fixture, REFRESH_MS);
    expect(calls()).toContain('getServiceState');
  });

  it('is kept while it is watched', async () => {
    const fixture = await callerFixture();
    const { route, calls } = fixture.caller();
    const unwatchFirst = await route.routeInfo.watch('game', 'room');
    const unwatchSecond = await route.routeInfo.watch('game', 'room');
    unwatchFirst();
    unwatchFirst();
    await pass(fixture, 3 * LEASE_MS);
    calls();
    await route.routeInfo.alivePods('game', 'room');
    expect(calls()).toEqual([]);

    unwatchSecond();
    await pass(fixture, 2 * LEASE_MS);
    calls();
    await pass(fixture, LEASE_MS);
    expect(calls()).toEqual([]);
  });

  it('is not watched when the first load failed', async () => {
    const fixture = await callerFixture();
    const { route, around, calls } = fixture.caller();
    around(failing('getServiceState'));
    await expect(route.routeInfo.watch('game', 'room')).rejects.toMatchObject({ code: 'STORE_ERROR' });
    around();
    await pass(fixture, 2 * LEASE_MS);
    calls();
    await pass(fixture, LEASE_MS);
    expect(calls()).toEqual([]);
  });
});

/** A feed that counts its subscriptions. */
function countedFeed({ executors }: CallerFixture): { feed: StateFeed; open: () => number } {
  let open = 0;
  return {
    open: () => open,
    feed: {
      ...executors.feed,
      subscribe: async (...args) => {
        const unsubscribe = await executors.feed.subscribe(...args);
        open += 1;
        return async () => {
          open -= 1;
          await unsubscribe();
        };
      },
    },
  };
}

describe('close', () => {
  it('ends timers and subscriptions', async () => {
    const fixture = await callerFixture();
    const { feed, open } = countedFeed(fixture);
    const { route, calls } = fixture.caller({ services: ['room', 'hall'], overrides: { stateFeed: feed } });
    await route.start();
    expect(open()).toBe(2);
    await route.stop();
    expect(open()).toBe(0);
    calls();
    await fixture.clock.advance(LEASE_MS);
    expect(calls()).toEqual([]);
  });

  it('ends a subscription that succeeds only afterwards', async () => {
    const fixture = await callerFixture();
    let open = 0;
    let stand!: () => void;
    const standing = new Promise<void>((resolve) => {
      stand = resolve;
    });
    const { route } = await fixture.startedCaller({
      services: [],
      overrides: {
        stateFeed: {
          ...fixture.executors.feed,
          subscribe: async () => {
            await standing;
            open += 1;
            return async () => {
              open -= 1;
            };
          },
        },
      },
    });
    const asked = route.routeInfo.alivePods('game', 'room');
    await settled();
    await route.stop();
    stand();
    expect((await asked).size).toBe(3);
    expect(open).toBe(0);
  });

  it('is not undone by a read that was under way', async () => {
    const fixture = await callerFixture();
    const { route, around, calls } = await fixture.startedCaller();
    const held = holdCalls('getServiceState');
    around(held.around);
    await fixture.clock.advance(REFRESH_MS);
    await route.stop();
    held.release();
    await settled();
    calls();
    await fixture.clock.advance(10 * REFRESH_MS);
    expect(calls()).toEqual([]);
  });

  it('a subscription that does not end cleanly is logged, and affects nothing else', async () => {
    const fixture = await callerFixture();
    const { route, logged } = await fixture.startedCaller({
      overrides: {
        stateFeed: {
          ...fixture.executors.feed,
          subscribe: async () => () => Promise.reject(new Error('connection lost')),
        },
      },
    });
    await expect(route.stop()).resolves.toEqual({ left: 0, unsaved: [] });
    expect(logged).toContain('a subscription did not end cleanly');
  });
});
