import { ownerLease } from '@stateful-route/core';
import { podLife, report } from './pod-life.ts';
import type { Suite } from './suite.ts';

/** Of a pod that is to fall silent; nothing has to happen within it. */
const LEASE_MS = 400;
/** Of pods that are to be silent for less than three leases: on a busy machine a call may take one. */
const LONGER_LEASE_MS = 2_000;

/** Since when the directory has been kept without a gap. */
export function describeSince({ describe, test, expect }: Suite): void {
  describe('since', () => {
    test("is the time of the service's first heartbeat", async (store) => {
      const { stateful, ns } = store;
      const first = await podLife(store, 3, 'a').beat();
      expect((await stateful.getServiceState(ns, 'room')).since).toBe(first.storeTime);
      await store.elapse(2);
      const other = await stateful.setServiceState(ns, 'lobby', 0, report('l', 0));
      expect((await stateful.getServiceState(ns, 'lobby')).since).toBe(other.storeTime);
      expect((await stateful.getServiceState(ns, 'room')).since).toBe(first.storeTime);
    });

    test('stays through heartbeats, new pods, new lives and removals', async (store) => {
      const { stateful, ns } = store;
      const life = podLife(store, 0, 'a');
      const { storeTime: since } = await life.beat();
      await store.elapse(2);
      await life.beat();
      await podLife(store, 1, 'b').beat();
      await podLife(store, 0, 'c').beat();
      expect((await stateful.getServiceState(ns, 'room')).since).toBe(since);
      await stateful.removeServiceState(ns, 'room', 0);
      await stateful.removeServiceState(ns, 'room', 1);
      expect((await stateful.getServiceState(ns, 'room')).since).toBe(since);
      await store.elapse(2);
      await podLife(store, 0, 'd').beat();
      expect((await stateful.getServiceState(ns, 'room')).since).toBe(since);
    });

    test('begins anew when a life finds its own entry past its lease', async (store) => {
      const life = podLife(store, 0, 'a');
      await life.beat({ leaseMs: LEASE_MS });
      await store.elapse(LEASE_MS + 10);
      const back = await life.beat({ leaseMs: 60_000 });
      expect((await store.stateful.getServiceState(store.ns, 'room')).since).toBe(back.storeTime);
    });

    test('is judged by the lease that the entry carried, not by the one it gets', async (store) => {
      const life = podLife(store, 0, 'a');
      const { storeTime: since } = await life.beat({ leaseMs: 60_000 });
      await store.elapse(LEASE_MS + 10);
      await life.beat({ leaseMs: LEASE_MS });
      expect((await store.stateful.getServiceState(store.ns, 'room')).since).toBe(since);
    });

    test("stays when another life, or another pod, comes after a pod's lease", async (store) => {
      const { storeTime: since } = await podLife(store, 0, 'a').beat({ leaseMs: LEASE_MS });
      await store.elapse(LEASE_MS + 10);
      await podLife(store, 1, 'b').beat();
      await podLife(store, 0, 'c').beat();
      expect((await store.stateful.getServiceState(store.ns, 'room')).since).toBe(since);
    });

    test('begins anew when a life comes back while most pods are silent', async (store) => {
      const { stateful, ns } = store;
      const leaseMs = LONGER_LEASE_MS;
      for (const podId of [0, 1, 2]) await podLife(store, podId, `old-${podId}`).beat({ leaseMs });
      await store.elapse(leaseMs + 10);
      const { storeTime } = await podLife(store, 0, 'new').beat({ leaseMs });
      const read = await stateful.getServiceState(ns, 'room');
      expect(read.since).toBe(storeTime);
      // As it was then, however long the reading took.
      expect(ownerLease({ ...read, storeTime }, 1).over).toBe(false);
    });

    test('stays when a life comes back while no more than half of the pods are silent', async (store) => {
      const { storeTime: since } = await podLife(store, 0, 'old').beat({ leaseMs: LEASE_MS });
      await podLife(store, 1, 'steady').beat({ leaseMs: 60_000 });
      await store.elapse(LEASE_MS + 10);
      await podLife(store, 0, 'new').beat({ leaseMs: LEASE_MS });
      expect((await store.stateful.getServiceState(store.ns, 'room')).since).toBe(since);
    });

    test('stays when those silent have said that their lives are over', async (store) => {
      const lives = [0, 1, 2].map((podId) => podLife(store, podId, `old-${podId}`));
      let since = 0;
      for (const life of lives) {
        const { storeTime } = await life.beat();
        since ||= storeTime;
        await life.beat({ leaseMs: LEASE_MS, state: 'TERMINATING' });
      }
      await store.elapse(LEASE_MS + 10);
      await podLife(store, 0, 'new').beat({ leaseMs: LEASE_MS });
      expect((await store.stateful.getServiceState(store.ns, 'room')).since).toBe(since);
    });
  });
}
