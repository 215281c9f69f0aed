import { PERSIST_FOREVER, type TrySetResult } from '@stateful-route/core';
import type { Store, Suite } from './suite.ts';

function claim({ stateful, ns }: Store, podId: number, incarnation: string): Promise<TrySetResult> {
  return stateful.trySetLinkedPod(ns, 'ada', 'room', podId, PERSIST_FOREVER, { incarnation });
}

/** Transitions of one user between owners. */
export function describeOwners({ describe, test, expect }: Suite): void {
  describe('transitions between owners', () => {
    test('an owner dies, another takes over by its token and releases, the first returns', async (store) => {
      const { stateful, ns } = store;
      const first = await claim(store, 0, 'a');
      const seen = await stateful.getLink(ns, 'ada', 'room');
      expect(await stateful.replaceLinkedPod(ns, 'ada', 'room', 0, 1, 60, { ifToken: seen.token })).toEqual({
        linked: true,
        podId: 1,
      });
      const second = await claim(store, 1, 'b');
      expect(second).toMatchObject({ linked: true, previous: 1 });
      expect(second.token).toBeGreaterThan(first.token!);

      expect(await claim(store, 0, 'a')).toEqual({
        linked: false,
        podId: 1,
        previous: 1,
        token: second.token,
      });
      expect(await stateful.removeLinkedPodWithId(ns, 'ada', 'room', 0, { token: first.token })).toBe(false);
      expect(await stateful.removeLinkedPodWithId(ns, 'ada', 'room', 1, { token: second.token })).toBe(true);
      const third = await claim(store, 0, 'a');
      expect(third).toMatchObject({ linked: true, podId: 0 });
      expect(third.previous).toBe(undefined);
      expect(third.token).toBeGreaterThan(second.token!);
    });

    test('a take-over after the owner has claimed again is refused', async (store) => {
      const { stateful, ns } = store;
      await claim(store, 0, 'a');
      const seen = await stateful.getLink(ns, 'ada', 'room');
      const back = await claim(store, 0, 'a2');
      expect(await stateful.replaceLinkedPod(ns, 'ada', 'room', 0, 1, 60, { ifToken: seen.token })).toEqual({
        linked: false,
        podId: 0,
      });
      expect(await stateful.getLink(ns, 'ada', 'room')).toMatchObject({ podId: 0, token: back.token });
    });

    test('a take-over whose new pod never claims ends by itself', async (store) => {
      const { stateful, ns } = store;
      const { token } = await claim(store, 0, 'a');
      await stateful.replaceLinkedPod(ns, 'ada', 'room', 0, 1, 1, { ifToken: token });
      await store.elapse(1_000);
      const next = await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 2, 60);
      expect(next).toMatchObject({ podId: 2, created: true });
      expect((await claim(store, 2, 'c')).token).toBeGreaterThan(token!);
    });

    test('the displaced owner may claim again before the chosen pod has', async (store) => {
      const { stateful, ns } = store;
      const first = await claim(store, 0, 'a');
      await stateful.replaceLinkedPod(ns, 'ada', 'room', 0, 1, 60, { ifToken: first.token });
      const again = await claim(store, 0, 'a');
      expect(again).toMatchObject({ linked: true, podId: 0, previous: 1 });
      expect(again.token).toBeGreaterThan(first.token!);
      expect(await claim(store, 1, 'b')).toMatchObject({ linked: false, podId: 0 });
    });

    test("a forced set ends the claim, and the old owner's token is no longer valid", async (store) => {
      const { stateful, ns } = store;
      const { token } = await claim(store, 0, 'a');
      expect(await stateful.setLinkedPod(ns, 'ada', 'room', 1, PERSIST_FOREVER)).toMatchObject({
        previous: 0,
      });
      expect(await claim(store, 0, 'a')).toMatchObject({ linked: false, podId: 1 });
      expect(await stateful.removeLinkedPodWithId(ns, 'ada', 'room', 0, { token })).toBe(false);
      expect(await stateful.replaceLinkedPod(ns, 'ada', 'room', 0, 2, 60, { ifToken: token })).toEqual({
        linked: false,
        podId: 1,
      });
    });

    test('a forced set back to the old owner does not give it its old token back', async (store) => {
      const { stateful, ns } = store;
      const { token } = await claim(store, 0, 'a');
      await stateful.setLinkedPod(ns, 'ada', 'room', 1, PERSIST_FOREVER);
      await stateful.setLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER);
      const link = await stateful.getLink(ns, 'ada', 'room');
      expect(link.token).toBeGreaterThan(token!);
      expect((await claim(store, 0, 'a')).token).toBeGreaterThan(link.token!);
    });

    test('after a temporary link expired any pod can be linked', async (store) => {
      const { stateful, ns } = store;
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 1);
      await store.elapse(1_000);
      expect(await claim(store, 1, 'b')).toMatchObject({ linked: true, podId: 1 });
      expect(await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60)).toMatchObject({
        podId: 1,
        permanent: true,
        created: false,
      });
    });
  });
}
