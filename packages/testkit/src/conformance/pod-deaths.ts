import { ownerLease, type PodReport } from '@stateful-route/core/adapter';
import { beatingPod, report } from './beating-pod.ts';
import { readFeed } from './feed-reader.ts';
import { race, type Store, type Suite } from './suite.ts';

const FIELDS: Partial<PodReport> = {
  loadState: 0.1 + 0.2,
  routingState: 'DENY_NEW_CALL',
  address: 'a "state":"READY",',
  users: 3,
  metadata: { state: 'READY', zone: 'b' },
  deadOwner: 'wait',
};

/** The report that a pod's process has ended. */
export function describePodDeaths({ describe, test, expect, refused }: Suite): void {
  const podOf = async ({ stateful, ns }: Store) => (await stateful.getServiceState(ns, 'room')).pods.get(0);
  const dead = ({ stateful, ns }: Store, incarnation: string) =>
    stateful.reportDead(ns, 'room', 0, { incarnation });

  describe('the report of a death', () => {
    test('ends the lease at once, in a young directory too, and changes nothing else', async (store) => {
      await beatingPod(store, 0, 'a').beat(FIELDS);
      await beatingPod(store, 1, 'b').beat();
      const before = await store.stateful.getServiceState(store.ns, 'room');
      expect(ownerLease(before, 0)).toMatchObject({ over: false });
      expect(await dead(store, 'a')).toBe(true);
      const after = await store.stateful.getServiceState(store.ns, 'room');
      expect(after.pods.get(0)).toEqual({ ...before.pods.get(0), state: 'FAILED' });
      expect(after.pods.get(1)).toEqual(before.pods.get(1));
      expect([after.since, after.quiet, after.restored]).toEqual([
        before.since,
        before.quiet,
        before.restored,
      ]);
      expect(ownerLease(after, 0)).toEqual({ over: true });
    });

    test('is pushed once, however often it is repeated', async (store) => {
      await beatingPod(store, 0, 'a').beat(FIELDS);
      const reader = await readFeed(store);
      expect(await race(5, () => dead(store, 'a'))).toEqual([true, true, true, true, true]);
      const events = await reader.all();
      expect(events.length).toBe(1);
      expect(events[0]).toMatchObject({ type: 'state', podId: 0, current: await podOf(store) });
    });

    test('leaves an entry that has ended as it is', async (store) => {
      await beatingPod(store, 0, 'a').beat({ state: 'TERMINATING' });
      const before = await podOf(store);
      const reader = await readFeed(store);
      expect(await dead(store, 'a')).toBe(true);
      expect(await podOf(store)).toEqual(before);
      expect((await reader.all()).length).toBe(0);
    });

    test('of a pod without an entry does nothing', async (store) => {
      expect(await dead(store, 'a')).toBe(false);
      const { pods, since } = await store.stateful.getServiceState(store.ns, 'room');
      expect([pods.size, since]).toEqual([0, undefined]);
    });

    for (const [other, name] of [
      ['5.a.2', 'an earlier life'],
      ['5.a.4', 'a later life'],
      ['5.b.3', 'another run'],
      ['a', 'a run without a life'],
    ] as const) {
      test(`of ${name} is refused, and changes nothing`, async (store) => {
        await beatingPod(store, 0, '5.a.3').beat();
        const before = await podOf(store);
        const fields = { namespace: store.ns, serviceName: 'room', podId: 0, retryable: false };
        await refused('FENCED', dead(store, other), { ...fields, incarnation: other, met: '5.a.3' });
        expect(await podOf(store)).toEqual(before);
      });
    }

    test('is of a life, whatever start it has in the report', async (store) => {
      await beatingPod(store, 0, '8.a.1').beat();
      expect(await dead(store, '5.a.1')).toBe(true);
      expect(await podOf(store)).toMatchObject({ state: 'FAILED', incarnation: '8.a.1' });
    });

    test('refuses every later heartbeat of that life, but one that ends it', async (store) => {
      const { stateful, ns } = store;
      await stateful.setServiceState(ns, 'room', 0, report('5.a.0', 5));
      await dead(store, '5.a.0');
      const after = await podOf(store);
      for (const seq of [4, 5, 6]) {
        const beat = stateful.setServiceState(ns, 'room', 0, report('5.a.0', seq));
        await refused('FENCED', beat, { incarnation: '5.a.0', met: '5.a.0', retryable: false });
      }
      expect(await podOf(store)).toEqual(after);
      await stateful.setServiceState(ns, 'room', 0, report('5.a.0', 7, { state: 'TERMINATING' }));
      expect(await podOf(store)).toMatchObject({ state: 'TERMINATING' });
    });

    test('takes the next life of that run, and the next run', async (store) => {
      for (const next of ['5.a.1', '4.b.0'] as const) {
        const id = next === '5.a.1' ? '5.a.0' : '5.a.1';
        if (id === '5.a.0') await beatingPod(store, 0, id).beat();
        await dead(store, id);
        await beatingPod(store, 0, next).beat();
        expect(await podOf(store)).toMatchObject({ state: 'READY' });
      }
      expect(await podOf(store)).toMatchObject({ incarnation: '6.b.0' });
    });
  });
}
