import { PERSIST_FOREVER } from '@stateful-route/core';
import { beatingPod } from './beating-pod.ts';
import type { Store, Suite } from './suite.ts';

/** Every call that may rest on a reading, with that reading's epoch. */
const calls: Readonly<Record<string, (store: Store, epoch: number) => Promise<unknown>>> = {
  'a placement': ({ stateful, ns }, epoch) =>
    stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60, { epoch }),
  'a claim': ({ stateful, ns }, epoch) =>
    stateful.trySetLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER, { incarnation: 'a', epoch }),
  'a temporary try': ({ stateful, ns }, epoch) =>
    stateful.trySetLinkedPod(ns, 'ada', 'room', 0, 60, { epoch }),
  'an assertion': ({ stateful, ns }, epoch) =>
    stateful.trySetLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER, { assertToken: 7, epoch }),
};

/** Writes that rest on a reading, and epochs. */
export function describeEpochs({ capabilities, describe, test, expect, refused }: Suite): void {
  describe('epochs', () => {
    const epochOf = async ({ stateful, ns }: Store) => (await stateful.getServiceState(ns, 'room')).epoch;

    test('a reading and a heartbeat return the same one', async (store) => {
      const { epoch } = await beatingPod(store, 0, 'a').beat();
      expect(Number.isSafeInteger(epoch)).toBe(true);
      expect(await epochOf(store)).toBe(epoch);
    });

    for (const [name, call] of Object.entries(calls)) {
      test(`${name} is made in its own epoch, and refused in another`, async (store) => {
        const { stateful, ns } = store;
        const epoch = await epochOf(store);
        await refused('STORE_ERROR', call(store, epoch + 1), { epoch, retryable: true });
        expect((await stateful.getLink(ns, 'ada', 'room')).podId).toBe(undefined);
        await call(store, epoch);
        expect((await stateful.getLink(ns, 'ada', 'room')).podId).toBe(0);
      });
    }

    test('a replacement is made in its own epoch, and refused in another', async (store) => {
      const { stateful, ns } = store;
      const epoch = await epochOf(store);
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60);
      const replace = (given: number) =>
        stateful.replaceLinkedPod(ns, 'ada', 'room', 0, 1, 60, { epoch: given });
      await refused('STORE_ERROR', replace(epoch + 1), { epoch, retryable: true });
      expect(await stateful.getLinkedPod(ns, 'ada', 'room')).toBe(0);
      expect(await replace(epoch)).toEqual({ linked: true, podId: 1 });
    });

    test('a call that is refused for its epoch does not affect concurrent ones', async (store) => {
      const { stateful, ns } = store;
      const epoch = await epochOf(store);
      const place = (uid: string, given?: number) =>
        stateful.setLinkedPodIfAbsent(ns, uid, 'room', 0, 60, { epoch: given });
      const [ada, , cyd] = await Promise.all([
        place('ada', epoch),
        refused('STORE_ERROR', place('bob', epoch + 1), { epoch }),
        place('cyd'),
      ]);
      expect([ada.created, cyd.created]).toEqual([true, true]);
      expect(await stateful.getLinkedPod(ns, 'bob', 'room')).toBe(undefined);
    });

    if (!capabilities.restarts) return;

    for (const [name, call] of Object.entries(calls)) {
      test(`${name} that rests on a reading before a restart is not written`, async (store) => {
        const { stateful, ns } = store;
        const before = await epochOf(store);
        await store.restart();
        const epoch = await epochOf(store);
        expect(epoch).toBeGreaterThan(before);
        await refused('STORE_ERROR', call(store, before), { epoch, retryable: true });
        expect((await stateful.getLink(ns, 'ada', 'room')).podId).toBe(undefined);
        await call(store, epoch);
        expect((await stateful.getLink(ns, 'ada', 'room')).podId).toBe(0);
      });
    }

    test('every listener is notified of a restart, and goes on getting events', async (store) => {
      const { feed, stateful, ns } = store;
      const received: string[] = [];
      await feed.subscribe(ns, 'room', ({ type }) => received.push(`service ${type}`));
      await feed.subscribePod(ns, 'room', 0, ({ type }) => received.push(`pod ${type}`));
      await store.restart();
      await store.eventually(() => received.includes('service missed') && received.includes('pod missed'));
      await stateful.setLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER);
      await stateful.removeLinkedPod(ns, 'ada', 'room');
      await beatingPod(store, 0, 'a').beat();
      await store.eventually(() => received.includes('pod claimEnded') && received.includes('service state'));
    });
  });
}
