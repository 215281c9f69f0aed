import { PERSIST_FOREVER } from '@stateful-route/core';
import { beatingPod } from './beating-pod.ts';
import type { Store, Suite } from './suite.ts';

/** How writes of other programs that share the store are read. */
export function describeRawWrites({ capabilities, describe, test, expect, refused }: Suite): void {
  describe('what others wrote', () => {
    const claim = ({ stateful, ns }: Store, podId: number, incarnation = 'a') =>
      stateful.trySetLinkedPod(ns, 'ada', 'room', podId, PERSIST_FOREVER, { incarnation });
    const assert = (
      { stateful, ns }: Store,
      podId: number,
      assertToken: number | undefined,
      incarnation = 'a',
    ) => stateful.trySetLinkedPod(ns, 'ada', 'room', podId, PERSIST_FOREVER, { incarnation, assertToken });

    test('a word that is not an intent is returned, and fails no heartbeat', async (store) => {
      const { raw, server, ns } = store;
      const pod = beatingPod(store, 3, 'a');
      await raw.setIntent(ns, 'room', 3, 'Drain');
      const first = await pod.beat();
      expect([first.intent, first.unknownIntent]).toEqual([undefined, 'Drain']);
      expect((await pod.beat()).unknownIntent).toBe('Drain');
      expect(await server.getPodIntents(ns, 'room')).toEqual(new Map([[3, { unknownIntent: 'Drain' }]]));
      await server.setPodIntent(ns, 'room', 3, 'drain');
      const next = await pod.beat();
      expect([next.intent, next.unknownIntent]).toEqual(['drain', undefined]);
    });

    test('after a removal of only the link the owner puts the claim back', async (store) => {
      const { raw, stateful, ns } = store;
      const { token } = await claim(store, 0);
      await raw.removeLink(ns, 'ada', 'room');
      const { storeTime: _, ...link } = await stateful.getLink(ns, 'ada', 'room');
      expect(link).toEqual({ permanent: false });
      expect(await assert(store, 0, token)).toMatchObject({ linked: true, token });
    });

    const placements: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
      'a placement': ({ stateful, ns }) => stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 1, 60),
      'a temporary set': ({ stateful, ns }) => stateful.setLinkedPod(ns, 'ada', 'room', 1, 60),
      'a temporary try': ({ stateful, ns }) => stateful.trySetLinkedPod(ns, 'ada', 'room', 1, 60),
      'a placement moved': async ({ stateful, ns }) => {
        await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 2, 60);
        await stateful.replaceLinkedPod(ns, 'ada', 'room', 2, 1, 60);
      },
    };
    for (const [name, place] of Object.entries(placements)) {
      test(`${name} over no claim leaves a record that names an owner`, async (store) => {
        const { raw, stateful, ns } = store;
        const { token } = await claim(store, 0);
        await raw.removeLink(ns, 'ada', 'room');
        await place(store);
        const link = await stateful.getLink(ns, 'ada', 'room');
        expect(link).toMatchObject({ podId: 1, permanent: false });
        expect(link.endedToken).toBe(undefined);
        expect(await assert(store, 0, token)).toMatchObject({ linked: true, previous: 1, token });
      });
    }

    if (capabilities.clock === 'manual') {
      test('such a record expires 7 days after the placement; a claim keeps it', async (store) => {
        const { raw, stateful, ns } = store;
        const week = 7 * 24 * 60 * 60 * 1_000;
        const high = 8_000_000_000_000_000;
        await assert(store, 0, high);
        await raw.removeLink(ns, 'ada', 'room');
        await store.elapse(week);
        await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 1, 60);
        await store.elapse(week - 10_000);
        expect(await assert(store, 0, high)).toMatchObject({ linked: true });
        await store.elapse(week);
        expect(await stateful.getLink(ns, 'ada', 'room')).toMatchObject({ podId: 0, token: high });
        await raw.removeLink(ns, 'ada', 'room');
        await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 1, 60);
        await store.elapse(week);
        expect((await claim(store, 0)).token).toBeLessThan(high);
      });
    }

    test("a claim whose record is another pod's, or none, has no token", async (store) => {
      const { raw, stateful, ns } = store;
      await raw.setClaim(ns, 'bob', 'room', 2);
      await claim(store, 0);
      await raw.setClaim(ns, 'ada', 'room', 1);
      const links = await stateful.batchGetLink(ns, ['ada', 'bob'], 'room');
      expect([links.get('ada'), links.get('bob')]).toEqual([
        { podId: 1, permanent: true },
        { podId: 2, permanent: true },
      ]);
      const { storeTime: _, ...link } = await stateful.getLink(ns, 'ada', 'room');
      expect(link).toEqual({ podId: 1, permanent: true });
      expect(await claim(store, 0)).toEqual({ linked: false, podId: 1, previous: 1 });
      expect(await assert(store, 0, 8_000_000_000_000_000)).toMatchObject({ linked: false, podId: 1 });
    });

    test('such a claim is replaced by no token, but by null', async (store) => {
      const { raw, stateful, ns } = store;
      const { token } = await claim(store, 0);
      await raw.setClaim(ns, 'ada', 'room', 1);
      const replace = (ifToken: number | null | undefined) =>
        stateful.replaceLinkedPod(ns, 'ada', 'room', 1, 2, 60, { ifToken });
      expect(await replace(token)).toEqual({ linked: false, podId: 1 });
      expect(await replace(undefined)).toEqual({ linked: false, podId: 1 });
      expect(await stateful.removeLinkedPodWithId(ns, 'ada', 'room', 1, { token })).toBe(false);
      expect(await replace(null)).toEqual({ linked: true, podId: 2 });
      expect(await stateful.getLink(ns, 'ada', 'room')).toMatchObject({ podId: 2, endedToken: token });
    });

    test('such a claim gets a token when its pod claims', async (store) => {
      const { raw, ns } = store;
      const { token } = await claim(store, 0);
      await raw.setClaim(ns, 'ada', 'room', 1);
      const next = await claim(store, 1);
      expect(next).toMatchObject({ linked: true, podId: 1, previous: 1 });
      expect(next.token).toBeGreaterThan(token!);
    });

    test('an earlier run is refused by the record alone, without a link', async (store) => {
      const { raw, stateful, ns } = store;
      await claim(store, 0, '5.b.0');
      await raw.removeLink(ns, 'ada', 'room');
      await refused('FENCED', claim(store, 0, '4.a.0'), { met: '5.b.0' });
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 1, 60);
      await refused('FENCED', claim(store, 0, '4.a.0'), { met: '5.b.0' });
      expect(await claim(store, 1, '4.a.0')).toMatchObject({ linked: true, podId: 1 });
    });
  });
}
