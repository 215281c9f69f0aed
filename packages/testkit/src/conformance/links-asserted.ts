import { PERSIST_FOREVER, type TrySetResult } from '@stateful-route/core';
import { endings } from './links-tokens.ts';
import type { Store, Suite } from './suite.ts';

const TOKEN = 1_000;

function assert({ stateful, ns }: Store, podId: number, assertToken: number): Promise<TrySetResult> {
  return stateful.trySetLinkedPod(ns, 'ada', 'room', podId, PERSIST_FOREVER, {
    incarnation: 'a',
    assertToken,
  });
}

/** A claim that is put back with its old token after the store lost it. */
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

    for (const previous of [0, 1]) {
      test(`puts it back over a temporary link to pod ${previous}`, async (store) => {
        const { stateful, ns } = store;
        await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', previous, 60);
        expect(await assert(store, 0, TOKEN)).toEqual({ linked: true, podId: 0, previous, token: TOKEN });
        expect(await stateful.getLinkedPodIfPersist(ns, 'ada', 'room')).toBe(0);
      });
    }

    test("is refused if there is another pod's claim", async (store) => {
      const { stateful, ns } = store;
      const { token } = await stateful.trySetLinkedPod(ns, 'ada', 'room', 1, PERSIST_FOREVER);
      expect(await assert(store, 0, token! + 1)).toEqual({ linked: false, podId: 1, previous: 1, token });
      expect(await stateful.getLinkedPodIfPersist(ns, 'ada', 'room')).toBe(1);
    });

    test('is refused if the store has a greater token, and no link', async (store) => {
      const { stateful, ns } = store;
      const { token } = await stateful.trySetLinkedPod(ns, 'ada', 'room', 1, PERSIST_FOREVER);
      await stateful.removeLinkedPod(ns, 'ada', 'room');
      for (const refused of [token! - 1, token!]) {
        expect(await assert(store, 0, refused)).toEqual({ linked: false });
      }
      expect((await stateful.getLink(ns, 'ada', 'room')).podId).toBe(undefined);
      expect(await assert(store, 0, token! + 1)).toMatchObject({ linked: true, token: token! + 1 });
    });

    for (const [name, end] of Object.entries(endings)) {
      test(`is refused after ${name}, which ended the claim on purpose`, async (store) => {
        const { stateful, ns } = store;
        const { token } = await stateful.trySetLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER, {
          incarnation: 'a',
        });
        await end(store, token!);
        const { podId } = await stateful.getLink(ns, 'ada', 'room');
        expect(await assert(store, 0, token!)).toEqual({ linked: false, podId, previous: podId });
        expect(await stateful.getLink(ns, 'ada', 'room')).toMatchObject({
          permanent: false,
          endedToken: token,
        });
      });
    }

    test('of the own claim in force returns its token', async (store) => {
      const { stateful, ns } = store;
      const { token } = await stateful.trySetLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER, {
        incarnation: 'a',
      });
      expect(await assert(store, 0, token!)).toEqual({ linked: true, podId: 0, previous: 0, token });
    });

    test('is refused if the own pod has claimed again', async (store) => {
      const { stateful, ns } = store;
      const { token } = await stateful.trySetLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER, {
        incarnation: 'a',
      });
      expect(await assert(store, 0, TOKEN)).toEqual({ linked: false, podId: 0, previous: 0, token });
      expect(await stateful.getLink(ns, 'ada', 'room')).toMatchObject({ token, incarnation: 'a' });
    });

    test('raises a smaller token of the own claim, and later tokens are greater', async (store) => {
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
