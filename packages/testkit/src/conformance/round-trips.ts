import { BATCH_LIMIT } from '@stateful-route/core/adapter';
import { callWell, portMethods } from './port-calls.ts';
import type { Suite } from './suite.ts';

/** The round trips of calls, if the adapter counts them. */
export function describeRoundTrips({ describe, test, expect, refused }: Suite): void {
  describe('round trips', () => {
    for (const method of portMethods) {
      if (method === 'subscribe' || method === 'subscribePod') continue;
      test(`${method} costs one`, async (store) => {
        await callWell(store, method);
        const before = store.roundTrips();
        await callWell(store, method);
        expect(store.roundTrips() - before).toBe(1);
      });
    }

    test('an empty batch and a refused call cost none', async (store) => {
      const { stateful, ns } = store;
      const before = store.roundTrips();
      await stateful.batchGetLinkedPod(ns, [], 'room');
      await stateful.batchGetLink(ns, [], 'room');
      await stateful.getWorkloadStateBatch(ns, []);
      await refused('INVALID_PARAMETER', stateful.getLinkedPod(ns, '', 'room'));
      await stateful.getLinkedPod(ns, 'ada', 'room', { signal: AbortSignal.abort() }).catch(() => {});
      expect(store.roundTrips() - before).toBe(0);
    });

    test('a batch costs one for each thousand', async (store) => {
      const uids = Array.from({ length: 2 * BATCH_LIMIT + 1 }, (_, at) => `user-${at}`);
      const before = store.roundTrips();
      await store.stateful.batchGetLinkedPod(store.ns, uids, 'room');
      expect(store.roundTrips() - before).toBe(3);
    });
  });
}
