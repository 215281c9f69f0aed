import { describe, expect, it } from 'vitest';
import {
  callerFixture,
  type CallerFixture,
  holdReplies,
  settled,
  type TestCaller,
} from '../caller-fixture.ts';

/** Lets time pass while all pods go on beating. */
async function pass({ clock, beat }: CallerFixture, ms: number, pods = [0, 1, 2]): Promise<void> {
  for (let left = ms; left > 0; left -= 30_000) {
    await clock.advance(Math.min(left, 30_000));
    for (const podId of pods) await beat(podId);
  }
  await clock.advance(0);
}

/** Which of these users a caller would answer for from memory. */
function remembered({ rooms }: TestCaller, uids: readonly string[]): string[] {
  return uids.filter((uid) => rooms.peek(uid) !== undefined);
}

describe('how long a link is remembered', () => {
  it.each([
    ['its time to live less a minute', 300, 240_000],
    ['half of a short one', 60, 30_000],
    ['half of a fractional one', 0.5, 250],
  ])('is %s', async (_what, linkInfoCacheTimeSecs, lifeMs) => {
    const fixture = await callerFixture();
    const { rooms, calls } = await fixture.startedCaller({ config: { linkInfoCacheTimeSecs } });
    await rooms.locate('ada');
    await pass(fixture, lifeMs - 1);
    expect(rooms.peek('ada')).toBeDefined();
    await fixture.clock.advance(1);
    expect(rooms.peek('ada')).toBeUndefined();
    calls();
    await rooms.locate('ada');
    expect(calls()).toEqual(['setLinkedPodIfAbsent']);
  });

  it('renews the link in the store by the next lookup, before it expires', async () => {
    const fixture = await callerFixture();
    const { rooms } = await fixture.startedCaller();
    await rooms.locate('ada');
    for (let times = 0; times < 5; times++) {
      await pass(fixture, 240_000);
      expect(await fixture.link('ada')).toMatchObject({ podId: 0, ttlMs: 60_000 });
      await rooms.locate('ada');
      expect(await fixture.link('ada')).toMatchObject({ podId: 0, ttlMs: 300_000 });
    }
  });

  it('is never longer than the rest of the link in force', async () => {
    const fixture = await callerFixture();
    const { route, rooms } = await fixture.startedCaller();
    await fixture.executors.stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 1, 7);
    expect(await route.client.getLinkedPod('game', 'ada', 'room')).toBe(1);
    await fixture.clock.advance(6_999);
    expect(rooms.peek('ada')?.podId).toBe(1);
    await fixture.clock.advance(1);
    expect(rooms.peek('ada')).toBeUndefined();
  });

  it('ends when the directory was lost: another caller may place the user elsewhere', async () => {
    const fixture = await callerFixture();
    const caller = await fixture.startedCaller();
    await caller.rooms.locate('ada');
    // The store comes back empty, and the pods come back with their next heartbeats.
    const emptied = await callerFixture([]);
    await emptied.clock.advance(5_000);
    for (const podId of [0, 1, 2]) await emptied.beat(podId);
    const { stateful } = emptied.executors;
    caller.around(({ method, args, options, run }) =>
      method in stateful
        ? Reflect.apply(Reflect.get(stateful, method), stateful, [...args, options])
        : run(options),
    );
    await fixture.clock.advance(5_000);
    expect(remembered(caller, ['ada'])).toEqual([]);
    caller.calls();
    await caller.rooms.locate('ada');
    expect(caller.calls()).toEqual(['setLinkedPodIfAbsent']);
    expect(remembered(caller, ['ada'])).toEqual(['ada']);
  });

  it('is the same for a claim', async () => {
    const fixture = await callerFixture();
    await fixture.claim('ada', 2);
    const { rooms } = await fixture.startedCaller();
    await rooms.locate('ada');
    await pass(fixture, 239_999);
    expect(rooms.peek('ada')).toMatchObject({ podId: 2, temporary: false });
    await fixture.clock.advance(1);
    expect(rooms.peek('ada')).toBeUndefined();
  });

  it('is not cut short or drawn out by a step of the wall clock', async () => {
    const fixture = await callerFixture();
    const { rooms } = await fixture.startedCaller();
    await rooms.locate('ada');
    fixture.clock.stepWallClock(-3_600_000);
    expect(rooms.peek('ada')).toBeDefined();
    fixture.clock.stepWallClock(3_600_000);
    await pass(fixture, 240_000);
    expect(rooms.peek('ada')).toBeUndefined();
  });
});

describe('linkCacheMax', () => {
  const uids = Array.from({ length: 25 }, (_, user) => `user-${user}`);

  it.each([1, 2, 5, 8])('of %i bounds the memory, and keeps the last %i users', async (linkCacheMax) => {
    const { startedCaller } = await callerFixture();
    const kept: string[] = [];
    for (const uid of uids) {
      // A lookup counts as a use, so each user is looked up at a caller of its own.
      const caller = await startedCaller({ config: { linkCacheMax } });
      for (const each of uids) await caller.rooms.locate(each);
      if (caller.rooms.peek(uid)) kept.push(uid);
      await caller.route.stop();
    }
    expect(kept.length).toBeLessThan(Math.max(2, 2 * linkCacheMax));
    expect(kept.slice(-linkCacheMax)).toEqual(uids.slice(-linkCacheMax));
  });

  it('answers from memory for as many users in turn as it has entries', async () => {
    const { startedCaller } = await callerFixture();
    const { rooms, calls } = await startedCaller({ config: { linkCacheMax: uids.length } });
    for (const uid of uids) await rooms.locate(uid);
    calls();
    for (let round = 0; round < 10; round++) for (const uid of uids) await rooms.locate(uid);
    expect(calls()).toEqual([]);
  });

  it('keeps a user who is looked up often', async () => {
    const { startedCaller } = await callerFixture();
    const { rooms, calls } = await startedCaller({ config: { linkCacheMax: 5 } });
    await rooms.locate('ada');
    for (const uid of uids) {
      await rooms.locate(uid);
      calls();
      await rooms.locate('ada');
      expect(calls()).toEqual([]);
    }
  });

  it('counts a user once, however often the link changes', async () => {
    const { startedCaller } = await callerFixture();
    const caller = await startedCaller({ config: { linkCacheMax: 3 } });
    await caller.rooms.locate('ada');
    for (const podId of [0, 1, 2, 0, 1]) caller.route.client.setCache('game', 'bob', 'room', podId);
    expect(remembered(caller, ['ada', 'bob'])).toEqual(['ada', 'bob']);
  });

  it('applies to each service alone', async () => {
    const { startedCaller } = await callerFixture();
    const { route, rooms } = await startedCaller({ config: { linkCacheMax: 1 } });
    await rooms.locate('ada');
    route.client.setCache('game', 'ada', 'hall', 1);
    expect(rooms.peek('ada')).toBeDefined();
  });
});

describe('what is remembered', () => {
  it('is answered for an available pod only', async () => {
    const { startedCaller, beat, clock } = await callerFixture([0, 1]);
    const { route, rooms } = await startedCaller();
    const inCache = (): number | undefined => route.client.getLinkedInCache('game', 'ada', 'room');
    await rooms.locate('ada');

    await beat(0, { routingState: 'DENY_NEW_CALL' });
    await clock.advance(0);
    expect(inCache()).toBe(0);
    await beat(0, { routingState: 'SHUTDOWN' });
    await clock.advance(0);
    expect(inCache()).toBeUndefined();
    await beat(0, { routingState: 'READY' });
    await clock.advance(0);
    expect(inCache()).toBe(0);
    expect(rooms.peek('ada')).toEqual({ podId: 0, address: undefined, temporary: true });
  });

  it('is forgotten on demand', async () => {
    const { startedCaller } = await callerFixture();
    const { route, rooms, calls } = await startedCaller();
    await rooms.locate('ada');
    expect(rooms.forget('ada')).toBe(true);
    expect(rooms.peek('ada')).toBeUndefined();
    expect(rooms.forget('ada')).toBe(false);
    expect(route.client.cacheExpired('game', 'nobody', 'room')).toBe(false);
    calls();
    await rooms.locate('ada');
    expect(calls()).toEqual(['setLinkedPodIfAbsent']);
  });

  it('can be set', async () => {
    const { startedCaller } = await callerFixture();
    const { route, rooms, calls } = await startedCaller();
    route.client.setCache('game', 'ada', 'room', 2);
    expect(await rooms.locate('ada')).toMatchObject({ podId: 2 });
    expect(calls()).toEqual([]);
  });

  it.each([
    ['namespace', '', 'ada', 'room', 0],
    ['uid', 'game', '', 'room', 0],
    ['serviceName', 'game', 'ada', '-', 0],
    ['podId', 'game', 'ada', 'room', -1],
  ] as const)('is not changed with a bad %s', async (parameter, namespace, uid, serviceName, podId) => {
    const { startedCaller } = await callerFixture();
    const { route } = await startedCaller();
    expect(() => {
      route.client.setCache(namespace, uid, serviceName, podId);
    }).toThrow(expect.objectContaining({ code: 'INVALID_PARAMETER', parameter }));
  });

  it('is all forgotten when the caller stops', async () => {
    const { startedCaller } = await callerFixture();
    const { route, rooms } = await startedCaller();
    await rooms.locate('ada');
    await route.stop();
    expect(rooms.peek('ada')).toBeUndefined();
    await route.start();
    expect(rooms.peek('ada')).toBeUndefined();
  });

  it('is not what comes in after the caller has stopped', async () => {
    const { startedCaller } = await callerFixture();
    const { route, rooms, around } = await startedCaller();
    const held = holdReplies('setLinkedPodIfAbsent');
    around(held.around);
    const located = rooms.locate('ada');
    await settled();
    await route.stop();
    held.release();
    await located;
    await route.start();
    expect(rooms.peek('ada')).toBeUndefined();
  });
});

describe('the positional methods', () => {
  it('getLinkedPod reads a link once and then remembers it', async () => {
    const { startedCaller, claim } = await callerFixture();
    await claim('ada', 2);
    const { route, calls } = await startedCaller();
    expect(await route.client.getLinkedPod('game', 'ada', 'room')).toBe(2);
    expect(await route.client.getLinkedPod('game', 'ada', 'room')).toBe(2);
    expect(calls()).toEqual(['getLink']);
  });

  it('getLinkedPod makes no link', async () => {
    const { startedCaller, link } = await callerFixture();
    const { route } = await startedCaller();
    expect(await route.client.getLinkedPod('game', 'ada', 'room')).toBeUndefined();
    expect(await link('ada')).toBeUndefined();
  });

  it('getLinkedPodNotCache reads the store whatever is remembered', async () => {
    const { startedCaller, claim } = await callerFixture();
    const { route, rooms } = await startedCaller();
    await rooms.locate('ada');
    await claim('ada', 2);
    expect(await route.client.getLinkedPodNotCache('game', 'ada', 'room')).toBe(2);
    expect(await route.client.getLinkedPod('game', 'ada', 'room')).toBe(0);
  });

  it('getLinkedPodInCacheOrIfPersist knows a remembered link and a claim, not the temporary link of others', async () => {
    const { startedCaller, claim, executors } = await callerFixture();
    await claim('ada', 2);
    await executors.stateful.setLinkedPodIfAbsent('game', 'bob', 'room', 1, 300);
    const { route, rooms, calls } = await startedCaller();
    const ask = (uid: string): Promise<number | undefined> =>
      route.client.getLinkedPodInCacheOrIfPersist('game', uid, 'room');

    expect(await ask('ada')).toBe(2);
    expect(await ask('bob')).toBeUndefined();
    expect(calls()).toEqual(['getLinkedPodIfPersist', 'getLinkedPodIfPersist']);
    await rooms.locate('bob');
    calls();
    expect(await ask('ada')).toBe(2);
    expect(await ask('bob')).toBe(1);
    expect(calls()).toEqual([]);
  });

  it('setLinkedPodIfAbsent links to the pod given and remembers whatever is in force', async () => {
    const { startedCaller, claim } = await callerFixture();
    await claim('ada', 2);
    const { route, rooms, calls } = await startedCaller();
    const set = (uid: string) => route.client.setLinkedPodIfAbsent('game', uid, 'room', 1);

    expect(await set('ada')).toMatchObject({ podId: 2, permanent: true, created: false });
    expect(await set('bob')).toMatchObject({ podId: 1, permanent: false, created: true });
    calls();
    expect(await rooms.locate('ada')).toMatchObject({ podId: 2, temporary: false });
    expect(await rooms.locate('bob')).toMatchObject({ podId: 1, temporary: true });
    expect(calls()).toEqual([]);
  });

  it('batchGetLinkedPod groups users by pod, in input order and with duplicates', async () => {
    const { startedCaller, claim } = await callerFixture();
    for (const [uid, podId] of [
      ['a', 2],
      ['b', 0],
      ['c', 2],
    ] as const)
      await claim(uid, podId);
    const { route } = await startedCaller();
    const found = await route.client.batchGetLinkedPod('game', ['c', 'nobody', 'a', 'b', 'c'], 'room');
    expect(found).toEqual(
      new Map([
        [2, ['c', 'a', 'c']],
        [0, ['b']],
      ]),
    );
  });
});
