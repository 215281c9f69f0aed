import { DELETE_NOW, PERSIST_FOREVER, type TrySetResult } from '@stateful-route/core';
import { race, type Store, type Suite } from './suite.ts';

function claim({ stateful, ns }: Store, uid = 'ada'): Promise<TrySetResult> {
  return stateful.trySetLinkedPod(ns, uid, 'room', 0, PERSIST_FOREVER, { incarnation: 'a' });
}

/** The removal of a link, at once or after a while. */
export function describeRemoval({ describe, test, expect }: Suite): void {
  describe('removal', () => {
    for (const keepSeconds of [undefined, DELETE_NOW, 0]) {
      test(`keepSeconds ${keepSeconds} deletes, and says whether there was a link`, async (store) => {
        const { stateful, ns } = store;
        expect(await stateful.removeLinkedPod(ns, 'ada', 'room', { keepSeconds })).toBe(false);
        await claim(store);
        expect(await stateful.removeLinkedPod(ns, 'ada', 'room', { keepSeconds })).toBe(true);
        expect((await stateful.getLink(ns, 'ada', 'room')).podId).toBe(undefined);
        expect(await stateful.getLinkService(ns, 'ada')).toEqual(new Map());
        await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 3, 60);
        expect(await stateful.removeLinkedPodWithId(ns, 'ada', 'room', 3, { keepSeconds })).toBe(true);
        expect(await stateful.getLinkedPod(ns, 'ada', 'room')).toBe(undefined);
        expect(await stateful.removeLinkedPodWithId(ns, 'ada', 'room', 3, { keepSeconds })).toBe(false);
      });
    }

    test('keepSeconds makes a claim a temporary link of the same pod, which expires', async (store) => {
      const { stateful, ns } = store;
      for (const uid of ['ada', 'bob', 'cyd']) await claim(store, uid);
      expect(await stateful.removeLinkedPod(ns, 'ada', 'room', { keepSeconds: 60 })).toBe(true);
      expect(await stateful.removeLinkedPod(ns, 'bob', 'room', { keepSeconds: 1 })).toBe(true);
      expect(await stateful.removeLinkedPodWithId(ns, 'cyd', 'room', 0, { keepSeconds: 1 })).toBe(true);
      const link = await stateful.getLink(ns, 'ada', 'room');
      expect(link).toMatchObject({ podId: 0, permanent: false });
      expect(link.token).toBe(undefined);
      expect(link.incarnation).toBe(undefined);
      expect(link.ttlMs).toBeLessThanOrEqual(60_000);
      expect(await stateful.getLinkedPodIfPersist(ns, 'ada', 'room')).toBe(undefined);
      expect(await stateful.getLinkService(ns, 'ada')).toEqual(new Map());
      await store.elapse(1_000);
      expect(await stateful.getLinkedPod(ns, 'bob', 'room')).toBe(undefined);
      expect(await stateful.getLinkedPod(ns, 'cyd', 'room')).toBe(undefined);
    });

    test('keepSeconds sets the time of a temporary link too, shorter or longer', async ({ stateful, ns }) => {
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60);
      expect(await stateful.removeLinkedPod(ns, 'ada', 'room', { keepSeconds: 10 })).toBe(true);
      expect((await stateful.getLink(ns, 'ada', 'room')).ttlMs).toBeLessThanOrEqual(10_000);
      expect(await stateful.removeLinkedPodWithId(ns, 'ada', 'room', 0, { keepSeconds: 90 })).toBe(true);
      expect((await stateful.getLink(ns, 'ada', 'room')).ttlMs).toBeGreaterThan(60_000);
    });

    test('by pod, does not remove the link of another pod', async (store) => {
      const { stateful, ns } = store;
      await claim(store);
      await stateful.setLinkedPodIfAbsent(ns, 'bob', 'room', 0, 60);
      for (const keepSeconds of [undefined, 10]) {
        expect(await stateful.removeLinkedPodWithId(ns, 'ada', 'room', 1, { keepSeconds })).toBe(false);
        expect(await stateful.removeLinkedPodWithId(ns, 'bob', 'room', 1, { keepSeconds })).toBe(false);
      }
      expect(await stateful.getLinkedPodIfPersist(ns, 'ada', 'room')).toBe(0);
      expect((await stateful.getLink(ns, 'bob', 'room')).ttlMs).toBeGreaterThan(10_000);
    });

    test('by token, removes only the claim with that token', async (store) => {
      const { stateful, ns } = store;
      const { token } = await claim(store);
      expect(await stateful.removeLinkedPodWithId(ns, 'ada', 'room', 0, { token: token! + 1 })).toBe(false);
      expect(await stateful.removeLinkedPodWithId(ns, 'ada', 'room', 1, { token })).toBe(false);
      expect(await stateful.getLink(ns, 'ada', 'room')).toMatchObject({ podId: 0, token });
      expect(await stateful.removeLinkedPodWithId(ns, 'ada', 'room', 0, { token })).toBe(true);
      expect((await stateful.getLink(ns, 'ada', 'room')).podId).toBe(undefined);
    });

    test('by token, does not remove a temporary link, so that a retry does nothing', async (store) => {
      const { stateful, ns } = store;
      const { token } = await claim(store);
      expect(await stateful.removeLinkedPodWithId(ns, 'ada', 'room', 0, { token, keepSeconds: 60 })).toBe(
        true,
      );
      expect(await stateful.removeLinkedPodWithId(ns, 'ada', 'room', 0, { token, keepSeconds: 5 })).toBe(
        false,
      );
      expect(await stateful.removeLinkedPodWithId(ns, 'ada', 'room', 0, { token })).toBe(false);
      expect((await stateful.getLink(ns, 'ada', 'room')).ttlMs).toBeGreaterThan(5_000);
    });

    test('of many at once one finds the link', async (store) => {
      const { stateful, ns } = store;
      const { token } = await claim(store);
      const removed = await race(20, (at) =>
        at % 2
          ? stateful.removeLinkedPod(ns, 'ada', 'room')
          : stateful.removeLinkedPodWithId(ns, 'ada', 'room', 0, { token }),
      );
      expect(removed.filter(Boolean).length).toBe(1);
    });

    test("does not remove the uid's links to other services", async (store) => {
      const { stateful, ns } = store;
      await claim(store);
      await stateful.trySetLinkedPod(ns, 'ada', 'lobby', 0, PERSIST_FOREVER);
      await stateful.removeLinkedPod(ns, 'ada', 'room');
      expect(await stateful.getLinkService(ns, 'ada')).toEqual(new Map([['lobby', 0]]));
    });
  });
}
