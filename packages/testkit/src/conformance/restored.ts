import { beatingPod, report } from './beating-pod.ts';
import type { Suite } from './suite.ts';

/** The time at which a pod found that the store had lost its entry. */
export function describeRestored({ describe, test, expect }: Suite): void {
  describe('restored', () => {
    test('is the time of a later heartbeat of a run that finds no directory', async ({ stateful, ns }) => {
      const back = await stateful.setServiceState(ns, 'room', 0, report('a', 7));
      expect(back).toMatchObject({ since: back.storeTime, restored: back.storeTime });
      expect(await stateful.getServiceState(ns, 'room')).toMatchObject({ restored: back.storeTime });
    });

    test('is set once in a young directory that another pod began', async (store) => {
      const { stateful, ns } = store;
      await beatingPod(store, 1, 'b').beat();
      await store.elapse(2);
      const { restored, storeTime } = await stateful.setServiceState(ns, 'room', 0, report('a', 7));
      expect(restored).toBe(storeTime);
      await store.elapse(2);
      expect(await stateful.setServiceState(ns, 'room', 2, report('c', 7))).toMatchObject({ restored });
      expect(await stateful.getServiceState(ns, 'room')).toMatchObject({ restored });
    });

    test('is not set by the first heartbeat of a run, nor by a run that has an entry', async (store) => {
      const pod = beatingPod(store, 0, 'a');
      expect((await pod.beat()).restored).toBe(undefined);
      expect((await pod.beat()).restored).toBe(undefined);
      const other = await store.stateful.setServiceState(store.ns, 'room', 0, report('b', 7));
      expect(other.restored).toBe(undefined);
      expect((await store.stateful.getServiceState(store.ns, 'room')).restored).toBe(undefined);
    });

    test("is not set in a directory older than the pod's lease", async (store) => {
      const { stateful, ns } = store;
      await beatingPod(store, 1, 'b').beat();
      await store.elapse(310);
      const late = await stateful.setServiceState(ns, 'room', 0, report('a', 7, { leaseMs: 300 }));
      expect(late.restored).toBe(undefined);
      const young = await stateful.setServiceState(ns, 'room', 2, report('c', 7, { leaseMs: 60_000 }));
      expect(young.restored).toBe(young.storeTime);
    });
  });
}
