import { PERSIST_FOREVER } from '@stateful-route/core';
import {
  CLAIMED_BEFORE_DEATH_MS,
  DEATHS_WITHIN_MS,
  QUARANTINE_MS,
  QUARANTINED_MAX,
  type ReplaceLinkedPodOptions,
  type ReplaceResult,
} from '@stateful-route/core/adapter';
import { race, type Store, type Suite } from './suite.ts';

/** Users who kill whoever opens them. */
export function describePoison({ capabilities, describe, test, expect }: Suite): void {
  const linkOf = ({ stateful, ns }: Store) => stateful.getLink(ns, 'ada', 'room');

  /** Claims the user, and takes the claim over from a pod that died so long after it was made. */
  const die = async (
    store: Store,
    podId: number,
    afterMs: number,
    options: ReplaceLinkedPodOptions = {},
  ): Promise<ReplaceResult> => {
    const { stateful, ns } = store;
    await stateful.trySetLinkedPod(ns, 'ada', 'room', podId, PERSIST_FOREVER);
    const { token = 0 } = await linkOf(store);
    const ownerDiedAt = Math.floor(token / 1_000) + afterMs;
    return stateful.replaceLinkedPod(ns, 'ada', 'room', podId, podId + 1, 60, {
      ifToken: token,
      ownerDiedAt,
      ...options,
    });
  };
  /** Two deaths that are held against the user. */
  const twice = async (store: Store): Promise<void> => {
    for (const podId of [0, 1]) {
      expect(await die(store, podId, 1)).toEqual({ linked: true, podId: podId + 1 });
      // Two pods never die at the same time.
      await store.elapse(2);
    }
  };

  describe('a user whose owners die', () => {
    test('is suspected at the third death, and stays where he is', async (store) => {
      await twice(store);
      expect(await die(store, 2, 1)).toEqual({ linked: false, podId: 2, suspected: true });
      expect(await linkOf(store)).toMatchObject({ podId: 2, permanent: true });
      // The same death counts once, however often it is told.
      expect(await die(store, 2, 1)).toEqual({ linked: false, podId: 2, suspected: true });
      // Without a death nothing is held against him.
      expect(await die(store, 2, 1, { ownerDiedAt: undefined })).toEqual({ linked: true, podId: 3 });
    });

    test('is not suspected for deaths beside which more pods fell than are held against him', async (store) => {
      expect(await die(store, 0, 1, { othersFell: 1 })).toEqual({ linked: true, podId: 1 });
      await store.elapse(2);
      await twice(store);
      expect(await die(store, 2, 1, { othersFell: 3 })).toEqual({ linked: true, podId: 3 });
      await store.elapse(2);
      expect(await die(store, 3, 1, { othersFell: 2 })).toEqual({ linked: false, podId: 3, suspected: true });
    });

    test('is quarantined: his claim ends, and he is placed nowhere', async (store) => {
      const { stateful, ns } = store;
      await twice(store);
      const before = await store.storeTime();
      const { token } = await stateful.trySetLinkedPod(ns, 'ada', 'room', 2, PERSIST_FOREVER);
      const { quarantinedUntil = 0, ...rest } = await die(store, 2, 1, { poison: 'quarantine' });
      expect(rest).toEqual({ linked: false });
      expect(quarantinedUntil).toBeGreaterThanOrEqual(before + QUARANTINE_MS);
      expect(quarantinedUntil).toBeLessThanOrEqual((await store.storeTime()) + QUARANTINE_MS);
      expect(await linkOf(store)).toMatchObject({ permanent: false, endedToken: token, quarantinedUntil });
      expect((await linkOf(store)).podId).toBe(undefined);
      const refused = { quarantinedUntil };
      expect(await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60)).toEqual({
        created: false,
        ...refused,
      });
      const tried = await stateful.trySetLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER);
      expect(tried).toEqual({ linked: false, ...refused });
      // Also on the pod of a pin, and by those who know the pin.
      await stateful.setPin(ns, 'ada', 'room', 0);
      expect(await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60, { despitePin: 0 })).toEqual({
        created: false,
        ...refused,
      });
      // Others, and other services, are not concerned.
      expect(await stateful.setLinkedPodIfAbsent(ns, 'bob', 'room', 0, 60)).toMatchObject({ created: true });
      expect(await stateful.setLinkedPodIfAbsent(ns, 'ada', 'hall', 0, 60)).toMatchObject({ created: true });
    });

    test('is forgiven, and needs three more deaths', async (store) => {
      await twice(store);
      expect(await die(store, 2, 1, { poison: 'forgive' })).toEqual({ linked: true, podId: 3 });
      await store.elapse(2);
      expect(await die(store, 3, 1, { poison: 'quarantine' })).toEqual({ linked: true, podId: 4 });
      await store.elapse(2);
      expect(await die(store, 4, 1, { poison: 'quarantine' })).toEqual({ linked: true, podId: 5 });
      await store.elapse(2);
      expect(await die(store, 5, 1)).toMatchObject({ suspected: true });
    });

    test('is not the cause if he was claimed long before', async (store) => {
      await twice(store);
      const late = CLAIMED_BEFORE_DEATH_MS + 1;
      expect(await die(store, 2, late)).toEqual({ linked: true, podId: 3 });
      await store.elapse(2);
      expect(await die(store, 3, CLAIMED_BEFORE_DEATH_MS)).toMatchObject({ suspected: true });
    });

    test('is free again when his quarantine is ended', async (store) => {
      const { stateful, ns } = store;
      await twice(store);
      expect(await stateful.endQuarantine(ns, 'ada', 'room')).toBe(false);
      // The deaths are forgotten with it.
      await twice(store);
      await die(store, 2, 1, { poison: 'quarantine' });
      expect(await stateful.endQuarantine(ns, 'ada', 'room')).toBe(true);
      expect(await stateful.endQuarantine(ns, 'ada', 'room')).toBe(false);
      expect((await linkOf(store)).quarantinedUntil).toBe(undefined);
      expect(await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60)).toMatchObject({ created: true });
    });

    if (capabilities.clock === 'manual') {
      test('is free again after an hour', async (store) => {
        const { stateful, ns } = store;
        await twice(store);
        await die(store, 2, 1, { poison: 'quarantine' });
        await store.elapse(QUARANTINE_MS - 1_000);
        expect((await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60)).created).toBe(false);
        await store.elapse(1_000);
        expect((await linkOf(store)).quarantinedUntil).toBe(undefined);
        expect((await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60)).created).toBe(true);
      });

      test('is not suspected for deaths that are far apart', async (store) => {
        for (let podId = 0; podId < 6; podId++) {
          expect(await die(store, podId, 1)).toMatchObject({ linked: true });
          await store.elapse(DEATHS_WITHIN_MS / 2);
        }
      });
    }
  });

  describe('the quarantined users of a service', () => {
    const events = async ({ server, ns }: Store) =>
      (await server.readJournal(ns, 'room')).entries.map(({ id: _id, at: _at, ...event }) => event);

    test('are at most so many at once, and are in the journal', async (store) => {
      const { server, ns } = store;
      const counted = await race(QUARANTINED_MAX + 3, (at) =>
        server.quarantineUser(ns, 'room', `u${at}`, 60_000),
      );
      expect(counted.filter(Boolean).length).toBe(QUARANTINED_MAX);
      expect(await server.quarantineUser(ns, 'hall', 'one more', 60_000)).toBe(true);
      const first = `u${counted.indexOf(true)}`;
      // Counted already.
      expect(await server.quarantineUser(ns, 'room', first, 60_000)).toBe(true);
      expect((await events(store)).length).toBe(QUARANTINED_MAX);
      expect(await server.unquarantineUser(ns, 'room', first, { by: 'carol' })).toBe(true);
      expect(await server.unquarantineUser(ns, 'room', first)).toBe(false);
      expect((await events(store)).at(-1)).toEqual({ type: 'unquarantined', uid: first, by: 'carol' });
      expect(await server.quarantineUser(ns, 'room', 'one more', 60_000)).toBe(true);
      expect((await events(store)).at(-1)).toEqual({ type: 'quarantined', uid: 'one more' });
    });

    test('are counted for their own time', async (store) => {
      const { server, ns } = store;
      for (let at = 0; at < QUARANTINED_MAX; at++) await server.quarantineUser(ns, 'room', `u${at}`, 1);
      await store.elapse(2);
      expect(await server.quarantineUser(ns, 'room', 'later', 60_000)).toBe(true);
      expect(await server.unquarantineUser(ns, 'room', 'u0')).toBe(false);
    });
  });
}
