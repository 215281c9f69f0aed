import { PERSIST_FOREVER, type TrySetResult } from '@stateful-route/core';
import type { Store, Suite } from './suite.ts';

const TOKEN = 1_000;

function assert({ stateful, ns }: Store, podId: number, assertToken: number): Promise<TrySetResult> {
  return stateful.trySetLinkedPod(ns, 'ada', 'room', podId, PERSIST_FOREVER, {
    incarnation: 'a',
    assertToken,
  });
}

/** A claim put back after the store lost it, with the token it had. */
export function describeAssertedTokens({ describe, test, expect }: Suite): void {
  describe('asserted tokens', () => {
    test('puts a lost claim back with exactly its token', async (store) => {
      const { stateful, ns } = store;
      expect(await assert(store, 0, TOKEN)).toEqual({
        linked: true,
        podId: 0,
        previous: undefined,
        token: TOKEN,
      });
      expect(await stateful.getLink(ns, 'ada', 'room')).toMatchObject({
        podId: 0,
        permanent: true,
        token: TOKEN,
        incarnation: 'a',
      });
      expect(await stateful.getLinkService(ns, 'ada')).toEqual(new Map([['room', 0]]));
      expect(await assert(store, 0, TOKEN)).toMatchObject({ linked: true, token: TOKEN });
    });

    test('puts it back over the own temporary link', async (store) => {
      await store.stateful.setLinkedPodIfAbsent(store.ns, 'ada', 'room', 0, 60);
      expect(await assert(store, 0, TOKEN)).toEqual({ linked: true, podId: 0, previous: 0, token: TOKEN });
      expect(await store.stateful.getLinkedPodIfPersist(store.ns, 'ada', 'room')).toBe(0);
    });

    test("is refused where another pod's link stands, temporary or not", async (store) => {
      const { stateful, ns } = store;
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 1, 60);
      expect(await assert(store, 0, TOKEN)).toEqual({
        linked: false,
        podId: 1,
        previous: 1,
        token: undefined,
      });
      expect(await stateful.getLink(ns, 'ada', 'room')).toMatchObject({ podId: 1, permanent: false });
      const { token } = await stateful.trySetLinkedPod(ns, 'ada', 'room', 1, PERSIST_FOREVER);
      expect(await assert(store, 0, token! + 1)).toEqual({ linked: false, podId: 1, previous: 1, token });
      expect(await stateful.getLinkedPodIfPersist(ns, 'ada', 'room')).toBe(1);
    });

    test('is refused where the store keeps a greater one, and no link stands', async (store) => {
      const { stateful, ns } = store;
      const { token } = await stateful.trySetLinkedPod(ns, 'ada', 'room', 1, PERSIST_FOREVER);
      await stateful.removeLinkedPod(ns, 'ada', 'room');
      expect(await assert(store, 0, token! - 1)).toEqual({
        linked: false,
        podId: undefined,
        previous: undefined,
        token: undefined,
      });
      expect(await stateful.getLink(ns, 'ada', 'room')).toBe(undefined);
      expect(await assert(store, 0, token!)).toMatchObject({ linked: true, token });
    });

    test('is refused where the own pod has claimed anew', async (store) => {
      const { stateful, ns } = store;
      const { token } = await stateful.trySetLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER, {
        incarnation: 'b',
      });
      expect(await assert(store, 0, TOKEN)).toEqual({ linked: false, podId: 0, previous: 0, token });
      expect(await stateful.getLink(ns, 'ada', 'room')).toMatchObject({ token, incarnation: 'b' });
    });

    test('lifts a smaller token of the own claim, and later ones grow from it', async (store) => {
      const { stateful, ns } = store;
      const { token } = await stateful.trySetLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER, {
        incarnation: 'a',
      });
      const lifted = token! + 1_000_000_000_000;
      expect(await assert(store, 0, lifted)).toMatchObject({ linked: true, token: lifted });
      await stateful.removeLinkedPod(ns, 'ada', 'room');
      expect(await stateful.trySetLinkedPod(ns, 'ada', 'room', 2, PERSIST_FOREVER)).toMatchObject({
        token: lifted + 1,
      });
    });
  });
}
