import { podLife, report } from './pod-life.ts';
import type { Store, Suite } from './suite.ts';

/** Of pods that fall silent, and of which some are to be silent for less than three leases: on a busy machine a call may take one. */
const LEASE_MS = 600;
const SHORT = { leaseMs: LEASE_MS, updatePeriodMs: 100 };

/** The beats of some pods of a directory that is three leases old, all of which can go on. */
async function grownUp(store: Store, podIds: readonly number[]): Promise<ReturnType<typeof podLife>[]> {
  const lives = podIds.map((podId) => podLife(store, podId, `run-${podId}`));
  for (const life of lives) await life.beat();
  await store.elapse(3 * LEASE_MS);
  return lives;
}

/** Since when the directory has been kept without a gap. */
export function describeSince({ describe, test, expect }: Suite): void {
  describe('since', () => {
    const read = ({ stateful, ns }: Store) => stateful.getServiceState(ns, 'room');

    test("is the time of the service's first heartbeat", async (store) => {
      const { stateful, ns } = store;
      const first = await podLife(store, 3, 'a').beat();
      expect(first.since).toBe(first.storeTime);
      expect(await read(store)).toMatchObject({ since: first.storeTime });
      expect((await read(store)).quiet).toBe(undefined);
      await store.elapse(2);
      const other = await stateful.setServiceState(ns, 'lobby', 0, report('l', 0));
      expect((await stateful.getServiceState(ns, 'lobby')).since).toBe(other.storeTime);
      expect((await read(store)).since).toBe(first.storeTime);
    });

    test('stays through heartbeats, new pods, new runs and prunings', async (store) => {
      const { stateful, ns } = store;
      const life = podLife(store, 0, 'a');
      const { storeTime: since } = await life.beat();
      await store.elapse(2);
      await life.beat();
      await podLife(store, 1, 'b').beat();
      await podLife(store, 0, 'c').beat();
      for (const { podId, incarnation, updateTime } of (await read(store)).pods.values()) {
        await stateful.removeServiceState(ns, 'room', podId, { incarnation, updateTime });
      }
      expect(await read(store)).toMatchObject({ since, pods: new Map() });
      await store.elapse(2);
      expect((await podLife(store, 0, 'd').beat()).since).toBe(since);
    });

    test('begins anew, quiet, when the only pod goes on after its lease', async (store) => {
      const [life] = await grownUp(store, [0]);
      await life!.beat(SHORT);
      await store.elapse(LEASE_MS + 10);
      const back = await life!.beat();
      expect(back.since).toBe(back.storeTime);
      expect(await read(store)).toMatchObject({ since: back.storeTime, quiet: back.storeTime });
    });

    test('begins anew by another run of the ordinal too', async (store) => {
      const [life] = await grownUp(store, [0]);
      await life!.beat(SHORT);
      await store.elapse(LEASE_MS + 10);
      const back = await podLife(store, 0, '7.other.0').beat();
      expect(back.since).toBe(back.storeTime);
    });

    test('stays within three leases of its last beginning', async (store) => {
      const life = podLife(store, 0, 'a');
      const { since } = await life.beat(SHORT);
      await store.elapse(LEASE_MS + 10);
      expect((await life.beat(SHORT)).since).toBe(since);
      await store.elapse(2 * LEASE_MS);
      const back = await life.beat(SHORT);
      expect(back.since).toBe(back.storeTime);
    });

    test('is judged by the lease that the entry carried, not by the one it gets', async (store) => {
      const [life] = await grownUp(store, [0]);
      const { since } = await life!.beat({ leaseMs: 60_000 });
      await store.elapse(LEASE_MS + 10);
      expect((await life!.beat(SHORT)).since).toBe(since);
    });

    test('stays when a pod comes that has no entry', async (store) => {
      const [life] = await grownUp(store, [0]);
      const { since } = await life!.beat(SHORT);
      await store.elapse(LEASE_MS + 10);
      expect((await podLife(store, 1, 'b').beat()).since).toBe(since);
    });

    test('begins anew, not quiet, where half of the others are silent', async (store) => {
      const lives = await grownUp(store, [0, 1, 2]);
      for (const life of lives.slice(0, 2)) await life.beat(SHORT);
      await store.elapse(LEASE_MS + 10);
      const back = await lives[0]!.beat();
      expect(back.since).toBe(back.storeTime);
      expect((await read(store)).quiet).toBe(undefined);
    });

    test('a pod is silent a period before its lease is over', async (store) => {
      const lives = await grownUp(store, [0, 1, 2]);
      await lives[0]!.beat(SHORT);
      await lives[1]!.beat({ leaseMs: LEASE_MS + 300, updatePeriodMs: 350 });
      await store.elapse(LEASE_MS + 280);
      const { since, storeTime } = await lives[0]!.beat();
      expect(since).toBe(storeTime);
    });

    test('stays where fewer than half of the others are silent', async (store) => {
      const lives = await grownUp(store, [0, 1, 2, 3]);
      const { since } = await lives[0]!.beat(SHORT);
      await lives[1]!.beat(SHORT);
      await store.elapse(LEASE_MS + 10);
      expect((await lives[0]!.beat()).since).toBe(since);
    });

    test('stays where the others are long dead and one is alive', async (store) => {
      const lives = [0, 1, 2, 3].map((podId) => podLife(store, podId, `run-${podId}`));
      const { since } = await lives[0]!.beat(SHORT);
      for (const life of lives.slice(1, 3)) await life.beat(SHORT);
      await lives[3]!.beat();
      await store.elapse(3 * LEASE_MS + 10);
      expect((await lives[0]!.beat(SHORT)).since).toBe(since);
    });

    test('begins anew, quiet, where all others are past their leases, long dead or not', async (store) => {
      const lives = [0, 1, 2].map((podId) => podLife(store, podId, `run-${podId}`));
      for (const life of lives) await life.beat(SHORT);
      await store.elapse(3 * LEASE_MS + 10);
      const back = await lives[0]!.beat(SHORT);
      expect(back.since).toBe(back.storeTime);
      expect((await read(store)).quiet).toBe(back.storeTime);
      const next = await lives[1]!.beat(SHORT);
      expect(next.since).toBe(back.storeTime);
    });

    test('ended entries are neither own nor others', async (store) => {
      const lives = await grownUp(store, [0, 1, 2]);
      const { since } = await lives[0]!.beat({ ...SHORT, state: 'FAILED' });
      await lives[1]!.beat(SHORT);
      await lives[2]!.beat({ ...SHORT, state: 'TERMINATING' });
      await store.elapse(LEASE_MS + 10);
      expect((await lives[0]!.beat({ state: 'FAILED' })).since).toBe(since);
      const back = await lives[1]!.beat();
      expect(back.since).toBe(back.storeTime);
      expect((await read(store)).quiet).toBe(back.storeTime);
    });

    test('quiet is cleared when since begins anew while a pod is alive', async (store) => {
      const lives = [0, 1, 2].map((podId) => podLife(store, podId, `run-${podId}`));
      for (const life of lives) await life.beat(SHORT);
      await store.elapse(3 * LEASE_MS + 10);
      const { storeTime: quiet } = await lives[0]!.beat();
      expect((await read(store)).quiet).toBe(quiet);
      await store.elapse(3 * LEASE_MS);
      await lives[0]!.beat(SHORT);
      await lives[1]!.beat(SHORT);
      await lives[2]!.beat();
      await store.elapse(LEASE_MS + 10);
      const back = await lives[0]!.beat();
      expect(back.since).toBe(back.storeTime);
      expect((await read(store)).quiet).toBe(undefined);
    });
  });
}
