import type { JournalEntry, JournalType, OrderReport, PodOrder } from '@stateful-route/core';
import { type PodFixture, podFixture } from '../../pod-fixture.ts';

/** An order without what the fixture adds. */
type OrderTerms =
  | { readonly uid: string; readonly to?: number; readonly id?: string; readonly ms?: number }
  | {
      readonly users?: number;
      readonly load?: number;
      readonly to?: number;
      readonly id?: string;
      readonly ms?: number;
    };

/** Pods on one store, and orders for them. */
export interface OrderFixture extends PodFixture {
  /** Gives an order that ends in a minute, or after `ms`; returns its id. */
  give(podId: number, terms: OrderTerms): Promise<string>;
  /** Entries of the journal, oldest first. */
  journal(...types: readonly JournalType[]): Promise<readonly JournalEntry[]>;
  /** What became of the orders that have ended, by id. An order that ended twice fails. */
  ends(): Promise<Readonly<Record<string, OrderReport>>>;
}

export function orderFixture(): OrderFixture {
  const fixture = podFixture();
  const { executors, clock } = fixture;
  let orders = 0;
  const journal = async (...types: readonly JournalType[]): Promise<readonly JournalEntry[]> =>
    (await executors.server.readJournal('game', 'room', { types, limit: 1_000 })).entries;
  return {
    ...fixture,
    give: async (podId, { ms = 60_000, ...terms }) => {
      const { storeTime } = await executors.stateful.getServiceState('game', 'room');
      const kind = 'uid' in terms ? 'move' : 'shed';
      const id = terms.id ?? `order-${++orders}`;
      const order = { ...terms, id, kind, until: storeTime + ms, by: 'carol' } as PodOrder;
      if (!(await executors.server.giveOrder('game', 'room', podId, order))) throw new Error('not given');
      await clock.advance(0);
      return id;
    },
    journal,
    ends: async () => {
      const ends: Record<string, OrderReport> = {};
      for (const entry of await journal('order-ended')) {
        if (entry.type !== 'order-ended') continue;
        const { orderId, outcome, moved, left, unsaved, by } = entry;
        if (ends[orderId] || by !== 'carol') throw new Error(`order ${orderId} ended twice, or for another`);
        ends[orderId] = { outcome, moved, ...(left && { left }), ...(unsaved && { unsaved }) };
      }
      return ends;
    },
  };
}
