import { PERSIST_FOREVER } from '@stateful-route/core';
import { BATCH_LIMIT } from '@stateful-route/core/adapter';
import { race, type Suite } from './suite.ts';

/** Reading many links at once. */
export function describeBatches({ describe, test, expect }: Suite): void {
  describe('batches', () => {
    test('groups uids by pod, in input order, duplicates kept, the unlinked left out', async ({
      stateful,
      ns,
    }) => {
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60);
      await stateful.trySetLinkedPod(ns, 'bob', 'room', 2, PERSIST_FOREVER);
      await stateful.setLinkedPodIfAbsent(ns, 'cyd', 'room', 0, 60);
      await stateful.setLinkedPodIfAbsent(ns, 'dan', 'lobby', 0, 60);
      const uids = ['cyd', 'eve', 'bob', 'ada', 'dan', 'cyd', 'bob', 'ada'];
      const byPod = await stateful.batchGetLinkedPod(ns, uids, 'room');
      expect(byPod instanceof Map).toBe(true);
      expect(byPod).toEqual(
        new Map([
          [0, ['cyd', 'ada', 'cyd', 'ada']],
          [2, ['bob', 'bob']],
        ]),
      );
    });

    test('an empty batch is an empty map', async ({ stateful, ns }) => {
      expect(await stateful.batchGetLinkedPod(ns, [], 'room')).toEqual(new Map());
      expect(await stateful.batchGetLink(ns, [], 'room')).toEqual(new Map());
    });

    test('returns an empty map if no uid is linked', async ({ stateful, ns }) => {
      expect(await stateful.batchGetLinkedPod(ns, ['ada', 'bob'], 'room')).toEqual(new Map());
      expect(await stateful.batchGetLink(ns, ['ada', 'bob'], 'room')).toEqual(new Map());
    });

    test('reads whole links', async ({ stateful, ns }) => {
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60);
      const { token } = await stateful.trySetLinkedPod(ns, 'bob', 'room', 2, PERSIST_FOREVER, {
        incarnation: 'b',
      });
      const links = await stateful.batchGetLink(ns, ['bob', 'ada', 'eve', 'ada'], 'room');
      expect([...links.keys()].toSorted()).toEqual(['ada', 'bob']);
      expect(links.get('bob')).toEqual({
        podId: 2,
        permanent: true,
        token,
        incarnation: 'b',
        ttlMs: undefined,
        reason: { why: 'claimed', at: Math.floor(token! / 1_000) },
      });
      expect(links.get('ada')).toMatchObject({ podId: 0, permanent: false });
      expect(links.get('ada')?.ttlMs).toBeGreaterThan(0);
      expect(links.get('ada')?.ttlMs).toBeLessThanOrEqual(60_000);
    });

    test('takes any uid, for example __proto__', async ({ stateful, ns }) => {
      const uids = ['__proto__', 'constructor', 'toString', '用户🙂', 'a b'];
      await race(uids.length, (at) => stateful.setLinkedPodIfAbsent(ns, uids[at]!, 'room', at, 60));
      expect(await stateful.batchGetLinkedPod(ns, uids, 'room')).toEqual(
        new Map(uids.map((uid, at) => [at, [uid]])),
      );
      const links = await stateful.batchGetLink(ns, uids, 'room');
      expect(uids.map((uid) => links.get(uid)?.podId)).toEqual([0, 1, 2, 3, 4]);
    });

    test('reads more uids than one round trip carries, in order', async ({ stateful, ns }) => {
      const linked = Array.from({ length: 100 }, (_, at) => `user-${at}`);
      await race(linked.length, (at) => stateful.setLinkedPodIfAbsent(ns, linked[at]!, 'room', at % 3, 60));
      const uids = Array.from({ length: 2 * BATCH_LIMIT + 500 }, (_, at) =>
        at % 25 === 0 ? linked[at / 25]! : `nobody-${at}`,
      );
      const byPod = await stateful.batchGetLinkedPod(ns, uids, 'room');
      expect(new Set(byPod.keys())).toEqual(new Set([0, 1, 2]));
      for (const podId of [0, 1, 2]) {
        expect(byPod.get(podId)).toEqual(linked.filter((_, at) => at % 3 === podId));
      }
      expect((await stateful.batchGetLink(ns, uids, 'room')).size).toBe(100);
    });

    test('reads only the given namespace', async ({ stateful, ns }) => {
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60);
      expect(await stateful.batchGetLinkedPod(`${ns}.2`, ['ada'], 'room')).toEqual(new Map());
    });
  });
}
