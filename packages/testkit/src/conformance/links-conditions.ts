import { PERSIST_FOREVER } from '@stateful-route/core';
import type { Suite } from './suite.ts';

/** Claims and removals with a condition on the link in force, and what a claim stores of its owner. */
export function describeConditions({ describe, test, expect }: Suite): void {
  describe('conditions of a link', () => {
    for (const persistSeconds of [PERSIST_FOREVER, 60]) {
      const kind = persistSeconds === PERSIST_FOREVER ? 'claim' : 'temporary try';

      test(`a ${kind} with onlyIfNamed needs a link of its pod, of either kind`, async ({ stateful, ns }) => {
        const trySet = (podId: number) =>
          stateful.trySetLinkedPod(ns, 'ada', 'room', podId, persistSeconds, {
            incarnation: 'a',
            onlyIfNamed: true,
          });
        expect(await trySet(0)).toEqual({ linked: false });
        expect((await stateful.getLink(ns, 'ada', 'room')).podId).toBe(undefined);
        await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 1, 30);
        expect(await trySet(0)).toEqual({ linked: false, podId: 1, previous: 1 });
        expect((await stateful.getLink(ns, 'ada', 'room')).ttlMs).toBeLessThanOrEqual(30_000);
        expect(await trySet(1)).toMatchObject({ linked: true, podId: 1, previous: 1 });
        const claim = await stateful.setLinkedPod(ns, 'ada', 'room', 1, PERSIST_FOREVER);
        expect(await trySet(0)).toEqual({ linked: false, podId: 1, previous: 1, token: claim.token });
        expect(await trySet(1)).toMatchObject({ linked: true, podId: 1 });
      });

      test(`a ${kind} with onlyIfClaimed needs a claim of its pod`, async ({ stateful, ns }) => {
        const trySet = (podId: number) =>
          stateful.trySetLinkedPod(ns, 'ada', 'room', podId, persistSeconds, {
            incarnation: 'a',
            onlyIfClaimed: true,
          });
        expect(await trySet(0)).toEqual({ linked: false });
        await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 30);
        expect(await trySet(0)).toEqual({ linked: false, podId: 0, previous: 0 });
        expect((await stateful.getLink(ns, 'ada', 'room')).ttlMs).toBeLessThanOrEqual(30_000);
        const claim = await stateful.setLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER);
        expect(await trySet(1)).toEqual({ linked: false, podId: 0, previous: 0, token: claim.token });
        expect(await trySet(0)).toMatchObject({ linked: true, podId: 0, previous: 0 });
      });
    }

    test('a condition also applies to an assertion', async ({ stateful, ns }) => {
      const assert = (options: object) =>
        stateful.trySetLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER, { assertToken: 7, ...options });
      expect(await assert({ onlyIfNamed: true })).toEqual({ linked: false });
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60);
      expect(await assert({ onlyIfClaimed: true })).toEqual({ linked: false, podId: 0, previous: 0 });
      expect(await assert({ onlyIfNamed: true })).toMatchObject({ linked: true, token: 7 });
    });

    test('a condition that is false has no effect', async ({ stateful, ns }) => {
      const options = { onlyIfNamed: false, onlyIfClaimed: false };
      const claim = await stateful.trySetLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER, options);
      expect(claim).toMatchObject({ linked: true, podId: 0 });
    });

    test('a removal with onlyIfTemporary does not remove a claim', async ({ stateful, ns }) => {
      const remove = (podId: number, keepSeconds?: number) =>
        stateful.removeLinkedPodWithId(ns, 'ada', 'room', podId, { onlyIfTemporary: true, keepSeconds });
      const { token } = await stateful.trySetLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER);
      expect(await remove(0)).toBe(false);
      expect(await remove(0, 60)).toBe(false);
      expect(await stateful.getLink(ns, 'ada', 'room')).toMatchObject({ permanent: true, token });
      await stateful.removeLinkedPod(ns, 'ada', 'room', { keepSeconds: 60 });
      expect(await remove(1)).toBe(false);
      expect(await remove(0, 10)).toBe(true);
      expect((await stateful.getLink(ns, 'ada', 'room')).ttlMs).toBeLessThanOrEqual(10_000);
      expect(await remove(0)).toBe(true);
      expect((await stateful.getLink(ns, 'ada', 'room')).podId).toBe(undefined);
      expect(await remove(0)).toBe(false);
    });

    test("a claim stores its owner's lease, in whole ms", async ({ stateful, ns }) => {
      const leaseOf = async () => (await stateful.getLink(ns, 'ada', 'room')).ownerLeaseMs;
      const claim = (podId: number, options: object) =>
        stateful.trySetLinkedPod(ns, 'ada', 'room', podId, PERSIST_FOREVER, options);
      await claim(0, { incarnation: 'a', leaseMs: 15_000 });
      expect(await leaseOf()).toBe(15_000);
      const read = await stateful.batchGetLink(ns, ['ada'], 'room');
      expect(read.get('ada')).toMatchObject({ incarnation: 'a', ownerLeaseMs: 15_000 });
      expect(await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 1, 60)).toMatchObject({
        incarnation: 'a',
        ownerLeaseMs: 15_000,
      });
      await claim(0, { incarnation: 'b', leaseMs: 299.5 });
      expect(await leaseOf()).toBe(300);
      await claim(0, { incarnation: 'c' });
      expect(await leaseOf()).toBe(undefined);
      await claim(0, { leaseMs: 7 });
      expect(await leaseOf()).toBe(7);
      await stateful.removeLinkedPod(ns, 'ada', 'room', { keepSeconds: 60 });
      expect(await leaseOf()).toBe(undefined);
      await claim(0, { incarnation: 'a', leaseMs: 5_000, assertToken: 8_000_000_000_000_000 });
      expect(await leaseOf()).toBe(5_000);
    });

    test('a forced claim stores the given owner', async ({ stateful, ns }) => {
      const minToken = 8_000_000_000_000_000;
      const options = { incarnation: 'a', leaseMs: 9_000, minToken };
      const forced = await stateful.setLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER, options);
      expect(forced).toEqual({ token: minToken });
      expect(await stateful.getLink(ns, 'ada', 'room')).toMatchObject({
        podId: 0,
        permanent: true,
        token: minToken,
        incarnation: 'a',
        ownerLeaseMs: 9_000,
      });
      const claim = await stateful.trySetLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER, {
        incarnation: 'a',
      });
      expect(claim.token).toBe(minToken);
    });

    test('the owner of a temporary link is ignored', async ({ stateful, ns }) => {
      const options = { incarnation: 'a', leaseMs: 9_000, minToken: 7 };
      expect(await stateful.setLinkedPod(ns, 'ada', 'room', 0, 60, options)).toEqual({});
      const link = await stateful.getLink(ns, 'ada', 'room');
      expect([link.token, link.incarnation, link.ownerLeaseMs]).toEqual([undefined, undefined, undefined]);
    });
  });
}
