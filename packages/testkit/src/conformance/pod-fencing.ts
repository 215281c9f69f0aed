import { beatingPod, report } from './beating-pod.ts';
import { race, type Suite } from './suite.ts';

/** An entry, a heartbeat while its lease runs, and what is stored then; `FENCED` if the heartbeat is refused. */
const meetings: readonly (readonly [name: string, entry: string, beat: string, stored: string])[] = [
  ['a run that started later', '4.b.0', '5.a.0', '5.a.0'],
  ['starts are numbers', '9.b.0', '10.a.0', '10.a.0'],
  ['a run that started earlier', '5.a.0', '4.b.7', 'FENCED'],
  ['a run of the same ms with a greater id', '5.a.0', '5.b.0', '5.b.0'],
  ['a run of the same ms with a smaller id', '5.b.0', '5.a.0', 'FENCED'],
  ['a run without a start, which is the earliest', '1.a.0', 'z', 'FENCED'],
  ['a run with a start over one without', 'z', '1.a.0', '1.a.0'],
  ['a run without a start and a greater id', 'a', 'b', 'b'],
  ['a run without a start and a smaller id', 'b', 'a', 'FENCED'],
  ['a start of 0 is none', '0.b.0', 'a', 'FENCED'],
  ['a later incarnation of its run', '5.a.9', '5.a.10', '5.a.10'],
  ['an earlier incarnation of its run', '5.a.10', '5.a.9', 'FENCED'],
  ['a later incarnation that does not know its start was raised', '8.a.0', '5.a.1', '8.a.1'],
  ['a later incarnation with a greater start', '5.a.0', '8.a.1', '8.a.1'],
  ['its own incarnation with a greater start', '5.a.0', '8.a.0', '8.a.0'],
  ['its own incarnation that does not know its start was raised', '8.a.0', '5.a.0', '8.a.0'],
  ['its own incarnation without a start', '8.a.0', 'a', '8.a.0'],
];

/** Which heartbeats of which incarnation count. */
export function describeFencing({ describe, test, expect, refused }: Suite): void {
  describe('heartbeats of several incarnations', () => {
    test('a later run replaces the entry, and gets the previous one', async (store) => {
      const old = await beatingPod(store, 0, 'a').beat({ loadState: 1 });
      expect(old.incarnation).toBe('a');
      const next = await beatingPod(store, 0, 'b').beat({ loadState: 2 });
      expect(next).toMatchObject({
        incarnation: 'b',
        previous: { incarnation: 'a', updateTime: old.storeTime },
      });
      const { pods } = await store.stateful.getServiceState(store.ns, 'room');
      expect(pods.get(0)).toMatchObject({ incarnation: 'b', loadState: 2, updateTime: next.storeTime });
    });

    for (const [name, entry, beat, stored] of meetings) {
      test(`${name}: ${beat} meets ${entry}`, async ({ stateful, ns }) => {
        for (const [podId, beatenBefore] of [false, true].entries()) {
          const met = await stateful.setServiceState(ns, 'room', podId, report(entry, 5));
          const meet = stateful.setServiceState(ns, 'room', podId, report(beat, 6, { beatenBefore }));
          const kept = stored === 'FENCED' ? entry : stored;
          if (stored === 'FENCED') {
            const fields = { serviceName: 'room', podId, incarnation: beat, met: entry, retryable: false };
            await refused('FENCED', meet, { namespace: ns, ...fields });
          } else {
            const previous = { incarnation: entry, updateTime: met.storeTime };
            expect(await meet).toMatchObject({ incarnation: stored, previous });
          }
          const { pods } = await stateful.getServiceState(ns, 'room');
          expect(pods.get(podId)?.incarnation).toBe(kept);
        }
      });
    }

    test('a displaced run is fenced permanently, and changes nothing', async (store) => {
      const displaced = beatingPod(store, 0, 'a');
      await displaced.beat();
      const pod = beatingPod(store, 0, 'b');
      const { storeTime } = await pod.beat({ loadState: 2 });
      await refused('FENCED', displaced.beat({ loadState: 9 }), { incarnation: 'a', met: 'b' });
      const { pods } = await store.stateful.getServiceState(store.ns, 'room');
      expect(pods.get(0)).toMatchObject({ incarnation: 'b', loadState: 2, updateTime: storeTime });
      await pod.beat();
      await refused('FENCED', displaced.beat());
    });

    test('the later run wins from its next heartbeat on, though the store lost its entry', async (store) => {
      const [earlier, later] = [beatingPod(store, 0, '4.b.0'), beatingPod(store, 0, '5.a.0')];
      await earlier.beat();
      await later.beat();
      await store.stateful.removeServiceState(store.ns, 'room', 0);
      await earlier.beat();
      await later.beat();
      await refused('FENCED', earlier.beat(), { met: '5.a.0' });
    });

    test('pods of other ordinals do not fence each other', async (store) => {
      const both = [beatingPod(store, 0, 'a'), beatingPod(store, 1, 'b')];
      for (const pod of [...both, ...both]) await pod.beat();
      const { pods } = await store.stateful.getServiceState(store.ns, 'room');
      expect([...pods.values()].map((pod) => pod.incarnation)).toEqual(['a', 'b']);
    });

    test('a late heartbeat is acknowledged, and changes nothing', async ({ stateful, ns }) => {
      await stateful.setServiceState(ns, 'room', 0, report('a', 0));
      const { storeTime } = await stateful.setServiceState(
        ns,
        'room',
        0,
        report('a', 5, { state: 'TERMINATING' }),
      );
      for (const late of [report('a', 4), report('a', 1), report('a', 0), report('9.a.0', 2)]) {
        const ack = await stateful.setServiceState(ns, 'room', 0, late);
        expect(ack.incarnation).toBe('a');
      }
      const entry = { state: 'TERMINATING', incarnation: 'a', updateTime: storeTime };
      expect((await stateful.getServiceState(ns, 'room')).pods.get(0)).toMatchObject(entry);
      await stateful.setServiceState(ns, 'room', 0, report('a', 6));
      expect((await stateful.getServiceState(ns, 'room')).pods.get(0)).toMatchObject({ state: 'READY' });
    });

    test('a repeated heartbeat is acknowledged, and changes nothing', async (store) => {
      const { stateful, ns } = store;
      const send = (fields: object) => stateful.setServiceState(ns, 'room', 0, report('a', 3, fields));
      const first = await send({ loadState: 1 });
      await store.elapse(2);
      const again = await send({ loadState: 1 });
      expect(again.storeTime).toBeGreaterThan(first.storeTime);
      expect(again).toMatchObject({
        incarnation: 'a',
        previous: { incarnation: 'a', updateTime: first.storeTime },
      });
      await send({ loadState: 9, beatenBefore: false });
      expect((await stateful.getServiceState(ns, 'room')).pods.get(0)).toMatchObject({
        loadState: 1,
        updateTime: first.storeTime,
      });
    });

    test('seq is compared within one incarnation', async (store) => {
      const { stateful, ns } = store;
      await stateful.setServiceState(ns, 'room', 0, report('5.a.0', 900));
      await stateful.setServiceState(ns, 'room', 0, report('5.a.1', 3));
      await stateful.setServiceState(ns, 'room', 0, report('6.b.0', 0));
      await stateful.setServiceState(ns, 'room', 0, report('6.b.0', 1));
      const huge = Number.MAX_SAFE_INTEGER;
      await stateful.setServiceState(ns, 'room', 0, report('6.b.0', huge - 1));
      await stateful.setServiceState(ns, 'room', 0, report('6.b.0', huge, { loadState: 4 }));
      await stateful.setServiceState(ns, 'room', 0, report('6.b.0', huge - 1, { loadState: 5 }));
      expect((await stateful.getServiceState(ns, 'room')).pods.get(0)).toMatchObject({ loadState: 4 });
    });

    test('a heartbeat without an entry is stored, and gets no previous one', async (store) => {
      const pod = beatingPod(store, 0, 'a');
      await pod.beat();
      await store.stateful.removeServiceState(store.ns, 'room', 0);
      const ack = await pod.beat({ loadState: 3 });
      expect(ack.previous).toBe(undefined);
      const { pods } = await store.stateful.getServiceState(store.ns, 'room');
      expect(pods.get(0)).toMatchObject({ incarnation: 'a', loadState: 3 });
    });

    test('of many heartbeats at once the last one by seq is stored', async ({ stateful, ns }) => {
      await stateful.setServiceState(ns, 'room', 0, report('a', 0));
      await race(30, (at) => {
        const seq = 1 + ((at * 7) % 30);
        return stateful.setServiceState(ns, 'room', 0, report('a', seq, { loadState: seq }));
      });
      expect((await stateful.getServiceState(ns, 'room')).pods.get(0)).toMatchObject({ loadState: 30 });
    });

    test('of many runs at once the one that started last has the entry', async (store) => {
      const outcomes = await race(20, (at) =>
        beatingPod(store, 0, `${1 + ((at * 7) % 20)}.run-${at}.0`)
          .beat()
          .then(
            () => 'taken',
            () => 'fenced',
          ),
      );
      expect(outcomes.includes('fenced')).toBe(true);
      const { pods } = await store.stateful.getServiceState(store.ns, 'room');
      expect(pods.get(0)?.incarnation?.startsWith('20.')).toBe(true);
    });
  });
}
