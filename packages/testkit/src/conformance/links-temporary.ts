import { PERSIST_FOREVER } from '@stateful-route/core';
import { race, type Suite } from './suite.ts';

/** The temporary links that callers make: set if absent, renewed, expiring. */
export function describeTemporaryLinks({ describe, test, expect }: Suite): void {
  describe('temporary links', () => {
    test('links a new user, also to pod 0', async ({ stateful, ns }) => {
      const made = await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60);
      expect(made).toMatchObject({ podId: 0, permanent: false, created: true });
      expect(made.token).toBe(undefined);
      expect(made.ttlMs).toBeGreaterThan(0);
      expect(made.ttlMs).toBeLessThanOrEqual(60_000);
      expect(await stateful.getLinkedPod(ns, 'ada', 'room')).toBe(0);
      expect(await stateful.getLinkedPodIfPersist(ns, 'ada', 'room')).toBe(undefined);
      expect(await stateful.getLinkService(ns, 'ada')).toEqual(new Map());
      const link = await stateful.getLink(ns, 'ada', 'room');
      expect(link).toMatchObject({ podId: 0, permanent: false });
      expect(link.endedToken).toBe(undefined);
      expect(link.token).toBe(undefined);
      expect(link.incarnation).toBe(undefined);
      expect(link.ttlMs).toBeGreaterThan(0);
    });

    test('has no link of a user who was not linked', async ({ stateful, ns }) => {
      expect(await stateful.getLinkedPod(ns, 'ada', 'room')).toBe(undefined);
      expect(await stateful.getLinkedPodIfPersist(ns, 'ada', 'room')).toBe(undefined);
      const { storeTime, ...link } = await stateful.getLink(ns, 'ada', 'room');
      expect(link).toEqual({ permanent: false });
      expect(storeTime).toBeGreaterThan(0);
      expect(await stateful.getLinkService(ns, 'ada')).toEqual(new Map());
    });

    test('returns the link in force, and does not change its pod', async ({ stateful, ns }) => {
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60);
      const second = await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 1, 60);
      expect(second).toMatchObject({ podId: 0, permanent: false, created: false });
      expect(await stateful.getLinkedPod(ns, 'ada', 'room')).toBe(0);
    });

    test('renews a link to any pod, and never shortens its time to live', async ({ stateful, ns }) => {
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 10);
      const renewed = await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 1, 60);
      expect(renewed.ttlMs).toBeGreaterThan(30_000);
      const again = await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 5);
      expect(again.ttlMs).toBeGreaterThan(30_000);
      expect((await stateful.getLink(ns, 'ada', 'room')).ttlMs).toBeGreaterThan(30_000);
    });

    test('expires, and then any pod can be linked', async ({ stateful, ns, elapse }) => {
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 1);
      await stateful.setLinkedPodIfAbsent(ns, 'bob', 'room', 0, 1);
      await elapse(1_000);
      expect(await stateful.getLinkedPod(ns, 'ada', 'room')).toBe(undefined);
      expect((await stateful.getLink(ns, 'ada', 'room')).podId).toBe(undefined);
      expect(await stateful.batchGetLinkedPod(ns, ['ada', 'bob'], 'room')).toEqual(new Map());
      expect(await stateful.batchGetLink(ns, ['ada', 'bob'], 'room')).toEqual(new Map());
      expect(await stateful.removeLinkedPod(ns, 'bob', 'room')).toBe(false);
      const next = await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 1, 60);
      expect(next).toMatchObject({ podId: 1, created: true });
    });

    test('a renewed link outlives its first time to live', async ({ stateful, ns, elapse }) => {
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 1);
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 30);
      await elapse(1_000);
      expect(await stateful.getLinkedPod(ns, 'ada', 'room')).toBe(0);
    });

    test('of many at once one makes the link, and all get its pod', async ({ stateful, ns }) => {
      const links = await race(50, (podId) => stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', podId, 60));
      const made = links.filter((link) => link.created);
      expect(made.length).toBe(1);
      expect(new Set(links.map((link) => link.podId))).toEqual(new Set([made[0]?.podId]));
      expect(await stateful.getLinkedPod(ns, 'ada', 'room')).toBe(made[0]?.podId);
    });

    test('a set is unconditional, sets the exact time to live, and returns the previous pod', async ({
      stateful,
      ns,
    }) => {
      expect(await stateful.setLinkedPod(ns, 'ada', 'room', 0, 60)).toEqual({});
      expect(await stateful.setLinkedPod(ns, 'ada', 'room', 3, 60)).toEqual({ previous: 0 });
      expect(await stateful.setLinkedPod(ns, 'ada', 'room', 3, 10)).toEqual({ previous: 3 });
      const link = await stateful.getLink(ns, 'ada', 'room');
      expect(link).toMatchObject({ podId: 3, permanent: false });
      expect(link.ttlMs).toBeLessThanOrEqual(10_000);
    });

    test('of many sets at once each gets the previous pod', async ({ stateful, ns }) => {
      const sets = await race(30, (podId) => stateful.setLinkedPod(ns, 'ada', 'room', podId, 60));
      const last = await stateful.getLinkedPod(ns, 'ada', 'room');
      const returned = new Set([...sets.map(({ previous }) => previous), last]);
      expect(returned.size).toBe(31);
      expect(returned.has(undefined)).toBe(true);
    });

    test('a try replaces a temporary link, and sets the exact time to live', async ({ stateful, ns }) => {
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60);
      const tried = await stateful.trySetLinkedPod(ns, 'ada', 'room', 1, 10);
      expect(tried).toMatchObject({ linked: true, podId: 1, previous: 0 });
      expect(tried.token).toBe(undefined);
      const link = await stateful.getLink(ns, 'ada', 'room');
      expect(link).toMatchObject({ podId: 1, permanent: false });
      expect(link.ttlMs).toBeLessThanOrEqual(10_000);
    });

    test('a tried link expires too', async ({ stateful, ns, elapse }) => {
      const tried = await stateful.trySetLinkedPod(ns, 'ada', 'room', 2, 1);
      expect(tried).toEqual({ linked: true, podId: 2, previous: undefined, token: undefined });
      await stateful.setLinkedPod(ns, 'bob', 'room', 2, 1);
      await elapse(1_000);
      expect(await stateful.getLinkedPod(ns, 'ada', 'room')).toBe(undefined);
      expect(await stateful.setLinkedPod(ns, 'bob', 'room', 1, 60)).toEqual({});
    });

    test('a temporary try cannot replace the claim of another pod', async ({ stateful, ns }) => {
      const { token } = await stateful.trySetLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER);
      const tried = await stateful.trySetLinkedPod(ns, 'ada', 'room', 1, 60);
      expect(tried).toEqual({ linked: false, podId: 0, previous: 0, token });
      expect(await stateful.getLinkedPodIfPersist(ns, 'ada', 'room')).toBe(0);
    });

    test('users, services and namespaces are separate', async ({ stateful, ns }) => {
      const other = `${ns}.2`;
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60);
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'lobby', 1, 60);
      await stateful.setLinkedPodIfAbsent(ns, 'ad', 'aroom', 2, 60);
      await stateful.setLinkedPodIfAbsent(other, 'ada', 'room', 3, 60);
      expect(await stateful.getLinkedPod(ns, 'ada', 'room')).toBe(0);
      expect(await stateful.getLinkedPod(ns, 'ada', 'lobby')).toBe(1);
      expect(await stateful.getLinkedPod(ns, 'ad', 'aroom')).toBe(2);
      expect(await stateful.getLinkedPod(other, 'ada', 'room')).toBe(3);
      await stateful.removeLinkedPod(ns, 'ada', 'room');
      expect(await stateful.getLinkedPod(ns, 'ada', 'lobby')).toBe(1);
      expect(await stateful.getLinkedPod(other, 'ada', 'room')).toBe(3);
    });

    test('stores uids of any script, sign and length', async ({ stateful, ns }) => {
      const uids = [
        '__proto__',
        ' ',
        'a b',
        '用户🙂',
        'room:1',
        '*',
        '\'"\\',
        'x'.repeat(512),
        'é',
        'e\u0301',
      ];
      await race(uids.length, (at) => stateful.setLinkedPodIfAbsent(ns, uids[at]!, 'room', at, 60));
      const read = await race(uids.length, (at) => stateful.getLinkedPod(ns, uids[at]!, 'room'));
      expect(read).toEqual(uids.map((_, at) => at));
    });
  });
}
