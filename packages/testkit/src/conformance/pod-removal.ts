import { beatingPod } from './beating-pod.ts';
import type { Store, Suite } from './suite.ts';

const LEASE_MS = 300;

/** The removal of a pod by an operator, which has no condition, and its pruning, which has. */
export function describePodRemoval({ describe, test, expect }: Suite): void {
  describe("an operator's removal of a pod", () => {
    const intentOf = async (store: Store, incarnation: string) =>
      (await beatingPod(store, 0, incarnation).beat()).intent;

    test("removes the pod's intent too, and no other pod's", async (store) => {
      const { stateful, server, ns } = store;
      await server.setPodIntent(ns, 'room', 0, 'drain');
      await server.setPodIntent(ns, 'room', 1, 'drain');
      await beatingPod(store, 0, 'a').beat();
      expect(await stateful.removeServiceState(ns, 'room', 0)).toBe(true);
      expect(await intentOf(store, 'b')).toBe(undefined);
      expect((await beatingPod(store, 1, 'c').beat()).intent).toBe('drain');
    });

    test('removes the intent of a pod without an entry, and returns false', async (store) => {
      const { stateful, server, ns } = store;
      await server.setPodIntent(ns, 'room', 0, 'drain');
      expect(await stateful.removeServiceState(ns, 'room', 0)).toBe(false);
      expect(await intentOf(store, 'a')).toBe(undefined);
    });

    test('a pruning keeps the intent', async (store) => {
      const { stateful, server, ns } = store;
      await server.setPodIntent(ns, 'room', 0, 'drain');
      const { storeTime: updateTime } = await beatingPod(store, 0, 'a').beat();
      expect(await stateful.removeServiceState(ns, 'room', 0, { incarnation: 'a', updateTime })).toBe(true);
      expect(await intentOf(store, 'b')).toBe('drain');
      expect(await stateful.removeServiceState(ns, 'room', 0, { incarnation: 'b' })).toBe(true);
      expect(await intentOf(store, 'c')).toBe('drain');
    });

    test('resets since if the lease was running', async (store) => {
      const { stateful, ns } = store;
      const { storeTime: began } = await beatingPod(store, 0, 'a').beat();
      await store.elapse(2);
      await stateful.removeServiceState(ns, 'room', 0);
      const { since, storeTime } = await stateful.getServiceState(ns, 'room');
      expect(since).toBeGreaterThan(began);
      expect(since).toBeLessThanOrEqual(storeTime);
    });

    test('does not reset since if the lease was over, or by a pruning', async (store) => {
      const { stateful, ns } = store;
      const { since } = await beatingPod(store, 0, 'a').beat({ leaseMs: LEASE_MS });
      await beatingPod(store, 1, 'b').beat({ state: 'TERMINATING' });
      await beatingPod(store, 2, 'c').beat();
      await store.elapse(LEASE_MS + 10);
      expect(await stateful.removeServiceState(ns, 'room', 0)).toBe(true);
      expect(await stateful.removeServiceState(ns, 'room', 1)).toBe(true);
      expect(await stateful.removeServiceState(ns, 'room', 2, { incarnation: 'c' })).toBe(true);
      expect(await stateful.removeServiceState(ns, 'room', 3)).toBe(false);
      expect(await stateful.getServiceState(ns, 'room')).toMatchObject({ since, pods: new Map() });
    });

    test('clears quiet with it', async (store) => {
      const { stateful, ns } = store;
      const pod = beatingPod(store, 0, 'a');
      await pod.beat({ leaseMs: LEASE_MS });
      await store.elapse(3 * LEASE_MS + 10);
      const { storeTime: quiet } = await pod.beat();
      expect((await stateful.getServiceState(ns, 'room')).quiet).toBe(quiet);
      await stateful.removeServiceState(ns, 'room', 0);
      expect((await stateful.getServiceState(ns, 'room')).quiet).toBe(undefined);
    });
  });
}
