import { callWell, portMethods } from './port-calls.ts';
import type { Suite } from './suite.ts';

/** Signals and deadlines of every call, and the end of the executors. */
export function describeCalls({ describe, test, expect, refused }: Suite): void {
  describe('calls', () => {
    for (const method of portMethods) {
      test(`${method} obeys its signal`, async (store) => {
        const reason = new Error('no longer wanted');
        const aborted = AbortSignal.abort(reason);
        const outcome = await callWell(store, method, { signal: aborted }).catch((error: unknown) => error);
        expect(outcome).toBe(reason);

        const controller = new AbortController();
        const call = callWell(store, method, { signal: controller.signal }).then(
          () => 'answered',
          (error: unknown) => error,
        );
        controller.abort(reason);
        expect(['answered', reason].includes((await call) as string)).toBe(true);
        await callWell(store, method, { signal: new AbortController().signal });
      });

      test(`${method} accepts a deadline, and refuses an invalid one`, async (store) => {
        for (const timeoutMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '5', null, 2 ** 31]) {
          await refused('INVALID_PARAMETER', callWell(store, method, { timeoutMs }), {
            parameter: 'timeoutMs',
          });
        }
        await refused('INVALID_PARAMETER', callWell(store, method, { signal: {} }), { parameter: 'signal' });
        await callWell(store, method, { timeoutMs: 20_000 });
        await callWell(store, method, {});
      });
    }

    test('an aborted write does not act', async ({ stateful, ns }) => {
      const signal = AbortSignal.abort();
      await stateful.setLinkedPod(ns, 'ada', 'room', 0, 60, { signal }).catch(() => {});
      await stateful.trySetLinkedPod(ns, 'ada', 'room', 0, 60, { signal }).catch(() => {});
      await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60, { signal }).catch(() => {});
      expect((await stateful.getLink(ns, 'ada', 'room')).podId).toBe(undefined);
    });

    test('an empty batch obeys an aborted signal too', async ({ stateful, ns }) => {
      const reason = new Error('no longer wanted');
      const signal = AbortSignal.abort(reason);
      const outcome = await stateful
        .batchGetLinkedPod(ns, [], 'room', { signal })
        .catch((error: unknown) => error);
      expect(outcome).toBe(reason);
    });

    test('close may be repeated', async (store) => {
      await store.close();
      await store.close();
    });
  });
}
