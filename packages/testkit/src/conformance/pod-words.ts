import type { FeedEvent, PodReport, StateWord } from '@stateful-route/core/adapter';
import { beatingPod } from './beating-pod.ts';
import type { Store, Suite } from './suite.ts';

const LEASE_MS = 300;

/** A word that no heartbeat and no mark of these tests writes. */
const OTHERS = 'READY';

/** The words of pods, which the older sides write and read, beside the details of heartbeats. */
export function describeWords({ capabilities, describe, test, expect, refused }: Suite): void {
  const podOf = async ({ stateful, ns }: Store, podId = 0) =>
    (await stateful.getServiceState(ns, 'room')).pods.get(podId);
  const otherSides = (podId: number, state: string) => ({
    podId,
    state,
    loadState: 0,
    routingState: 'READY',
    metadata: {},
  });
  const ended = (store: Store, podId = 0, fields: Partial<PodReport> = {}) =>
    beatingPod(store, podId, 'a').beat({ state: 'TERMINATING', ...fields });

  describe('words without details', () => {
    for (const word of ['READY', 'NOT_READY', 'FAILED', 'PENDING', 'TERMINATING'] as const) {
      test(`${word} is a pod of the older sides`, async (store) => {
        await store.raw.setWord(store.ns, 'room', 0, word);
        expect(await podOf(store)).toEqual(otherSides(0, word));
      });
    }

    for (const word of ['state', '', 'ready', 'UNKNOWN', '__proto__']) {
      test(`"${word}" is a pod of state UNKNOWN`, async (store) => {
        await store.raw.setWord(store.ns, 'room', 0, word);
        expect(await podOf(store)).toEqual(otherSides(0, 'UNKNOWN'));
      });
    }

    test('are read with the other pods, by ordinal', async (store) => {
      const { raw, stateful, ns } = store;
      await raw.setWord(ns, 'room', 2, 'READY');
      await beatingPod(store, 1, 'a').beat();
      await raw.setWord(ns, 'room', 0, 'READY');
      expect([...(await stateful.getServiceState(ns, 'room')).pods.keys()]).toEqual([0, 1, 2]);
    });

    test('are replaced by a heartbeat, which gets the previous entry', async (store) => {
      await store.raw.setWord(store.ns, 'room', 0, 'READY');
      const ack = await beatingPod(store, 0, 'a').beat();
      expect(ack.previous).toEqual({ incarnation: undefined, updateTime: undefined });
      expect(await podOf(store)).toMatchObject({ incarnation: 'a', updateTime: ack.storeTime });
    });

    test("are removed by an operator's removal only", async (store) => {
      const { raw, stateful, ns } = store;
      await raw.setWord(ns, 'room', 0, 'READY');
      const that = { incarnation: 'a', updateTime: 1 };
      expect(await stateful.removeServiceState(ns, 'room', 0, that)).toBe(false);
      expect(await podOf(store)).toEqual(otherSides(0, 'READY'));
      expect(await stateful.removeServiceState(ns, 'room', 0)).toBe(true);
      expect(await podOf(store)).toBe(undefined);
    });

    test('cannot be marked', async (store) => {
      const { raw, stateful, ns } = store;
      await raw.setWord(ns, 'room', 0, 'READY');
      const that = { incarnation: 'a', updateTime: 1 };
      expect(await stateful.markServiceState(ns, 'room', 0, 'NOT_READY', that)).toBe(false);
      expect(await podOf(store)).toEqual(otherSides(0, 'READY'));
    });
  });

  describe('words beside details', () => {
    for (const state of ['TERMINATING', 'FAILED'] as const) {
      test(`of a pod that is ${state} count as soon as they are another one`, async (store) => {
        const { raw, ns } = store;
        await ended(store, 0, { state });
        expect(await podOf(store)).toMatchObject({ state, incarnation: 'a' });
        await raw.setWord(ns, 'room', 0, OTHERS);
        expect(await podOf(store)).toEqual(otherSides(0, OTHERS));
        await raw.setWord(ns, 'room', 0, state);
        expect(await podOf(store)).toMatchObject({ state, incarnation: 'a' });
        await raw.setWord(ns, 'room', 0, 'state');
        expect(await podOf(store)).toEqual(otherSides(0, 'UNKNOWN'));
        await raw.setWord(ns, 'room', 0, undefined);
        expect(await podOf(store)).toMatchObject({ state, incarnation: 'a' });
      });
    }

    for (const routingState of ['READY', 'DENY_NEW_CALL'] as const) {
      test(`of a living pod, ${routingState} to new users, never count`, async (store) => {
        const { raw, ns } = store;
        await beatingPod(store, 0, 'a').beat({ routingState });
        for (const word of ['READY', 'NOT_READY', 'TERMINATING', 'state', undefined]) {
          await raw.setWord(ns, 'room', 0, word);
          expect(await podOf(store)).toMatchObject({ state: 'READY', routingState, incarnation: 'a' });
        }
      });
    }

    test('of a pod past its lease count three leases after its last heartbeat', async (store) => {
      const { raw, ns } = store;
      await beatingPod(store, 0, 'a').beat({ leaseMs: LEASE_MS });
      await raw.setWord(ns, 'room', 0, 'NOT_READY');
      await store.elapse(LEASE_MS + 10);
      if (capabilities.clock === 'manual') {
        expect(await podOf(store)).toMatchObject({ state: 'READY', incarnation: 'a' });
      }
      await store.elapse(2 * LEASE_MS);
      expect(await podOf(store)).toEqual(otherSides(0, 'NOT_READY'));
    });

    test('are written again by a heartbeat', async (store) => {
      const pod = beatingPod(store, 0, 'a');
      await pod.beat({ state: 'TERMINATING' });
      await store.raw.setWord(store.ns, 'room', 0, OTHERS);
      await pod.beat();
      expect(await podOf(store)).toMatchObject({ state: 'READY', incarnation: 'a' });
      await pod.beat({ state: 'TERMINATING' });
      expect(await podOf(store)).toMatchObject({ state: 'TERMINATING', incarnation: 'a' });
    });

    test('that differ stay when the details are pruned, and are pushed', async (store) => {
      const { raw, stateful, feed, ns } = store;
      const { storeTime: updateTime } = await ended(store);
      await beatingPod(store, 1, 'a').beat();
      const events: FeedEvent[] = [];
      await feed.subscribe(ns, 'room', (event) => events.push(event));
      await raw.setWord(ns, 'room', 0, OTHERS);
      const that = { incarnation: 'a', updateTime };
      expect(await stateful.removeServiceState(ns, 'room', 0, that)).toBe(true);
      expect(await podOf(store)).toEqual(otherSides(0, OTHERS));
      expect(await stateful.removeServiceState(ns, 'room', 0, that)).toBe(false);
      expect(await stateful.removeServiceState(ns, 'room', 1, { incarnation: 'a' })).toBe(true);
      expect(await podOf(store, 1)).toBe(undefined);
      await store.eventually(() => events.length === 2);
      expect(events).toMatchObject([
        { type: 'state', podId: 0, current: otherSides(0, OTHERS) },
        { type: 'state', podId: 1 },
      ]);
      expect((events[1] as { current?: unknown }).current).toBe(undefined);
    });

    test("are removed with the details by an operator's removal, whoever wrote them", async (store) => {
      const { raw, stateful, ns } = store;
      await ended(store);
      await raw.setWord(ns, 'room', 0, OTHERS);
      expect(await stateful.removeServiceState(ns, 'room', 0)).toBe(true);
      expect(await podOf(store)).toBe(undefined);
    });
  });

  describe('the report of a death', () => {
    const report = ({ stateful, ns }: Store) => stateful.reportDead(ns, 'room', 0, { incarnation: 'a' });

    test('writes FAILED, which later details keep', async (store) => {
      const { raw, stateful, ns } = store;
      const { storeTime } = await beatingPod(store, 0, 'a').beat();
      await report(store);
      await raw.setWord(ns, 'room', 0, 'FAILED');
      expect(await podOf(store)).toMatchObject({ incarnation: 'a', state: 'FAILED' });
      const entry = { incarnation: 'a', updateTime: storeTime };
      expect(await stateful.markServiceState(ns, 'room', 0, 'NOT_READY', entry)).toBe(true);
      await raw.setWord(ns, 'room', 0, 'NOT_READY');
      expect(await podOf(store)).toMatchObject({ incarnation: 'a', state: 'FAILED' });
      await refused('FENCED', beatingPod(store, 0, 'a').beat(), { met: 'a' });
    });

    for (const word of [OTHERS, undefined]) {
      test(`leaves ${word ?? 'none'} where the older sides wrote that`, async (store) => {
        const { raw, ns } = store;
        await beatingPod(store, 0, 'a').beat({ state: 'NOT_READY' });
        await raw.setWord(ns, 'room', 0, word);
        expect(await report(store)).toBe(true);
        expect(await podOf(store)).toMatchObject(
          word ? otherSides(0, word) : { incarnation: 'a', state: 'FAILED' },
        );
      });
    }
  });

  describe('a mark', () => {
    const mark = ({ stateful, ns }: Store, word: StateWord, incarnation: string, updateTime: number) =>
      stateful.markServiceState(ns, 'room', 0, word, { incarnation, updateTime });

    test('is stored in the details from then on', async (store) => {
      const { raw, ns } = store;
      const { storeTime } = await beatingPod(store, 0, 'a').beat({ leaseMs: LEASE_MS });
      expect(await mark(store, 'NOT_READY', 'a', storeTime)).toBe(true);
      expect(await mark(store, 'NOT_READY', 'a', storeTime)).toBe(true);
      await store.elapse(3 * LEASE_MS + 10);
      expect(await podOf(store)).toMatchObject({ incarnation: 'a', updateTime: storeTime });
      await raw.setWord(ns, 'room', 0, 'READY');
      expect(await podOf(store)).toEqual(otherSides(0, 'READY'));
      await raw.setWord(ns, 'room', 0, 'NOT_READY');
      expect(await podOf(store)).toMatchObject({ incarnation: 'a', updateTime: storeTime });
    });

    test('changes no details', async (store) => {
      const fields = { loadState: 0.1 + 0.2, address: 'a "word":"b",', metadata: { word: 'c' }, users: 3 };
      const { storeTime } = await beatingPod(store, 0, 'a').beat(fields);
      const before = await podOf(store);
      for (const word of ['FAILED', 'NOT_READY', 'READY'] as const) {
        expect(await mark(store, word, 'a', storeTime)).toBe(true);
        expect(await podOf(store)).toEqual(before);
      }
    });

    test('applies only to that incarnation and time', async (store) => {
      const { raw, ns } = store;
      const { storeTime } = await ended(store);
      expect(await mark(store, 'NOT_READY', 'b', storeTime)).toBe(false);
      expect(await mark(store, 'NOT_READY', 'a', storeTime - 1)).toBe(false);
      await raw.setWord(ns, 'room', 0, 'NOT_READY');
      expect(await podOf(store)).toEqual(otherSides(0, 'NOT_READY'));
    });

    for (const word of [OTHERS, undefined]) {
      test(`leaves ${word ?? 'none'} where the older sides wrote that`, async (store) => {
        const { raw, ns } = store;
        const { storeTime } = await ended(store);
        await raw.setWord(ns, 'room', 0, word);
        expect(await mark(store, 'NOT_READY', 'a', storeTime)).toBe(false);
        expect(await podOf(store)).toMatchObject(word ? otherSides(0, word) : { incarnation: 'a' });
      });
    }

    test("is replaced by the pod's next heartbeat, and not pushed", async (store) => {
      const { feed, raw, ns } = store;
      const pod = beatingPod(store, 0, 'a');
      const { storeTime } = await pod.beat({ leaseMs: LEASE_MS });
      const events: FeedEvent[] = [];
      await feed.subscribe(ns, 'room', (event) => events.push(event));
      await mark(store, 'NOT_READY', 'a', storeTime);
      await pod.beat({ leaseMs: LEASE_MS });
      await pod.beat({ state: 'TERMINATING' });
      await store.eventually(() => events.length > 0);
      expect(events).toMatchObject([{ type: 'state', current: { state: 'TERMINATING' } }]);
      await raw.setWord(ns, 'room', 0, 'NOT_READY');
      expect(await podOf(store)).toEqual(otherSides(0, 'NOT_READY'));
    });

    test('of an unknown pod does nothing', async (store) => {
      expect(await mark(store, 'NOT_READY', 'a', 1)).toBe(false);
      expect(await podOf(store)).toBe(undefined);
    });
  });
}
