import { PERSIST_FOREVER } from '@stateful-route/core';
import { race, type Suite } from './suite.ts';

/** Permanent links, made by the pod that holds the user. */
export function describeClaims({ describe, test, expect }: Suite): void {
  describe('claims', () => {
    test('a claim is permanent and carries a token', async ({ stateful, ns }) => {
      const claim = await stateful.trySetLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER, {
        incarnation: 'a',
      });
      expect(claim).toMatchObject({ linked: true, podId: 0 });
      expect(claim.previous).toBe(undefined);
      expect(claim.token).toBeGreaterThan(0);
      expect(await stateful.getLinkedPod(ns, 'ada', 'room')).toBe(0);
      expect(await stateful.getLinkedPodIfPersist(ns, 'ada', 'room')).toBe(0);
      expect(await stateful.getLinkService(ns, 'ada')).toEqual(new Map([['room', 0]]));
      const { storeTime, ...link } = await stateful.getLink(ns, 'ada', 'room');
      const reason = { why: 'claimed', at: Math.floor(claim.token! / 1_000) };
      expect(link).toEqual({ podId: 0, permanent: true, token: claim.token, incarnation: 'a', reason });
      expect(storeTime).toBeGreaterThan(0);
    });

    test('takes over a temporary link to any pod, and does not expire with it', async (store) => {
      const { stateful, ns } = store;
      for (const uid of ['ada', 'bob', 'cyd']) await stateful.setLinkedPodIfAbsent(ns, uid, 'room', 0, 60);
      expect(await stateful.trySetLinkedPod(ns, 'ada', 'room', 1, PERSIST_FOREVER)).toMatchObject({
        linked: true,
        podId: 1,
        previous: 0,
      });
      expect((await stateful.setLinkedPod(ns, 'bob', 'room', 1, PERSIST_FOREVER)).previous).toBe(0);
      expect(await stateful.setLinkedPodIfAbsent(ns, 'cyd', 'room', 0, PERSIST_FOREVER)).toMatchObject({
        podId: 0,
        permanent: true,
        created: false,
      });
      expect((await stateful.getLink(ns, 'ada', 'room')).ttlMs).toBe(undefined);

      for (const uid of ['dan', 'eve', 'fay']) await stateful.setLinkedPodIfAbsent(ns, uid, 'room', 0, 1);
      await stateful.trySetLinkedPod(ns, 'dan', 'room', 1, PERSIST_FOREVER);
      await stateful.setLinkedPod(ns, 'eve', 'room', 1, PERSIST_FOREVER);
      await stateful.setLinkedPodIfAbsent(ns, 'fay', 'room', 0, PERSIST_FOREVER);
      await store.elapse(1_000);
      expect(await stateful.getLinkedPodIfPersist(ns, 'dan', 'room')).toBe(1);
      expect(await stateful.getLinkedPodIfPersist(ns, 'eve', 'room')).toBe(1);
      expect(await stateful.getLinkedPodIfPersist(ns, 'fay', 'room')).toBe(0);
    });

    test('another pod cannot take a claim, and gets its owner', async ({ stateful, ns }) => {
      const own = await stateful.trySetLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER, { incarnation: 'a' });
      const tried = await stateful.trySetLinkedPod(ns, 'ada', 'room', 1, PERSIST_FOREVER, {
        incarnation: 'b',
        minToken: own.token! + 10,
      });
      expect(tried).toEqual({ linked: false, podId: 0, previous: 0, token: own.token });
      expect(await stateful.getLink(ns, 'ada', 'room')).toMatchObject({
        podId: 0,
        token: own.token,
        incarnation: 'a',
      });
      expect(await stateful.getLinkService(ns, 'ada')).toEqual(new Map([['room', 0]]));
    });

    test('of many claims at once one wins, and all get its pod', async ({ stateful, ns }) => {
      const claims = await race(50, (podId) =>
        stateful.trySetLinkedPod(ns, 'ada', 'room', podId, PERSIST_FOREVER),
      );
      const won = claims.filter((claim) => claim.linked);
      expect(won.length).toBe(1);
      expect(new Set(claims.map((claim) => claim.podId))).toEqual(new Set([won[0]?.podId]));
      expect(new Set(claims.map((claim) => claim.token))).toEqual(new Set([won[0]?.token]));
      expect(await stateful.getLinkedPodIfPersist(ns, 'ada', 'room')).toBe(won[0]?.podId);
    });

    test('a forced set ends any claim, and returns the token of the new one', async ({ stateful, ns }) => {
      const old = await stateful.trySetLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER, { incarnation: 'a' });
      const forced = await stateful.setLinkedPod(ns, 'ada', 'room', 1, PERSIST_FOREVER);
      expect(forced.previous).toBe(0);
      expect(forced.token).toBeGreaterThan(old.token!);
      const link = await stateful.getLink(ns, 'ada', 'room');
      expect(link).toMatchObject({ podId: 1, permanent: true, token: forced.token });
      expect(link.incarnation).toBe(undefined);
      expect(link.ownerLeaseMs).toBe(undefined);
      expect(await stateful.getLinkService(ns, 'ada')).toEqual(new Map([['room', 1]]));
    });

    test('set if absent makes a claim where there is no link', async ({ stateful, ns }) => {
      const made = await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, PERSIST_FOREVER);
      expect(made).toMatchObject({ podId: 0, permanent: true, created: true });
      expect(made.token).toBeGreaterThan(0);
      expect(made.ttlMs).toBe(undefined);
      expect(await stateful.getLinkService(ns, 'ada')).toEqual(new Map([['room', 0]]));
      expect((await stateful.getLink(ns, 'ada', 'room')).token).toBe(made.token);
    });

    test("set if absent does not change another pod's temporary link", async ({ stateful, ns }) => {
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 10);
      const answer = await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 1, PERSIST_FOREVER);
      expect(answer).toMatchObject({ podId: 0, permanent: false, created: false });
      expect(answer.ttlMs).toBeLessThanOrEqual(10_000);
      expect(await stateful.getLinkedPodIfPersist(ns, 'ada', 'room')).toBe(undefined);
      expect((await stateful.getLink(ns, 'ada', 'room')).ttlMs).toBeLessThanOrEqual(10_000);
    });

    test('set if absent does not change a claim, and returns it whole', async ({ stateful, ns }) => {
      const own = await stateful.trySetLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER, { incarnation: 'a' });
      const reason = { why: 'claimed', at: Math.floor(own.token! / 1_000) };
      const whole = { podId: 0, permanent: true, token: own.token, incarnation: 'a', reason };
      for (const [podId, persistSeconds] of [
        [1, 60],
        [1, PERSIST_FOREVER],
        [0, 60],
        [0, PERSIST_FOREVER],
      ] as const) {
        const answer = await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', podId, persistSeconds);
        expect(answer).toEqual({ ...whole, created: false });
      }
      expect(await stateful.getLink(ns, 'ada', 'room')).toMatchObject(whole);
    });

    for (const how of ['trySetLinkedPod', 'setLinkedPod'] as const) {
      test(`a temporary ${how} over the own claim ends the claim`, async ({ stateful, ns, elapse }) => {
        for (const uid of ['ada', 'bob']) {
          await stateful.trySetLinkedPod(ns, uid, 'room', 0, PERSIST_FOREVER, { incarnation: 'a' });
        }
        await stateful[how](ns, 'ada', 'room', 0, 60);
        await stateful[how](ns, 'bob', 'room', 0, 1);
        const link = await stateful.getLink(ns, 'ada', 'room');
        expect(link).toMatchObject({ podId: 0, permanent: false });
        expect(link.token).toBe(undefined);
        expect(link.incarnation).toBe(undefined);
        expect(await stateful.getLinkService(ns, 'ada')).toEqual(new Map());
        await elapse(1_000);
        expect(await stateful.getLinkedPod(ns, 'bob', 'room')).toBe(undefined);
      });
    }

    test("lists a uid's claims of all services, and no temporary link", async ({ stateful, ns }) => {
      await stateful.trySetLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER);
      await stateful.trySetLinkedPod(ns, 'ada', 'constructor', 7, PERSIST_FOREVER);
      await stateful.setLinkedPod(ns, 'ada', 'toString', 2, PERSIST_FOREVER);
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'lobby', 4, 60);
      await stateful.trySetLinkedPod(ns, 'bob', 'room', 9, PERSIST_FOREVER);
      expect(await stateful.getLinkService(ns, 'ada')).toEqual(
        new Map([
          ['room', 0],
          ['constructor', 7],
          ['toString', 2],
        ]),
      );
      expect(await stateful.getLinkService(ns, '__proto__')).toEqual(new Map());
      expect(await stateful.getLinkService(`${ns}.2`, 'ada')).toEqual(new Map());
    });
  });
}
