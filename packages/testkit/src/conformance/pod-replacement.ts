import type { PodReport } from '@stateful-route/core/adapter';
import { beatingPod, report } from './beating-pod.ts';
import type { Store, Suite } from './suite.ts';

const LEASE_MS = 300;

/** Every way in which the lease of the entry of pod 0 ends. */
const endings: Readonly<Record<string, (store: Store, incarnation: string) => Promise<unknown>>> = {
  'a last word TERMINATING': ({ stateful, ns }, incarnation) =>
    stateful.setServiceState(ns, 'room', 0, report(incarnation, 5, { state: 'TERMINATING' })),
  'a last word FAILED': ({ stateful, ns }, incarnation) =>
    stateful.setServiceState(ns, 'room', 0, report(incarnation, 5, { state: 'FAILED' })),
  silence: async ({ stateful, ns, elapse }, incarnation) => {
    await stateful.setServiceState(ns, 'room', 0, report(incarnation, 5, { leaseMs: LEASE_MS }));
    await elapse(LEASE_MS + 10);
  },
};

/** The first heartbeat of a run when the entry's lease is over: it is never fenced, whatever the clocks said. */
export function describePodReplacement({ describe, test, expect, refused }: Suite): void {
  describe('a first heartbeat after the end of a lease', () => {
    const first = ({ stateful, ns }: Store, incarnation: string, fields: Partial<PodReport> = {}) =>
      stateful.setServiceState(ns, 'room', 0, report(incarnation, 0, fields));

    for (const [name, end] of Object.entries(endings)) {
      for (const [beat, entry, stored] of [
        ['5.b.0', '9.a.0', '10.b.0'],
        ['9.b.0', '9.c.0', '10.b.0'],
        ['9.b.0', '9.a.0', '10.b.0'],
        ['10.b.0', '9.c.0', '10.b.0'],
        ['b', '9.a.0', '10.b.0'],
        ['b', 'c', '1.b.0'],
      ] as const) {
        test(`by ${name}: ${beat} meets ${entry}, and is stored as ${stored}`, async (store) => {
          await end(store, entry);
          const ack = await first(store, beat);
          expect(ack).toMatchObject({ incarnation: stored, previous: { incarnation: entry } });
          const { pods } = await store.stateful.getServiceState(store.ns, 'room');
          expect(pods.get(0)).toMatchObject({ incarnation: stored, updateTime: ack.storeTime });
        });
      }

      test(`by ${name}: a run that beat before is not raised`, async (store) => {
        await end(store, '9.a.0');
        await refused('FENCED', first(store, '5.b.0', { beatenBefore: true }), { met: '9.a.0' });
        const { pods } = await store.stateful.getServiceState(store.ns, 'room');
        expect(pods.get(0)?.incarnation).toBe('9.a.0');
      });
    }

    test('the raised start is kept, whatever start the run reports later', async (store) => {
      await endings['a last word FAILED']!(store, '9.a.0');
      const pod = beatingPod(store, 0, '5.b.0');
      expect((await pod.beat()).incarnation).toBe('10.b.0');
      expect((await pod.beat()).incarnation).toBe('10.b.0');
      expect(await first(store, '10.b.1')).toMatchObject({ incarnation: '10.b.1' });
      await refused('FENCED', beatingPod(store, 0, '9.c.0').beat({ beatenBefore: true }), { met: '10.b.1' });
    });

    test('gets the same reply when it is repeated', async (store) => {
      await endings['a last word FAILED']!(store, '9.a.0');
      const { storeTime } = await first(store, '5.b.0');
      const again = await first(store, '5.b.0');
      expect(again.incarnation).toBe('10.b.0');
      expect(again.previous).toEqual({ incarnation: '10.b.0', updateTime: storeTime });
    });

    test('the lease in the stored entry counts', async (store) => {
      await first(store, '9.a.0', { leaseMs: 60_000 });
      await store.elapse(LEASE_MS + 10);
      await refused('FENCED', first(store, '5.b.0', { leaseMs: LEASE_MS }), { met: '9.a.0' });
    });
  });
}
