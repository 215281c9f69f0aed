import { beatingPod, report } from './beating-pod.ts';
import type { Store, Suite } from './suite.ts';

/** The lease of pods that fall silent for less than three leases in a test. On a busy machine a call may take a while. */
const LEASE_MS = 600;
const SHORT = { leaseMs: LEASE_MS, updatePeriodMs: 100 };

/** Pods of a directory that is three leases old. Each can send further heartbeats. */
async function grownUp(store: Store, podIds: readonly number[]): Promise<ReturnType<typeof beatingPod>[]> {
  const pods = podIds.map((podId) => beatingPod(store, podId, `run-${podId}`));
  for (const pod of pods) await pod.beat();
  await store.elapse(3 * LEASE_MS);
  return pods;
}

/** The time since which the directory has been kept without a gap. */
export function describeSince({ describe, test, expect }: Suite): void {
  describe('since', () => {
    const read = ({ stateful, ns }: Store) => stateful.getServiceState(ns, 'room');

    test("is the time of the service's first heartbeat", async (store) => {
      const { stateful, ns } = store;
      const first = await beatingPod(store, 3, 'a').beat();
      expect(first.since).toBe(first.storeTime);
      expect(await read(store)).toMatchObject({ since: first.storeTime });
      expect((await read(store)).quiet).toBe(undefined);
      await store.elapse(2);
      const other = await stateful.setServiceState(ns, 'lobby', 0, report('l', 0));
      expect((await stateful.getServiceState(ns, 'lobby')).since).toBe(other.storeTime);
      expect((await read(store)).since).toBe(first.storeTime);
    });

    test('is not changed by heartbeats, new pods, new runs and prunings', async (store) => {
      const { stateful, ns } = store;
      const pod = beatingPod(store, 0, 'a');
      const { storeTime: since } = await pod.beat();
      await store.elapse(2);
      await pod.beat();
      await beatingPod(store, 1, 'b').beat();
      await beatingPod(store, 0, 'c').beat();
      for (const { podId, incarnation, updateTime } of (await read(store)).pods.values()) {
        await stateful.removeServiceState(ns, 'room', podId, { incarnation, updateTime });
      }
      expect(await read(store)).toMatchObject({ since, pods: new Map() });
      await store.elapse(2);
      expect((await beatingPod(store, 0, 'd').beat()).since).toBe(since);
    });

    test('is reset, quiet, when the only pod goes on after its lease', async (store) => {
      const [pod] = await grownUp(store, [0]);
      await pod!.beat(SHORT);
      await store.elapse(LEASE_MS + 10);
      const back = await pod!.beat();
      expect(back.since).toBe(back.storeTime);
      expect(await read(store)).toMatchObject({ since: back.storeTime, quiet: back.storeTime });
    });

    test('is reset by another run of the ordinal too', async (store) => {
      const [pod] = await grownUp(store, [0]);
      await pod!.beat(SHORT);
      await store.elapse(LEASE_MS + 10);
      const back = await beatingPod(store, 0, '7.other.0').beat();
      expect(back.since).toBe(back.storeTime);
    });

    test('is not reset within three leases of the last reset', async (store) => {
      const pod = beatingPod(store, 0, 'a');
      const { since } = await pod.beat(SHORT);
      await store.elapse(LEASE_MS + 10);
      expect((await pod.beat(SHORT)).since).toBe(since);
      await store.elapse(2 * LEASE_MS);
      const back = await pod.beat(SHORT);
      expect(back.since).toBe(back.storeTime);
    });

    test('depends on the lease in the stored entry, not on that of the heartbeat', async (store) => {
      const [pod] = await grownUp(store, [0]);
      const { since } = await pod!.beat({ leaseMs: 60_000 });
      await store.elapse(LEASE_MS + 10);
      expect((await pod!.beat(SHORT)).since).toBe(since);
    });

    test('is not reset by a pod without an entry', async (store) => {
      const [pod] = await grownUp(store, [0]);
      const { since } = await pod!.beat(SHORT);
      await store.elapse(LEASE_MS + 10);
      expect((await beatingPod(store, 1, 'b').beat()).since).toBe(since);
    });

    test('is reset, not quiet, if half of the others are silent', async (store) => {
      const pods = await grownUp(store, [0, 1, 2]);
      for (const pod of pods.slice(0, 2)) await pod.beat(SHORT);
      await store.elapse(LEASE_MS + 10);
      const back = await pods[0]!.beat();
      expect(back.since).toBe(back.storeTime);
      expect((await read(store)).quiet).toBe(undefined);
    });

    test('a pod is silent a period before its lease is over', async (store) => {
      const pods = await grownUp(store, [0, 1, 2]);
      await pods[0]!.beat(SHORT);
      await pods[1]!.beat({ leaseMs: LEASE_MS + 300, updatePeriodMs: 350 });
      await store.elapse(LEASE_MS + 280);
      const { since, storeTime } = await pods[0]!.beat();
      expect(since).toBe(storeTime);
    });

    test('is not reset if fewer than half of the others are silent', async (store) => {
      const pods = await grownUp(store, [0, 1, 2, 3]);
      const { since } = await pods[0]!.beat(SHORT);
      await pods[1]!.beat(SHORT);
      await store.elapse(LEASE_MS + 10);
      expect((await pods[0]!.beat()).since).toBe(since);
    });

    test('is not reset if the others are long dead and one is alive', async (store) => {
      const pods = [0, 1, 2, 3].map((podId) => beatingPod(store, podId, `run-${podId}`));
      const { since } = await pods[0]!.beat(SHORT);
      for (const pod of pods.slice(1, 3)) await pod.beat(SHORT);
      await pods[3]!.beat();
      await store.elapse(3 * LEASE_MS + 10);
      expect((await pods[0]!.beat(SHORT)).since).toBe(since);
    });

    test('is reset, quiet, if all others are past their leases, long dead or not', async (store) => {
      const pods = [0, 1, 2].map((podId) => beatingPod(store, podId, `run-${podId}`));
      for (const pod of pods) await pod.beat(SHORT);
      await store.elapse(3 * LEASE_MS + 10);
      const back = await pods[0]!.beat(SHORT);
      expect(back.since).toBe(back.storeTime);
      expect((await read(store)).quiet).toBe(back.storeTime);
      const next = await pods[1]!.beat(SHORT);
      expect(next.since).toBe(back.storeTime);
    });

    test('ignores ended entries, own and others', async (store) => {
      const pods = await grownUp(store, [0, 1, 2]);
      const { since } = await pods[0]!.beat({ ...SHORT, state: 'FAILED' });
      await pods[1]!.beat(SHORT);
      await pods[2]!.beat({ ...SHORT, state: 'TERMINATING' });
      await store.elapse(LEASE_MS + 10);
      expect((await pods[0]!.beat({ state: 'FAILED' })).since).toBe(since);
      const back = await pods[1]!.beat();
      expect(back.since).toBe(back.storeTime);
      expect((await read(store)).quiet).toBe(back.storeTime);
    });

    test('quiet is cleared by a reset while a pod is alive', async (store) => {
      const pods = [0, 1, 2].map((podId) => beatingPod(store, podId, `run-${podId}`));
      for (const pod of pods) await pod.beat(SHORT);
      await store.elapse(3 * LEASE_MS + 10);
      const { storeTime: quiet } = await pods[0]!.beat();
      expect((await read(store)).quiet).toBe(quiet);
      await store.elapse(3 * LEASE_MS);
      await pods[0]!.beat(SHORT);
      await pods[1]!.beat(SHORT);
      await pods[2]!.beat();
      await store.elapse(LEASE_MS + 10);
      const back = await pods[0]!.beat();
      expect(back.since).toBe(back.storeTime);
      expect((await read(store)).quiet).toBe(undefined);
    });
  });
}
