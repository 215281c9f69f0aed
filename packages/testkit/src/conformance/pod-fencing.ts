import { podLife, report } from './pod-life.ts';
import { race, type Suite } from './suite.ts';

/** Which heartbeats of which life count. */
export function describeFencing({ describe, test, expect, refused }: Suite): void {
  describe('heartbeats of several lives', () => {
    test('a first heartbeat takes the entry over and says whose it was', async (store) => {
      const old = await podLife(store, 0, 'a').beat({ loadState: 1 });
      const next = await podLife(store, 0, 'b').beat({ loadState: 2 });
      expect(next.previous).toEqual({ incarnation: 'a', updateTime: old.storeTime });
      const { pods } = await store.stateful.getServiceState(store.ns, 'room');
      expect(pods.get(0)).toMatchObject({ incarnation: 'b', loadState: 2, updateTime: next.storeTime });
    });

    test('a displaced life is fenced, and changes nothing', async (store) => {
      const displaced = podLife(store, 0, 'a');
      await displaced.beat();
      const life = podLife(store, 0, 'b');
      const { storeTime } = await life.beat({ loadState: 2 });
      await refused('FENCED', displaced.beat({ loadState: 9 }), {
        namespace: store.ns,
        serviceName: 'room',
        podId: 0,
        incarnation: 'a',
        retryable: false,
      });
      const { pods } = await store.stateful.getServiceState(store.ns, 'room');
      expect(pods.get(0)).toMatchObject({ incarnation: 'b', loadState: 2, updateTime: storeTime });
      await life.beat();
      await refused('FENCED', displaced.beat());
    });

    test('pods of other ordinals do not fence each other', async (store) => {
      const lives = [podLife(store, 0, 'a'), podLife(store, 1, 'b')];
      for (const life of [...lives, ...lives]) await life.beat();
      const { pods } = await store.stateful.getServiceState(store.ns, 'room');
      expect([...pods.values()].map((pod) => pod.incarnation)).toEqual(['a', 'b']);
    });

    test('a late heartbeat is refused by its seq', async ({ stateful, ns }) => {
      await stateful.setServiceState(ns, 'room', 0, report('a', 0));
      await stateful.setServiceState(ns, 'room', 0, report('a', 5, { state: 'TERMINATING' }));
      for (const late of [report('a', 4), report('a', 1), report('a', 0, { first: true })]) {
        await refused('FENCED', stateful.setServiceState(ns, 'room', 0, late), { incarnation: 'a' });
      }
      expect((await stateful.getServiceState(ns, 'room')).pods.get(0)).toMatchObject({
        state: 'TERMINATING',
      });
      await stateful.setServiceState(ns, 'room', 0, report('a', 6));
      expect((await stateful.getServiceState(ns, 'room')).pods.get(0)).toMatchObject({ state: 'READY' });
    });

    test('the same heartbeat come again is acknowledged, and changes nothing', async (store) => {
      const { stateful, ns } = store;
      const send = (fields: object) => stateful.setServiceState(ns, 'room', 0, report('a', 3, fields));
      const first = await send({ loadState: 1, first: true });
      await store.elapse(2);
      const again = await send({ loadState: 1, first: true });
      expect(again.storeTime).toBeGreaterThan(first.storeTime);
      expect(again.previous).toEqual({ incarnation: 'a', updateTime: first.storeTime });
      await send({ loadState: 9, first: false });
      expect((await stateful.getServiceState(ns, 'room')).pods.get(0)).toMatchObject({
        loadState: 1,
        updateTime: first.storeTime,
      });
    });

    test('seq counts within one life', async (store) => {
      const { stateful, ns } = store;
      await stateful.setServiceState(ns, 'room', 0, report('a', 900, { first: true }));
      await stateful.setServiceState(ns, 'room', 0, report('b', 0));
      await stateful.setServiceState(ns, 'room', 0, report('b', 1));
      const huge = Number.MAX_SAFE_INTEGER;
      await stateful.setServiceState(ns, 'room', 0, report('b', huge - 1));
      await stateful.setServiceState(ns, 'room', 0, report('b', huge, { loadState: 4 }));
      expect((await stateful.getServiceState(ns, 'room')).pods.get(0)).toMatchObject({ loadState: 4 });
      await refused('FENCED', stateful.setServiceState(ns, 'room', 0, report('b', huge - 1)));
    });

    test('a heartbeat that finds no entry is taken, and told so', async (store) => {
      const life = podLife(store, 0, 'a');
      await life.beat();
      await store.stateful.removeServiceState(store.ns, 'room', 0);
      const ack = await life.beat({ loadState: 3 });
      expect(ack.previous).toBe(undefined);
      const { pods } = await store.stateful.getServiceState(store.ns, 'room');
      expect(pods.get(0)).toMatchObject({ incarnation: 'a', loadState: 3 });
    });

    test('of many heartbeats at once the last one by seq is stored', async ({ stateful, ns }) => {
      await stateful.setServiceState(ns, 'room', 0, report('a', 0));
      const outcomes = await race(30, (at) => {
        const seq = 1 + ((at * 7) % 30);
        const beat = stateful.setServiceState(ns, 'room', 0, report('a', seq, { loadState: seq }));
        return beat.then(
          () => 'taken',
          () => 'fenced',
        );
      });
      expect(outcomes.includes('fenced')).toBe(true);
      expect((await stateful.getServiceState(ns, 'room')).pods.get(0)).toMatchObject({ loadState: 30 });
    });

    test('of many first heartbeats at once each is told whose entry it took', async (store) => {
      const acks = await race(20, (at) => podLife(store, 0, `life-${at}`).beat());
      const { pods } = await store.stateful.getServiceState(store.ns, 'room');
      const named = [...acks.map((ack) => ack.previous?.incarnation), pods.get(0)?.incarnation];
      expect(new Set(named).size).toBe(21);
    });
  });
}
