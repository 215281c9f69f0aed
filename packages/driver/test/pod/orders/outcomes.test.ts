import { routeError } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { orderFixture } from './order-fixture.ts';

const saved = { drain: { onHandOff: (): void => {} } };

describe('an order to move a user', () => {
  it('saves the user, moves the link, and says who asked for it', async () => {
    const { executors, pod, give, ends, journal, clock } = orderFixture();
    const saves: unknown[] = [];
    const [a, b, c] = [pod(0), pod(1), pod(2)];
    for (const route of [a, b, c]) await route.start();
    a.server.onHandOff(({ uid, podId }) => void saves.push([uid, podId, a.server.holds(uid)]));
    await a.server.claim('ada');
    await a.server.claim('bob');
    const id = await give(0, { uid: 'ada', to: 2 });

    expect(saves).toEqual([['ada', 2, false]]);
    expect(await ends()).toEqual({ [id]: { outcome: 'done', moved: 1 } });
    const link = await executors.stateful.getLink('game', 'ada', 'room');
    expect(link).toMatchObject({ podId: 2, permanent: false, reason: { why: 'moved', by: 'carol' } });
    expect(a.server.holds('bob')).toBe(true);
    expect((await journal('order', 'order-ended')).map(({ type, podId }) => [type, podId])).toEqual([
      ['order', 0],
      ['order-ended', 0],
    ]);
    // The claim has the reason of the link.
    await c.server.claim('ada');
    const explained = await c.routeInfo.explain('game', 'ada', 'room');
    expect(explained.link).toMatchObject({
      podId: 2,
      permanent: true,
      reason: { why: 'moved', by: 'carol' },
    });
    expect(explained.because).toContain('carol');
    // It is done once.
    await clock.advance(60_000);
    expect([saves.length, c.server.holds('ada')]).toEqual([1, true]);
    for (const route of [a, b, c]) await route.stop({ signal: AbortSignal.abort() });
  });

  it('picks the pod if it names none', async () => {
    const { executors, pod, give, ends } = orderFixture();
    const [a, b] = [pod(0, saved), pod(1)];
    await a.start();
    await b.start();
    await a.server.claim('ada');
    const id = await give(0, { uid: 'ada' });
    expect(await ends()).toEqual({ [id]: { outcome: 'done', moved: 1 } });
    expect(await executors.stateful.getLinkedPod('game', 'ada', 'room')).toBe(1);
    await Promise.all([a.stop(), b.stop()]);
  });

  it('is not-held for a user whom the pod does not hold, and for one who is let go meanwhile', async () => {
    const { pod, give, ends, clock } = orderFixture();
    const a = pod(0, saved);
    await a.start();
    const unknown = await give(0, { uid: 'eve' });
    await a.server.claim('ada');
    // No pod takes the user, until the application lets the user go.
    const released = await give(0, { uid: 'ada' });
    await clock.advance(5_000);
    await a.server.release('ada');
    await clock.advance(0);
    expect(await ends()).toEqual({
      [unknown]: { outcome: 'not-held', moved: 0 },
      [released]: { outcome: 'not-held', moved: 0 },
    });
    await a.stop();
  });

  it('is refused where nothing saves the user, or the pod that it names takes no new users', async () => {
    const { pod, give, ends } = orderFixture();
    const [a, b, c] = [pod(0), pod(1), pod(2)];
    for (const route of [a, b, c]) await route.start();
    await c.server.setRoutingState('DENY_NEW_CALL');
    await a.server.claim('ada');
    const unsaved = await give(0, { uid: 'ada', to: 1 });
    const shed = await give(0, { users: 1 });
    a.server.onHandOff(() => {});
    const self = await give(0, { uid: 'ada', to: 0 });
    const draining = await give(0, { uid: 'ada', to: 2 });
    const unknown = await give(0, { uid: 'ada', to: 7 });
    const refused = { outcome: 'refused', moved: 0 };
    const all = [unsaved, shed, self, draining, unknown];
    expect(await ends()).toEqual(Object.fromEntries(all.map((id) => [id, refused])));
    expect(a.server.holds('ada')).toBe(true);
    for (const route of [a, b, c]) await route.stop({ signal: AbortSignal.abort() });
  });

  it('is left at once when the save fails, and the user stays', async () => {
    const { pod, give, ends } = orderFixture();
    const onHandOff = (): Promise<void> => Promise.reject(new Error('the disk is full'));
    const [a, b] = [pod(0, { drain: { onHandOff } }), pod(1)];
    await a.start();
    await b.start();
    await a.server.claim('ada');
    const id = await give(0, { uid: 'ada' });
    expect(await ends()).toEqual({ [id]: { outcome: 'left', moved: 0, left: 1 } });
    expect(a.server.holds('ada')).toBe(true);
    for (const route of [a, b]) await route.stop({ signal: AbortSignal.abort() });
  });

  it('is left when its time is over, and what comes later moves nobody', async () => {
    const { pod, give, ends, clock } = orderFixture();
    const [a, b] = [pod(0, saved), pod(1)];
    await a.start();
    await a.server.claim('ada');
    const id = await give(0, { uid: 'ada', ms: 10_000 });
    await clock.advance(9_999);
    expect(await ends()).toEqual({});
    await clock.advance(1);
    expect(await ends()).toEqual({ [id]: { outcome: 'left', moved: 0, left: 1 } });
    await b.start();
    await clock.advance(60_000);
    expect(a.server.holds('ada')).toBe(true);
    await Promise.all([a.stop(), b.stop()]);
  });

  it('waits for a user who is on the way when its time is over', async () => {
    const { pod, give, ends, clock } = orderFixture();
    const onHandOff = (): Promise<void> =>
      new Promise((resolve) => {
        clock.setTimeout(resolve, 3_000);
      });
    const [a, b] = [pod(0, { drain: { onHandOff, concurrency: 1 } }), pod(1)];
    await a.start();
    await b.start();
    await a.server.claim('ada');
    await a.server.claim('bob');
    const id = await give(0, { users: 2, ms: 2_000 });
    await clock.advance(2_999);
    expect(await ends()).toEqual({});
    await clock.advance(1);
    expect(await ends()).toEqual({ [id]: { outcome: 'left', moved: 1, left: 1 } });
    for (const route of [a, b]) await route.stop({ signal: AbortSignal.abort() });
  });

  it('names how many were moved unsaved', async () => {
    const { pod, give, ends } = orderFixture();
    const onHandOff = (): void => {
      throw routeError('NOT_SAVED', 'A use runs on.', { uid: 'ada' });
    };
    const [a, b] = [pod(0, { drain: { onHandOff } }), pod(1)];
    await a.start();
    await b.start();
    await a.server.claim('ada');
    const id = await give(0, { uid: 'ada' });
    expect(await ends()).toEqual({ [id]: { outcome: 'done', moved: 1, unsaved: 1 } });
    for (const route of [a, b]) await route.stop({ signal: AbortSignal.abort() });
  });

  it('waits for the pod to start, and ends as expired if that is too late', async () => {
    const { pod, give, ends, clock } = orderFixture();
    const b = pod(1);
    await b.start();
    const late = await give(0, { uid: 'ada', ms: 1_000 });
    await clock.advance(1_001);
    const early = await give(0, { uid: 'ada' });
    const a = pod(0, saved);
    await a.start();
    await clock.advance(0);
    expect(await ends()).toEqual({
      [late]: { outcome: 'expired', moved: 0 },
      [early]: { outcome: 'not-held', moved: 0 },
    });
    await Promise.all([a.stop(), b.stop()]);
  });

  it('moves a user who waits for the pod, and whom nothing has to save', async () => {
    const { executors, pod, give, ends, clock } = orderFixture();
    const config = { deadOwner: 'wait', leftover: 'keep' } as const;
    const [before, after, b] = [pod(0, { config }), pod(0, { config }), pod(1)];
    await b.start();
    await before.start();
    await before.server.claim('ada');
    await before.stop({ signal: AbortSignal.abort() });
    const id = await give(0, { uid: 'ada', to: 1 });
    await after.start();
    await clock.advance(0);
    expect(await ends()).toEqual({ [id]: { outcome: 'done', moved: 1 } });
    expect(await executors.stateful.getLinkedPod('game', 'ada', 'room')).toBe(1);
    await Promise.all([after.stop(), b.stop()]);
  });
});

describe('an order to shed users', () => {
  it('hands over so many, or so much load, and none beyond', async () => {
    const { pod, give, ends } = orderFixture();
    const [a, b] = [pod(0, saved), pod(1)];
    await a.start();
    await b.start();
    for (let at = 0; at < 20; at++) await a.server.claim(`user-${at}`);
    await a.server.setMetadata({});
    const users = await give(0, { users: 3 });
    expect(a.server.held().size).toBe(17);
    a.server.setLoadState(34);
    await a.server.setMetadata({});
    // Each user is 2 of the load.
    const load = await give(0, { load: 9, to: 1 });
    expect(a.server.held().size).toBe(13);
    await a.server.setMetadata({});
    const both = await give(0, { users: 2, load: 30 });
    expect(a.server.held().size).toBe(11);
    const more = await give(0, { users: 50 });
    const none = await give(0, { users: 1 });
    expect(await ends()).toEqual({
      [users]: { outcome: 'done', moved: 3 },
      [load]: { outcome: 'done', moved: 4 },
      [both]: { outcome: 'done', moved: 2 },
      [more]: { outcome: 'done', moved: 11 },
      [none]: { outcome: 'not-held', moved: 0 },
    });
    await Promise.all([a.stop(), b.stop()]);
  });

  it('takes other users than one in the same reply', async () => {
    const { executors, pod, ends, clock } = orderFixture();
    const drain = { ratePerSecond: 1, onHandOff: (): void => {} };
    const [a, b] = [pod(0, { drain }), pod(1)];
    await a.start();
    await b.start();
    for (let at = 0; at < 6; at++) await a.server.claim(`user-${at}`);
    const terms = { kind: 'shed', users: 2, until: clock.now() + 60_000, by: 'carol' } as const;
    await Promise.all(
      ['one', 'two'].map((id) => executors.server.giveOrder('game', 'room', 0, { ...terms, id })),
    );
    await clock.advance(5_000);
    expect(await ends()).toEqual({
      one: { outcome: 'done', moved: 2 },
      two: { outcome: 'done', moved: 2 },
    });
    expect(a.server.held().size).toBe(2);
    for (const route of [a, b]) await route.stop({ signal: AbortSignal.abort() });
  });

  it('that comes twice at once takes other users', async () => {
    const { pod, give, ends, clock } = orderFixture();
    const drain = { ratePerSecond: 1, onHandOff: (): void => {} };
    const [a, b] = [pod(0, { drain }), pod(1)];
    await a.start();
    await b.start();
    for (let at = 0; at < 6; at++) await a.server.claim(`user-${at}`);
    const [first, second] = [await give(0, { users: 2 }), await give(0, { users: 2 })];
    await clock.advance(5_000);
    expect(await ends()).toEqual({
      [first]: { outcome: 'done', moved: 2 },
      [second]: { outcome: 'done', moved: 2 },
    });
    expect(a.server.held().size).toBe(2);
    for (const route of [a, b]) await route.stop({ signal: AbortSignal.abort() });
  });

  it('leaves who came by an order a short while ago, and takes another instead', async () => {
    const { pod, give, ends, clock } = orderFixture();
    const [a, b] = [pod(0, saved), pod(1, saved)];
    await a.start();
    await b.start();
    for (const uid of ['ada', 'bob']) await a.server.claim(uid);
    for (const uid of ['ada', 'bob']) await give(0, { uid, to: 1 });
    for (const uid of ['ada', 'bob', 'eve']) await b.server.claim(uid);
    const most = await give(1, { users: 2 });
    expect([...b.server.held()].toSorted()).toEqual(['ada', 'bob']);
    const none = await give(1, { users: 1 });
    await clock.advance(600_000);
    const later = await give(1, { users: 1 });
    expect(await ends()).toMatchObject({
      [most]: { outcome: 'done', moved: 1 },
      [none]: { outcome: 'not-held', moved: 0 },
      [later]: { outcome: 'done', moved: 1 },
    });
    for (const route of [a, b]) await route.stop({ signal: AbortSignal.abort() });
  });

  it('does not move a user again who comes back meanwhile', async () => {
    const { pod, give, ends, clock } = orderFixture();
    const moves: string[] = [];
    const onHandOff = async ({ uid }: { readonly uid: string }): Promise<void> => {
      moves.push(uid);
      if (uid !== 'eve') return;
      await new Promise<void>((resolve) => {
        clock.setTimeout(resolve, 5_000);
      });
    };
    const [a, b] = [
      pod(0, { drain: { ratePerSecond: 1, onHandOff } }),
      pod(1, { drain: { onHandOff: () => {} } }),
    ];
    await a.start();
    await b.start();
    for (const uid of ['ada', 'bob', 'eve']) await a.server.claim(uid);
    const id = await give(0, { users: 3 });
    expect(moves).toEqual(['ada']);
    await b.server.claim('ada');
    await b.server.handOff(['ada'], { to: 0 });
    expect(await a.server.claim('ada')).toMatchObject({ claimed: true });
    // Begins a new round of those who are here.
    const beside = await give(0, { uid: 'bob' });
    await clock.advance(10_000);
    expect(moves).toEqual(['ada', 'bob', 'eve']);
    expect(a.server.holds('ada')).toBe(true);
    expect(await ends()).toEqual({
      [id]: { outcome: 'done', moved: 3 },
      [beside]: { outcome: 'done', moved: 1 },
    });
    for (const route of [a, b]) await route.stop({ signal: AbortSignal.abort() });
  });
});
