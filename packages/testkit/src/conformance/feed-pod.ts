import { PERSIST_FOREVER } from '@stateful-route/core';
import type { PodFeedEvent } from '@stateful-route/core/adapter';
import { endings } from './links-tokens.ts';
import type { Store, Suite } from './suite.ts';

type ClaimEnded = Extract<PodFeedEvent, { type: 'claimEnded' }>;

/**
 * Subscribes to a pod's own channel. `all` publishes a last event of its own, so that "no event" needs no timeout. On a Cluster
 * events about different users come from different masters, in no common order: it waits for the expected ones.
 */
async function listen({ feed, stateful, ns, eventually }: Store, podId: number) {
  const received: ClaimEnded[] = [];
  const stop = await feed.subscribePod(ns, 'room', podId, (event) => {
    if (event.type === 'claimEnded') received.push(event);
  });
  const all = async (expected: number): Promise<ClaimEnded[]> => {
    await stateful.setLinkedPod(ns, 'last', 'room', podId, PERSIST_FOREVER);
    await stateful.removeLinkedPod(ns, 'last', 'room');
    await eventually(() => received.some(({ uid }) => uid === 'last') && received.length > expected);
    return received.splice(0).filter(({ uid }) => uid !== 'last');
  };
  return { received, all, stop };
}

/** The ways to end a claim of which the owner is notified: those without the claim's token. */
const notifying: ReadonlySet<string> = new Set([
  'a removal',
  'a removal that keeps a temporary link',
  'a removal by pod that keeps a temporary link',
  'a temporary set',
]);

/** A pod's own channel. */
export function describePodFeed({ describe, test, expect }: Suite): void {
  describe("a pod's own channel", () => {
    const claim = ({ stateful, ns }: Store, podId: number, uid = 'ada') =>
      stateful.trySetLinkedPod(ns, uid, 'room', podId, PERSIST_FOREVER, { incarnation: 'a' });

    for (const [name, end] of Object.entries(endings)) {
      test(`${notifying.has(name) ? 'notifies' : 'does not notify'} the owner of ${name}`, async (store) => {
        const owner = await listen(store, 0);
        const { token } = await claim(store, 0);
        await end(store, token!);
        const expected = { type: 'claimEnded', uid: 'ada', token };
        const events = notifying.has(name) ? [expected] : [];
        expect(await owner.all(events.length)).toEqual(events);
      });
    }

    test('notifies the owner of a forced claim of another pod, and no other pod', async (store) => {
      const { stateful, ns } = store;
      const [owner, other] = [await listen(store, 0), await listen(store, 1)];
      const { token } = await claim(store, 0);
      await stateful.setLinkedPod(ns, 'ada', 'room', 1, PERSIST_FOREVER);
      expect(await owner.all(1)).toEqual([{ type: 'claimEnded', uid: 'ada', token }]);
      expect(await other.all(0)).toEqual([]);
    });

    test('does not notify of a forced claim of the same pod, which is still a claim', async (store) => {
      const { stateful, ns } = store;
      const owner = await listen(store, 0);
      await claim(store, 0);
      await stateful.setLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER);
      expect(await owner.all(0)).toEqual([]);
    });

    test('notifies of a removal by pod without a token, but not of one without effect', async (store) => {
      const { stateful, ns } = store;
      const owner = await listen(store, 0);
      const { token } = await claim(store, 0);
      await stateful.removeLinkedPodWithId(ns, 'ada', 'room', 1);
      await stateful.removeLinkedPodWithId(ns, 'ada', 'room', 0, { onlyIfTemporary: true });
      await stateful.removeLinkedPodWithId(ns, 'ada', 'room', 0, { token: token! + 1 });
      expect(await owner.all(0)).toEqual([]);
      await stateful.removeLinkedPodWithId(ns, 'ada', 'room', 0);
      expect(await owner.all(1)).toEqual([{ type: 'claimEnded', uid: 'ada', token }]);
    });

    test('does not notify of temporary links', async (store) => {
      const { stateful, ns } = store;
      const owner = await listen(store, 0);
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60);
      await stateful.setLinkedPod(ns, 'ada', 'room', 1, 60);
      await stateful.setLinkedPod(ns, 'ada', 'room', 0, 60);
      await stateful.removeLinkedPod(ns, 'ada', 'room');
      await stateful.removeLinkedPod(ns, 'ada', 'room');
      expect(await owner.all(0)).toEqual([]);
    });

    test('carries every uid unchanged', async (store) => {
      const uids = ['__proto__', '用户🙂', '\'"\\', 'a b', 'x'.repeat(512)];
      const owner = await listen(store, 0);
      for (const uid of uids) {
        await claim(store, 0, uid);
        await store.stateful.removeLinkedPod(store.ns, uid, 'room');
      }
      expect((await owner.all(uids.length)).map(({ uid }) => uid).toSorted()).toEqual(uids.toSorted());
    });

    test('belongs to one service and namespace, and ends with its subscription', async (store) => {
      const { stateful, ns } = store;
      const [stopped, owner] = [await listen(store, 0), await listen(store, 0)];
      await stopped.stop();
      for (const [namespace, service] of [
        [ns, 'lobby'],
        [`${ns}.2`, 'room'],
      ] as const) {
        await stateful.setLinkedPod(namespace, 'ada', service, 0, PERSIST_FOREVER);
        await stateful.removeLinkedPod(namespace, 'ada', service);
      }
      await claim(store, 0, 'bob');
      await stateful.removeLinkedPod(ns, 'bob', 'room');
      expect((await owner.all(1)).map(({ uid }) => uid)).toEqual(['bob']);
      expect(stopped.received).toEqual([]);
      await stopped.stop();
    });
  });
}
