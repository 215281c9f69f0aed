import { DELETE_NOW, PERSIST_FOREVER, type Pin } from '@stateful-route/core';
import type {
  PlaceOptions,
  ReplaceLinkedPodOptions,
  TrySetLinkedPodOptions,
} from '@stateful-route/core/adapter';
import { race, type Store, type Suite } from './suite.ts';

const WEEK_MS = 7 * 86_400_000;

/** Users whom an operator pinned to a pod. */
export function describePins({ capabilities, describe, test, expect }: Suite): void {
  const pin = ({ stateful, ns }: Store, podId: number | undefined, by?: string): Promise<Pin | undefined> =>
    stateful.setPin(ns, 'ada', 'room', podId, { by });
  const place = ({ stateful, ns }: Store, podId: number, options?: PlaceOptions, seconds = 60) =>
    stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', podId, seconds, options);
  const claim = ({ stateful, ns }: Store, podId: number, options?: TrySetLinkedPodOptions) =>
    stateful.trySetLinkedPod(ns, 'ada', 'room', podId, PERSIST_FOREVER, options);
  const replace = ({ stateful, ns }: Store, from: number, to: number, options?: ReplaceLinkedPodOptions) =>
    stateful.replaceLinkedPod(ns, 'ada', 'room', from, to, 60, options);
  const linkOf = ({ stateful, ns }: Store) => stateful.getLink(ns, 'ada', 'room');

  describe('a pin', () => {
    test('is read with the link, with who set it and when', async (store) => {
      expect((await linkOf(store)).pin).toBe(undefined);
      const before = await store.storeTime();
      expect(await pin(store, 2, 'carol: a/b % é')).toBe(undefined);
      const { pin: found } = await linkOf(store);
      const at = found?.at ?? 0;
      expect(found).toEqual({ podId: 2, by: 'carol: a/b % é', at });
      expect(at).toBeGreaterThanOrEqual(before);
      expect(at).toBeLessThanOrEqual(await store.storeTime());
      await store.elapse(2);
      // Pinned to the same pod once more: it stays as it is.
      expect(await pin(store, 2, 'dave')).toEqual(found);
      expect((await linkOf(store)).pin).toEqual(found);
      expect(await pin(store, 0)).toEqual(found);
      expect(await linkOf(store)).toMatchObject({ pin: { podId: 0, by: undefined } });
      expect(await pin(store, undefined)).toMatchObject({ podId: 0 });
      expect(await pin(store, undefined)).toBe(undefined);
      expect((await linkOf(store)).pin).toBe(undefined);
    });

    test('is of one user and service', async (store) => {
      const { stateful, ns } = store;
      await pin(store, 2);
      expect((await stateful.getLink(ns, 'ada', 'lobby')).pin).toBe(undefined);
      expect((await stateful.getLink(ns, 'bob', 'room')).pin).toBe(undefined);
      expect(await stateful.setLinkedPodIfAbsent(ns, 'ada', 'lobby', 0, 60)).toMatchObject({ created: true });
      expect(await stateful.setLinkedPodIfAbsent(ns, 'bob', 'room', 0, 60)).toMatchObject({ created: true });
    });

    test('is in a batch that asks for it, of users with a link', async (store) => {
      const { stateful, ns } = store;
      await place(store, 0);
      await pin(store, 2);
      await stateful.setPin(ns, 'bob', 'room', 1);
      await stateful.setLinkedPodIfAbsent(ns, 'cyd', 'room', 1, 60);
      const uids = ['ada', 'bob', 'cyd'];
      const links = await stateful.batchGetLink(ns, uids, 'room', { pins: true });
      expect([...links].map(([uid, link]) => [uid, link.pin?.podId])).toEqual([
        ['ada', 2],
        ['cyd', undefined],
      ]);
      const without = await stateful.batchGetLink(ns, uids, 'room');
      expect(without.get('ada')?.pin).toBe(undefined);
    });

    for (const seconds of [60, PERSIST_FOREVER]) {
      test(`refuses set if absent elsewhere, for ${seconds} s`, async (store) => {
        await pin(store, 2);
        expect(await place(store, 0, {}, seconds)).toEqual({ created: false, pinnedTo: 2 });
        expect((await linkOf(store)).podId).toBe(undefined);
        // Of another pin than the one in force the caller knows nothing.
        expect(await place(store, 0, { despitePin: 1 }, seconds)).toEqual({ created: false, pinnedTo: 2 });
        expect(await place(store, 2, {}, seconds)).toMatchObject({ created: true, podId: 2 });
      });
    }

    test('is ignored by set if absent, if the caller knows it', async (store) => {
      await pin(store, 2);
      expect(await place(store, 0, { despitePin: 2 })).toMatchObject({ created: true, podId: 0 });
      // The link that stands is in force, whatever the pin.
      expect(await place(store, 1)).toMatchObject({ created: false, podId: 0 });
      expect((await linkOf(store)).pin).toMatchObject({ podId: 2 });
    });

    test('refuses a claim elsewhere, unless the link names the pod', async (store) => {
      await pin(store, 2);
      expect(await claim(store, 0)).toEqual({ linked: false, pinnedTo: 2 });
      expect((await linkOf(store)).podId).toBe(undefined);
      await place(store, 1, { despitePin: 2 });
      expect(await claim(store, 0)).toEqual({ linked: false, podId: 1, previous: 1, pinnedTo: 2 });
      expect(await store.stateful.trySetLinkedPod(store.ns, 'ada', 'room', 0, 60)).toEqual({
        linked: false,
        podId: 1,
        previous: 1,
        pinnedTo: 2,
      });
      expect(await claim(store, 1)).toMatchObject({ linked: true, podId: 1 });
      expect(await claim(store, 1, { minToken: 1, incarnation: 'a' })).toMatchObject({ linked: true });
      // Another pod's claim is told first.
      const { token } = await linkOf(store);
      expect(await claim(store, 0)).toEqual({ linked: false, podId: 1, previous: 1, token });
    });

    test('lets its own pod claim, and others that know it', async (store) => {
      await pin(store, 2);
      expect(await claim(store, 0, { despitePin: 1 })).toEqual({ linked: false, pinnedTo: 2 });
      expect(await claim(store, 0, { despitePin: 2 })).toMatchObject({ linked: true, podId: 0 });
      await store.stateful.removeLinkedPod(store.ns, 'ada', 'room');
      expect(await claim(store, 2)).toMatchObject({ linked: true, podId: 2 });
    });

    test('does not keep a pod from restoring its claim', async (store) => {
      await pin(store, 2);
      expect(await claim(store, 0, { assertToken: 7 })).toMatchObject({ linked: true, token: 7 });
    });

    test('refuses a replacement elsewhere, and leaves the link', async (store) => {
      await place(store, 0);
      await pin(store, 2);
      expect(await replace(store, 0, 1)).toEqual({ linked: false, podId: 0, pinnedTo: 2 });
      const { token } = await claim(store, 0);
      const known = { ifToken: token };
      expect(await replace(store, 0, 1, known)).toEqual({ linked: false, podId: 0, pinnedTo: 2 });
      expect(await replace(store, 0, 1, { ...known, despitePin: 1 })).toEqual({
        linked: false,
        podId: 0,
        pinnedTo: 2,
      });
      expect(await linkOf(store)).toMatchObject({ podId: 0, token });
      // A replacement that is refused for another reason does not tell the pin.
      expect(await replace(store, 1, 0)).toEqual({ linked: true, podId: 0 });
      expect(await replace(store, 0, 1)).toEqual({ linked: false, podId: 0 });
      expect(await replace(store, 0, 1, { ...known, despitePin: 2 })).toEqual({ linked: true, podId: 1 });
      expect(await replace(store, 1, 2)).toEqual({ linked: true, podId: 2 });
    });

    test('changes nothing of a link that stands, and nothing of a forced one', async (store) => {
      const { stateful, ns } = store;
      const { token } = await claim(store, 0, { incarnation: 'a', leaseMs: 9_000 });
      const before = await linkOf(store);
      await pin(store, 2);
      const { storeTime: _time, pin: _pin, ...after } = await linkOf(store);
      expect(after).toEqual({ ...before, storeTime: undefined, pin: undefined });
      expect(await claim(store, 0, { incarnation: 'a' })).toMatchObject({ linked: true, token });
      expect((await stateful.setLinkedPod(ns, 'ada', 'room', 1, PERSIST_FOREVER)).previous).toBe(0);
      expect((await linkOf(store)).pin).toMatchObject({ podId: 2 });
      await stateful.removeLinkedPod(ns, 'ada', 'room', { keepSeconds: 60 });
      expect(await linkOf(store)).toMatchObject({ podId: 1, permanent: false, pin: { podId: 2 } });
    });

    test('of many at once each returns the one before', async (store) => {
      const before = await race(20, (at) => pin(store, at));
      const { pin: last } = await linkOf(store);
      const told = before.map((each) => each?.podId);
      expect(new Set([...told, last?.podId]).size).toBe(21);
      expect(told.filter((podId) => podId === undefined).length).toBe(1);
    });

    test('of many callers at once all are refused, or all get its pod', async (store) => {
      await pin(store, 2);
      const answers = await race(20, (at) => place(store, at % 3));
      for (const [at, { podId, pinnedTo }] of answers.entries()) {
        if (podId === undefined) expect([at % 3 === 2, pinnedTo]).toEqual([false, 2]);
        else expect(podId).toBe(2);
      }
      expect((await linkOf(store)).podId).toBe(2);
    });

    if (capabilities.clock === 'manual') {
      test('keeps the token of an ended claim, as long as it stands', async (store) => {
        const { stateful, ns } = store;
        const { token } = await claim(store, 0);
        await stateful.removeLinkedPod(ns, 'ada', 'room', { keepSeconds: DELETE_NOW });
        await store.elapse(WEEK_MS - 1_000);
        await pin(store, 2);
        await store.elapse(2 * WEEK_MS);
        expect(await linkOf(store)).toMatchObject({ endedToken: token, pin: { podId: 2 } });
        // A claim that ends meanwhile does not let it expire.
        const { token: later } = await claim(store, 2);
        await stateful.removeLinkedPod(ns, 'ada', 'room');
        await store.elapse(2 * WEEK_MS);
        expect(await linkOf(store)).toMatchObject({ endedToken: later, pin: { podId: 2 } });
        await pin(store, undefined);
        await store.elapse(WEEK_MS - 1_000);
        expect((await linkOf(store)).endedToken).toBe(later);
        await store.elapse(1_001);
        expect((await linkOf(store)).endedToken).toBe(undefined);
      });

      test('in one service keeps the tokens of the others', async (store) => {
        const { stateful, ns } = store;
        await pin(store, 2);
        await stateful.setPin(ns, 'ada', 'lobby', 1);
        const { token } = await stateful.trySetLinkedPod(ns, 'ada', 'chat', 0, PERSIST_FOREVER);
        await stateful.removeLinkedPod(ns, 'ada', 'chat');
        await pin(store, undefined);
        await store.elapse(2 * WEEK_MS);
        expect((await stateful.getLink(ns, 'ada', 'chat')).endedToken).toBe(token);
        await stateful.setPin(ns, 'ada', 'lobby', undefined);
        await store.elapse(WEEK_MS + 1_000);
        expect((await stateful.getLink(ns, 'ada', 'chat')).endedToken).toBe(undefined);
      });
    }
  });
}
