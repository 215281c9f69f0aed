import { race, type Suite } from './suite.ts';

/** The service as a whole. */
export function describeWorkloads({ describe, test, expect }: Suite): void {
  describe('workload states', () => {
    test("stores a report with the store's time, and reads it with its age", async (store) => {
      const { stateful, ns } = store;
      const before = await store.storeTime();
      await stateful.setWorkloadState(ns, 'room', { state: 'READY', replicas: 3, readyReplicas: 2 });
      await store.elapse(20);
      const read = await stateful.getWorkloadState(ns, 'room');
      expect(read).toMatchObject({ state: 'READY', replicas: 3, readyReplicas: 2 });
      expect(read?.updateTime).toBeGreaterThanOrEqual(before);
      expect(read?.updateTime).toBeLessThanOrEqual(await store.storeTime());
      expect(read?.ageMs).toBeGreaterThanOrEqual(20);
      expect(read?.ageMs).toBeLessThanOrEqual((await store.storeTime()) - read!.updateTime!);
    });

    test('the last writer wins', async ({ stateful, ns }) => {
      await stateful.setWorkloadState(ns, 'room', { state: 'READY', replicas: 3, readyReplicas: 2 });
      await stateful.setWorkloadState(ns, 'room', { state: 'NOT_READY', replicas: 0, readyReplicas: 0 });
      const read = await stateful.getWorkloadState(ns, 'room');
      expect(read).toMatchObject({ state: 'NOT_READY', replicas: 0, readyReplicas: 0 });
    });

    test('keeps how many pods there should be, until a report says nothing of it', async ({
      stateful,
      ns,
    }) => {
      const report = { state: 'READY', replicas: 3, readyReplicas: 2 } as const;
      await stateful.setWorkloadState(ns, 'room', { ...report, desiredReplicas: 5 });
      expect((await stateful.getWorkloadState(ns, 'room'))?.desiredReplicas).toBe(5);
      expect((await stateful.getWorkloadStateBatch(ns, ['room'])).get('room')?.desiredReplicas).toBe(5);
      await stateful.setWorkloadState(ns, 'room', report);
      expect((await stateful.getWorkloadState(ns, 'room'))?.desiredReplicas).toBe(undefined);
    });

    test('of many writers at once one is stored whole', async ({ stateful, ns }) => {
      await race(20, (at) =>
        stateful.setWorkloadState(ns, 'room', { state: 'READY', replicas: at, readyReplicas: at }),
      );
      const read = await stateful.getWorkloadState(ns, 'room');
      expect(read?.replicas).toBe(read?.readyReplicas);
    });

    test('one without a report is undefined', async ({ stateful, ns }) => {
      expect(await stateful.getWorkloadState(ns, 'room')).toBe(undefined);
      expect(await stateful.getWorkloadState(ns, 'constructor')).toBe(undefined);
    });

    test('a batch reads many, and leaves out those without a report', async ({ stateful, ns }) => {
      await stateful.setWorkloadState(ns, 'room', { state: 'READY', replicas: 1, readyReplicas: 1 });
      await stateful.setWorkloadState(ns, 'toString', { state: 'PENDING', replicas: 2, readyReplicas: 0 });
      await stateful.setWorkloadState(`${ns}.2`, 'lobby', { state: 'READY', replicas: 1, readyReplicas: 1 });
      const read = await stateful.getWorkloadStateBatch(ns, [
        'lobby',
        'toString',
        'room',
        'constructor',
        'room',
      ]);
      expect([...read.keys()].toSorted()).toEqual(['room', 'toString']);
      expect(read.get('room')).toMatchObject({ state: 'READY', replicas: 1, readyReplicas: 1 });
      expect(read.get('toString')).toMatchObject({ state: 'PENDING', replicas: 2, readyReplicas: 0 });
      expect(read.get('room')?.ageMs).toBeGreaterThanOrEqual(0);
      expect(read.get('room')?.updateTime).toBeGreaterThan(0);
    });

    test('an empty batch is an empty map', async ({ stateful, ns }) => {
      expect(await stateful.getWorkloadStateBatch(ns, [])).toEqual(new Map());
    });
  });
}
