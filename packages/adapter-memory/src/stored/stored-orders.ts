import type { OrderReport, PodOrder } from '@stateful-route/core';
import { compareIncarnations, isSameRun, ORDERS_LIMIT, ORDERS_REPLIED } from '@stateful-route/core/adapter';
import type { StoredJournal } from './stored-journal.ts';

interface StoredOrder {
  readonly order: PodOrder;
  /** The incarnation that has taken it. */
  takenBy?: string | undefined;
  ended?: boolean | undefined;
}

/** The orders of a service's pods. Each method is one atomic step. */
export class StoredOrders {
  readonly #journal: StoredJournal;
  /** By ordinal, oldest first. */
  readonly #orders = new Map<number, StoredOrder[]>();

  constructor(journal: StoredJournal) {
    this.#journal = journal;
  }

  /** Whether the order is kept now, and whether it is new. */
  give(
    podId: number,
    order: PodOrder,
    storeTime: number,
  ): { readonly given: boolean; readonly isNew: boolean } {
    const kept = this.#of(podId);
    if (kept.some((each) => each.order.id === order.id)) return { given: true, isNew: false };
    for (const each of kept) {
      const isOver = each.order.until < storeTime && each.takenBy === undefined && !each.ended;
      if (isOver) this.#end(podId, each, { outcome: 'expired', moved: 0 }, storeTime);
    }
    const rest = kept.filter(({ order: { until }, ended }) => !ended || until >= storeTime);
    this.#orders.set(podId, rest);
    if (rest.length >= ORDERS_LIMIT) return { given: false, isNew: false };
    rest.push({ order: Object.freeze({ ...order }) });
    const uid = order.kind === 'move' ? order.uid : undefined;
    this.#journal.write(storeTime, { type: 'order', podId, order, uid, by: order.by });
    return { given: true, isNew: true };
  }

  take(podId: number, id: string, incarnation: string, storeTime: number): boolean {
    const found = this.#find(podId, id);
    if (!found) return false;
    const { takenBy, order } = found;
    if (takenBy !== undefined) {
      if (isSameRun(takenBy, incarnation)) return true;
      const isLater = compareIncarnations(incarnation, takenBy) > 0;
      if (isLater) this.#end(podId, found, { outcome: 'interrupted', moved: 0 }, storeTime);
      return false;
    }
    if (order.until < storeTime) {
      this.#end(podId, found, { outcome: 'expired', moved: 0 }, storeTime);
      return false;
    }
    found.takenBy = incarnation;
    return true;
  }

  done(podId: number, id: string, report: OrderReport, storeTime: number): boolean {
    const found = this.#find(podId, id);
    if (found) this.#end(podId, found, report, storeTime);
    return found !== undefined;
  }

  /** The orders that have not ended, as a heartbeat's reply has them. */
  waiting(podId: number): PodOrder[] {
    return this.#of(podId)
      .filter(({ ended }) => !ended)
      .slice(0, ORDERS_REPLIED)
      .map(({ order }) => order);
  }

  remove(podId: number): void {
    this.#orders.delete(podId);
  }

  clear(): void {
    this.#orders.clear();
  }

  #of(podId: number): StoredOrder[] {
    return this.#orders.get(podId) ?? [];
  }

  #find(podId: number, id: string): StoredOrder | undefined {
    return this.#of(podId).find(({ order, ended }) => order.id === id && !ended);
  }

  #end(podId: number, found: StoredOrder, report: OrderReport, storeTime: number): void {
    found.ended = true;
    const { order } = found;
    const uid = order.kind === 'move' ? order.uid : undefined;
    this.#journal.write(storeTime, {
      type: 'order-ended',
      podId,
      orderId: order.id,
      uid,
      by: order.by,
      ...report,
    });
  }
}
