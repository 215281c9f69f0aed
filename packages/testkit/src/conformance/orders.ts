import type { JournalEntry, PodOrder } from '@stateful-route/core';
import { ORDERS_LIMIT, ORDERS_REPLIED, type PodFeedEvent } from '@stateful-route/core/adapter';
import { beatingPod } from './beating-pod.ts';
import { race, type Store, type Suite } from './suite.ts';

/** What a pod is asked to do. */
export function describeOrders({ describe, test, expect, refused }: Suite): void {
  const until = async (store: Store): Promise<number> => (await store.storeTime()) + 60_000;
  const move = async (store: Store, id = 'one'): Promise<PodOrder> => ({
    id,
    kind: 'move',
    uid: 'ada',
    to: 2,
    until: await until(store),
    by: 'carol',
  });
  const give = ({ server, ns }: Store, order: PodOrder, podId = 0): Promise<boolean> =>
    server.giveOrder(ns, 'room', podId, order);
  const take = ({ server, ns }: Store, incarnation: string, id = 'one'): Promise<boolean> =>
    server.takeOrder(ns, 'room', 0, id, { incarnation });
  const done = ({ server, ns }: Store, id = 'one'): Promise<boolean> =>
    server.orderDone(ns, 'room', 0, id, { outcome: 'done', moved: 1 });
  const waiting = async (store: Store, podId = 0): Promise<readonly PodOrder[]> =>
    (await beatingPod(store, podId, '5.a.0').beat()).orders;
  const ends = async ({ server, ns }: Store): Promise<readonly JournalEntry[]> =>
    (await server.readJournal(ns, 'room', { types: ['order-ended'] })).entries;

  describe('an order', () => {
    test('is in the replies to the heartbeats of its pod, with every field, until it has ended', async (store) => {
      const pods = [beatingPod(store, 0, 'a'), beatingPod(store, 1, 'b')];
      const orders: readonly PodOrder[] = [
        await move(store),
        { id: 'two', kind: 'shed', users: 3, load: 0.1 + 0.2, until: await until(store), by: 'é "q"' },
        { id: 'three', kind: 'shed', load: 5, to: 0, until: 2 ** 53 - 1, by: 'carol' },
      ];
      for (const order of orders) expect(await give(store, order)).toBe(true);
      for (let beat = 0; beat < 2; beat++) {
        expect((await pods[0]!.beat()).orders).toEqual(orders);
        expect((await pods[1]!.beat()).orders).toEqual([]);
      }
      expect(await take(store, 'a')).toBe(true);
      expect((await pods[0]!.beat()).orders).toEqual(orders);
      expect(await done(store)).toBe(true);
      expect((await pods[0]!.beat()).orders).toEqual(orders.slice(1));
    });

    test('is pushed to its pod', async (store) => {
      const received: PodFeedEvent[] = [];
      await store.feed.subscribePod(store.ns, 'room', 0, (event) => received.push(event));
      await give(store, await move(store));
      await store.eventually(() => received.length > 0);
      expect(received).toEqual([{ type: 'order', id: 'one' }]);
    });

    test('and what became of it are in the journal', async (store) => {
      const { server, ns } = store;
      const order = await move(store);
      await give(store, order);
      await take(store, 'a');
      const report = { outcome: 'left', moved: 0, left: 1, unsaved: 0 } as const;
      await server.orderDone(ns, 'room', 0, 'one', report);
      const { entries } = await server.readJournal(ns, 'room', { uid: 'ada' });
      const named = { podId: 0, uid: 'ada', by: 'carol' };
      expect(entries.length).toBe(2);
      expect(entries[0]).toMatchObject({ type: 'order', ...named, order });
      expect(entries[1]).toMatchObject({ type: 'order-ended', ...named, orderId: 'one', ...report });
    });

    test('with the id of another one changes nothing, also after that one has ended', async (store) => {
      const order = await move(store);
      for (const step of [undefined, () => take(store, 'a'), () => done(store)]) {
        await step?.();
        expect(await give(store, order)).toBe(true);
        expect(await give(store, { ...order, uid: 'bob' } as PodOrder)).toBe(true);
      }
      expect(await waiting(store)).toEqual([]);
      expect(await done(store)).toBe(false);
      expect((await ends(store)).length).toBe(1);
      // Another pod has orders of its own.
      expect(await give(store, order, 1)).toBe(true);
      expect(await waiting(store, 1)).toEqual([order]);
    });

    test('is taken by one process, which may ask again', async (store) => {
      await give(store, await move(store));
      expect(await race(5, () => take(store, '5.a.0'))).toEqual([true, true, true, true, true]);
      expect(await take(store, '5.a.1')).toBe(true);
      expect(await take(store, '5.a.0', 'two')).toBe(false);
      await done(store);
      expect(await take(store, '5.a.0')).toBe(false);
    });

    test('that an earlier process has taken ends, and is not done again', async (store) => {
      await give(store, await move(store));
      expect(await take(store, '5.a.0')).toBe(true);
      // A process that started before the one that took it changes nothing.
      expect(await take(store, '4.b.0')).toBe(false);
      expect(await waiting(store)).toMatchObject([{ id: 'one' }]);
      expect(await take(store, '6.b.0')).toBe(false);
      expect(await ends(store)).toMatchObject([{ orderId: 'one', outcome: 'interrupted', moved: 0 }]);
      expect(await take(store, '5.a.0')).toBe(false);
      expect(await done(store)).toBe(false);
      expect((await ends(store)).length).toBe(1);
    });

    test('ends as expired when it is asked for past its time', async (store) => {
      const order = { ...(await move(store)), until: await store.storeTime() };
      await give(store, order);
      await store.elapse(2);
      expect(await waiting(store)).toEqual([order]);
      expect(await take(store, 'a')).toBe(false);
      expect(await ends(store)).toMatchObject([{ orderId: 'one', outcome: 'expired', uid: 'ada' }]);
      expect(await waiting(store)).toEqual([]);
    });

    test('that waits past its time ends with the next one', async (store) => {
      await give(store, { ...(await move(store, 'old')), until: await store.storeTime() });
      await store.elapse(2);
      await give(store, await move(store, 'new'));
      expect(await ends(store)).toMatchObject([{ orderId: 'old', outcome: 'expired' }]);
      expect(await waiting(store)).toMatchObject([{ id: 'new' }]);
      // Its id is free again.
      expect(await give(store, await move(store, 'old'))).toBe(true);
      expect(await waiting(store)).toMatchObject([{ id: 'new' }, { id: 'old' }]);
    });

    test('that was taken in time may end later', async (store) => {
      const forMs = 300;
      // On a busy machine its time may be over before it is taken: then another one is given.
      let id: string;
      let given = 0;
      do {
        id = `order-${given++}`;
        await give(store, { ...(await move(store, id)), until: (await store.storeTime()) + forMs });
      } while (!(await take(store, 'a', id)));
      await store.elapse(forMs);
      expect(await take(store, 'a', id)).toBe(true);
      await give(store, await move(store, 'next'));
      expect(await done(store, id)).toBe(true);
      const ended = (await ends(store)).at(-1);
      expect(ended).toMatchObject({ orderId: id, outcome: 'done' });
    });

    test(`is refused if ${ORDERS_LIMIT} others are kept; a reply has the oldest ones`, async (store) => {
      const order = await move(store);
      // Each reads all that are kept: given at once, the last ones would wait for longer than a call may.
      for (let from = 0; from < ORDERS_LIMIT; from += 50) {
        await race(50, (at) => give(store, { ...order, id: `order-${from + at}` }));
      }
      expect(await give(store, order)).toBe(false);
      expect(await give(store, { ...order, id: 'order-0' })).toBe(true);
      const orders = await waiting(store);
      expect(orders.length).toBe(ORDERS_REPLIED);
      expect(orders[0]!.id).toBe('order-0');
    });

    test('goes with its pod when an operator removes that', async (store) => {
      const { stateful, ns } = store;
      const pod = beatingPod(store, 0, 'a');
      await pod.beat();
      await give(store, await move(store));
      await stateful.removeServiceState(ns, 'room', 0, { incarnation: 'a' });
      expect((await pod.beat()).orders.length).toBe(1);
      await stateful.removeServiceState(ns, 'room', 0);
      expect((await pod.beat()).orders).toEqual([]);
    });

    test('is refused with a field that is wrong or unknown', async (store) => {
      const order = await move(store);
      const shed = { id: 'two', kind: 'shed', users: 1, until: order.until, by: 'carol' };
      const bad: readonly (readonly [string, object])[] = [
        ...['', 'a b', 7, undefined].map((id) => ['id', { ...order, id }] as const),
        ...['', 'Move', undefined].map((kind) => ['kind', { ...order, kind }] as const),
        ...['', 'a{b', undefined].map((uid) => ['uid', { ...order, uid }] as const),
        ...[-1, 0.5, '1', null].map((to) => ['to', { ...order, to }] as const),
        ...[-1, 0.5, '1', undefined].map((time) => ['until', { ...order, until: time }] as const),
        ...['', 'a\n', undefined].map((by) => ['by', { ...order, by }] as const),
        ['users', { ...order, users: 1 }],
        ['uid', { ...shed, uid: 'ada' }],
        ...[0, 0.5, '1'].map((users) => ['users', { ...shed, users }] as const),
        ...[0, -1, Number.NaN, '1'].map((load) => ['load', { ...shed, load }] as const),
        ['users', { ...shed, users: undefined }],
      ];
      for (const [parameter, value] of bad) {
        await refused('INVALID_PARAMETER', give(store, value as PodOrder), { parameter });
      }
      const report = (fields: object): Promise<boolean> =>
        store.server.orderDone(store.ns, 'room', 0, 'one', fields as { outcome: 'done'; moved: number });
      for (const [parameter, fields] of [
        ['outcome', { outcome: 'Done', moved: 1 }],
        ['moved', { outcome: 'done' }],
        ['moved', { outcome: 'done', moved: -1 }],
        ['left', { outcome: 'done', moved: 1, left: 0.5 }],
        ['why', { outcome: 'done', moved: 1, why: 'so' }],
      ] as const) {
        await refused('INVALID_PARAMETER', report(fields), { parameter });
      }
      expect(await waiting(store)).toEqual([]);
    });
  });
}
