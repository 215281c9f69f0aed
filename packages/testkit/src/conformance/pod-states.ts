import { type Suite, race } from './suite.ts';
import { beatingPod, report } from './beating-pod.ts';

/** How heartbeats are stored and read, and how entries are removed. */
export function describePodStates({ describe, test, expect }: Suite): void {
  describe('pod states', () => {
    test("stores a heartbeat whole, with the store's time", async ({ stateful, ns, storeTime }) => {
      const fields = {
        state: 'NOT_READY',
        loadState: 12.5,
        routingState: 'DENY_NEW_CALL',
        address: '10.0.0.7:8080',
        metadata: { weight: '2', __proto__x: '1', ['__proto__']: 'a label', constructor: 'b' },
        leaseMs: 15_000,
        updatePeriodMs: 3_000.5,
        loadPerUser: 0.25,
        deadOwner: 'wait',
        users: 0,
        maxUsers: 500,
        revision: 'room-7d9f',
        healing: 'held',
        loadChangeThreshold: 3,
      } as const;
      const before = await storeTime();
      const ack = await stateful.setServiceState(ns, 'room', 0, report('a', 0, fields));
      expect(ack.storeTime).toBeGreaterThanOrEqual(before);
      expect(ack.previous).toBe(undefined);
      expect(ack.intent).toBe(undefined);

      const read = await stateful.getServiceState(ns, 'room');
      expect(read.storeTime).toBeGreaterThanOrEqual(ack.storeTime);
      const { loadChangeThreshold: _, metadata, ...stored } = fields;
      expect([...read.pods.keys()]).toEqual([0]);
      const { metadata: labels, ...entry } = read.pods.get(0)!;
      expect(entry).toEqual({ podId: 0, ...stored, updateTime: ack.storeTime, incarnation: 'a' });
      expect(new Map(Object.entries(labels))).toEqual(new Map(Object.entries(metadata)));
    });

    test('a heartbeat without optional fields is read without them', async (store) => {
      const { storeTime } = await beatingPod(store, 3, 'a').beat();
      const read = await store.stateful.getServiceState(store.ns, 'room');
      expect(read.pods.get(3)).toEqual({
        podId: 3,
        state: 'READY',
        loadState: 0,
        routingState: 'READY',
        updateTime: storeTime,
        incarnation: 'a',
        metadata: {},
        leaseMs: 60_000,
        updatePeriodMs: 6_000,
      });
    });

    test('a later heartbeat replaces every field and returns the previous entry', async (store) => {
      const sender = beatingPod(store, 0, 'a');
      const first = await sender.beat({ address: 'here', metadata: { zone: 'b' }, loadPerUser: 2 });
      await store.elapse(2);
      const second = await sender.beat({ loadState: 7 });
      expect(second.previous).toEqual({ incarnation: 'a', updateTime: first.storeTime });
      expect(second.storeTime).toBeGreaterThan(first.storeTime);
      const pod = (await store.stateful.getServiceState(store.ns, 'room')).pods.get(0);
      expect(pod).toMatchObject({ loadState: 7, updateTime: second.storeTime, metadata: {} });
      expect(pod?.address).toBe(undefined);
      expect(pod?.loadPerUser).toBe(undefined);
    });

    test('reads every state and routing state as it was written', async (store) => {
      const pod = beatingPod(store, 0, 'a');
      for (const state of ['READY', 'NOT_READY', 'PENDING', 'UNKNOWN', 'FAILED', 'TERMINATING'] as const) {
        for (const routingState of ['READY', 'DENY_NEW_CALL', 'SHUTDOWN', 'UNKNOWN'] as const) {
          await pod.beat({ state, routingState });
          const read = await store.stateful.getServiceState(store.ns, 'room');
          expect(read.pods.get(0)).toMatchObject({ state, routingState });
        }
      }
    });

    test('reads pods by ascending ordinal', async (store) => {
      await race(12, (at) => beatingPod(store, (at * 7) % 12, `run-${at}`).beat());
      const { pods } = await store.stateful.getServiceState(store.ns, 'room');
      expect(pods instanceof Map).toBe(true);
      expect([...pods.keys()]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
      expect([...pods.values()].map((pod) => pod.podId)).toEqual([...pods.keys()]);
    });

    test('an unknown service has no pods', async ({ stateful, ns }) => {
      for (const service of ['room', 'constructor']) {
        const read = await stateful.getServiceState(ns, service);
        expect(read.pods).toEqual(new Map());
        expect([read.since, read.restored, read.quiet]).toEqual([undefined, undefined, undefined]);
        expect(read.storeTime).toBeGreaterThan(0);
      }
    });

    test('services and namespaces are separate', async (store) => {
      const { stateful, ns } = store;
      await beatingPod(store, 0, 'a').beat();
      expect((await stateful.getServiceState(ns, 'lobby')).pods.size).toBe(0);
      expect((await stateful.getServiceState(`${ns}.2`, 'room')).pods.size).toBe(0);
    });

    test('a reading does not change later', async (store) => {
      const { stateful, ns } = store;
      const pod = beatingPod(store, 0, 'a');
      const metadata: Record<string, string> = { zone: 'a' };
      await pod.beat({ loadState: 1, metadata });
      metadata['zone'] = 'changed';
      const read = await stateful.getServiceState(ns, 'room');
      await pod.beat({ loadState: 2, metadata });
      await beatingPod(store, 1, 'b').beat();
      expect(read.pods.size).toBe(1);
      expect(read.pods.get(0)).toMatchObject({ loadState: 1, metadata: { zone: 'a' } });
    });

    test('removes an entry only if every given condition matches', async (store) => {
      const { stateful, ns } = store;
      const { storeTime: updateTime } = await beatingPod(store, 0, 'a').beat();
      const remove = (options: object): Promise<boolean> =>
        stateful.removeServiceState(ns, 'room', 0, options);
      expect(await remove({ incarnation: 'b', updateTime })).toBe(false);
      expect(await remove({ incarnation: 'a', updateTime: updateTime - 1 })).toBe(false);
      expect(await remove({ incarnation: 'b' })).toBe(false);
      expect(await remove({ updateTime: updateTime + 1 })).toBe(false);
      expect((await stateful.getServiceState(ns, 'room')).pods.size).toBe(1);
      expect(await remove({ incarnation: 'a', updateTime })).toBe(true);
      expect(await remove({ incarnation: 'a', updateTime })).toBe(false);
      expect((await stateful.getServiceState(ns, 'room')).pods.size).toBe(0);
    });

    test('removes an entry with one condition or none, and no other pod', async (store) => {
      const { stateful, ns } = store;
      const acks = await race(4, (podId) => beatingPod(store, podId, 'a').beat());
      expect(await stateful.removeServiceState(ns, 'room', 0)).toBe(true);
      expect(await stateful.removeServiceState(ns, 'room', 1, { incarnation: 'a' })).toBe(true);
      expect(await stateful.removeServiceState(ns, 'room', 2, { updateTime: acks[2]?.storeTime })).toBe(true);
      expect(await stateful.removeServiceState(ns, 'room', 7)).toBe(false);
      expect([...(await stateful.getServiceState(ns, 'room')).pods.keys()]).toEqual([3]);
    });

    test('of many removals at once one finds the entry', async (store) => {
      await beatingPod(store, 0, 'a').beat();
      const removed = await race(20, () => store.stateful.removeServiceState(store.ns, 'room', 0));
      expect(removed.filter(Boolean).length).toBe(1);
    });
  });
}
