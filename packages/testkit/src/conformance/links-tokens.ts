import { PERSIST_FOREVER, type TrySetResult } from '@stateful-route/core';
import { race, type Store, type Suite } from './suite.ts';

/** Above the time of any clock, which tells a kept token from a new one. */
const HIGH = 8_000_000_000_000_000;
const DAY_MS = 24 * 60 * 60 * 1_000;

/** Every way to end the claim of pod 0, with this token, so that no claim follows. */
export const endings: Readonly<Record<string, (store: Store, token: number) => Promise<unknown>>> = {
  'a removal': ({ stateful, ns }) => stateful.removeLinkedPod(ns, 'ada', 'room'),
  'a removal that keeps a temporary link': ({ stateful, ns }) =>
    stateful.removeLinkedPod(ns, 'ada', 'room', { keepSeconds: 60 }),
  'a removal by pod and token': ({ stateful, ns }, token) =>
    stateful.removeLinkedPodWithId(ns, 'ada', 'room', 0, { token }),
  'a removal by pod that keeps a temporary link': ({ stateful, ns }) =>
    stateful.removeLinkedPodWithId(ns, 'ada', 'room', 0, { keepSeconds: 60 }),
  'a replacement': ({ stateful, ns }, token) =>
    stateful.replaceLinkedPod(ns, 'ada', 'room', 0, 1, 60, { ifToken: token }),
  'a temporary try of its own pod': ({ stateful, ns }) => stateful.trySetLinkedPod(ns, 'ada', 'room', 0, 60),
  'a temporary set': ({ stateful, ns }) => stateful.setLinkedPod(ns, 'ada', 'room', 0, 60),
};

function claim(
  { stateful, ns }: Store,
  podId: number,
  incarnation?: string,
  minToken?: number,
): Promise<TrySetResult> {
  return stateful.trySetLinkedPod(ns, 'ada', 'room', podId, PERSIST_FOREVER, { incarnation, minToken });
}

/** Tokens: an integer that grows with every change of a claim's owner. */
export function describeTokens({ capabilities, describe, test, expect }: Suite): void {
  describe('tokens', () => {
    test("a first token is the store's time in µs", async (store) => {
      const before = await store.storeTime();
      const { token } = await claim(store, 0, 'a');
      const after = await store.storeTime();
      expect(Number.isSafeInteger(token)).toBe(true);
      expect(token).toBeGreaterThanOrEqual(before * 1_000);
      expect(token).toBeLessThan((after + 1) * 1_000);
    });

    test('is kept by the same pod and incarnation', async (store) => {
      const first = await claim(store, 0, 'a');
      const again = await claim(store, 0, 'a');
      expect(again).toEqual({ linked: true, podId: 0, previous: 0, token: first.token });
      expect(await claim(store, 0, 'a', first.token)).toMatchObject({ token: first.token });
      expect(await claim(store, 0, 'a', 1)).toMatchObject({ token: first.token });
    });

    test('is kept by claims without an incarnation, which count as one incarnation', async (store) => {
      const first = await claim(store, 0);
      expect(await claim(store, 0)).toMatchObject({ linked: true, token: first.token });
    });

    test('grows with each change of the incarnation', async (store) => {
      const tokens: number[] = [];
      for (const incarnation of ['a', 'b', undefined, 'a']) {
        const { linked, token } = await claim(store, 0, incarnation);
        expect(linked).toBe(true);
        tokens.push(token!);
        const link = await store.stateful.getLink(store.ns, 'ada', 'room');
        expect(link).toMatchObject({ podId: 0, permanent: true, token });
        expect(link.incarnation).toBe(incarnation);
      }
      expect(tokens).toEqual([...new Set(tokens)].toSorted((a, b) => a - b));
    });

    test('is not less than minToken', async (store) => {
      expect(await claim(store, 0, 'a', HIGH)).toMatchObject({ linked: true, token: HIGH });
      expect(await claim(store, 0, 'a', HIGH)).toMatchObject({ token: HIGH });
      expect(await claim(store, 0, 'a', HIGH + 5)).toMatchObject({ linked: true, token: HIGH + 5 });
      expect(await claim(store, 0, 'b', HIGH)).toMatchObject({ linked: true, token: HIGH + 6 });
    });

    test('belongs to claims only: a temporary try has none and asks for none', async (store) => {
      const { stateful, ns } = store;
      const options = { incarnation: 'a', minToken: HIGH };
      const tried = await stateful.trySetLinkedPod(ns, 'ada', 'room', 0, 60, options);
      expect(tried.token).toBe(undefined);
      expect((await claim(store, 0, 'a')).token).toBeLessThan(HIGH);
    });

    for (const [name, end] of Object.entries(endings)) {
      test(`grows across ${name}`, async (store) => {
        await claim(store, 0, 'a', HIGH);
        await end(store, HIGH);
        expect((await store.stateful.getLink(store.ns, 'ada', 'room')).token).toBe(undefined);
        expect(await claim(store, 0, 'a')).toMatchObject({ linked: true, token: HIGH + 1 });
        await end(store, HIGH + 1);
        expect(await claim(store, 1, 'b')).toMatchObject({ linked: true, token: HIGH + 2 });
      });
    }

    test('grows with every forced claim', async (store) => {
      const { stateful, ns } = store;
      const token = async (): Promise<number | undefined> =>
        (await stateful.getLink(ns, 'ada', 'room')).token;
      await claim(store, 0, 'a', HIGH);
      await stateful.setLinkedPod(ns, 'ada', 'room', 1, PERSIST_FOREVER);
      expect(await token()).toBe(HIGH + 1);
      await stateful.setLinkedPod(ns, 'ada', 'room', 1, PERSIST_FOREVER);
      expect(await token()).toBe(HIGH + 2);
      expect(await claim(store, 1)).toMatchObject({ linked: true, token: HIGH + 2 });
      expect(await claim(store, 1, 'b')).toMatchObject({ linked: true, token: HIGH + 3 });
    });

    test('grows with a claim of a user without a link', async (store) => {
      const { stateful, ns } = store;
      await claim(store, 0, 'a', HIGH);
      await stateful.removeLinkedPod(ns, 'ada', 'room');
      const made = await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, PERSIST_FOREVER);
      expect(made).toMatchObject({ permanent: true, token: HIGH + 1 });
      expect(await claim(store, 0)).toMatchObject({ token: HIGH + 1 });
    });

    test('grows when set if absent turns a temporary link into a claim', async (store) => {
      const { stateful, ns } = store;
      await claim(store, 0, 'a', HIGH);
      await stateful.removeLinkedPod(ns, 'ada', 'room', { keepSeconds: 60 });
      const made = await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, PERSIST_FOREVER);
      expect(made).toMatchObject({ podId: 0, permanent: true, token: HIGH + 1 });
    });

    test('belongs to one user, service and namespace', async (store) => {
      const { stateful, ns } = store;
      await claim(store, 0, 'a', HIGH);
      for (const [namespace, uid, service] of [
        [ns, 'ada', 'lobby'],
        [ns, 'bob', 'room'],
        [`${ns}.2`, 'ada', 'room'],
      ] as const) {
        const other = await stateful.trySetLinkedPod(namespace, uid, service, 0, PERSIST_FOREVER);
        expect(other.token).toBeLessThan(HIGH);
        await stateful.removeLinkedPod(namespace, uid, service);
      }
      expect(await claim(store, 0, 'b')).toMatchObject({ token: HIGH + 1 });
    });

    test('only grows, in any order of claims and removals', async (store) => {
      const { stateful, ns } = store;
      const tokens: number[] = [];
      await race(100, async (at) => {
        if (at % 3 === 2) return stateful.removeLinkedPod(ns, 'ada', 'room');
        const { linked, token } = await claim(store, at % 2, `5.run-${at % 2}.${at}`);
        if (linked) tokens.push(token!);
        return linked;
      });
      expect(tokens.length).toBeGreaterThan(1);
      expect(new Set(tokens).size).toBe(tokens.length);
    });

    if (capabilities.clock === 'manual') describeTheirAge();

    function describeTheirAge(): void {
      test('is remembered for 7 days after the last claim', async (store) => {
        await claim(store, 0, 'a', HIGH);
        await store.stateful.removeLinkedPod(store.ns, 'ada', 'room');
        await store.elapse(7 * DAY_MS - 10_000);
        expect(await claim(store, 0, 'a')).toMatchObject({ token: HIGH + 1 });
        await store.stateful.removeLinkedPod(store.ns, 'ada', 'room');
        await store.elapse(7 * DAY_MS);
        expect((await claim(store, 0, 'a')).token).toBeLessThan(HIGH);
      });

      test('is remembered as long as the user has any claim', async (store) => {
        const { stateful, ns } = store;
        await claim(store, 0, 'a', HIGH);
        await stateful.trySetLinkedPod(ns, 'ada', 'lobby', 0, PERSIST_FOREVER);
        await stateful.removeLinkedPod(ns, 'ada', 'room');
        await store.elapse(30 * DAY_MS);
        expect(await stateful.getLinkedPodIfPersist(ns, 'ada', 'lobby')).toBe(0);
        expect(await claim(store, 0, 'a')).toMatchObject({ token: HIGH + 1 });
        await store.elapse(30 * DAY_MS);
        expect(await claim(store, 0, 'a')).toMatchObject({ token: HIGH + 1 });
      });
    }
  });
}
