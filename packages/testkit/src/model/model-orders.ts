import type { OrderReport, PodOrder } from '@stateful-route/core';
import { compareIncarnations, isSameRun } from '@stateful-route/core/adapter';
import type { ModelClock } from './model-clock.ts';
import type { ModelJournal } from './model-journal.ts';

interface Kept {
  readonly service: string;
  readonly podId: number;
  readonly order: PodOrder;
  takenBy?: string;
  ended?: boolean;
}

/** Orders as the ports' contracts describe them. */
export class ModelOrders {
  readonly #clock: ModelClock;
  readonly #journal: ModelJournal;
  #kept: Kept[] = [];

  constructor(clock: ModelClock, journal: ModelJournal) {
    this.#clock = clock;
    this.#journal = journal;
  }

  /** The orders in the reply to a pod's heartbeat. */
  waiting(service: string, podId: number): PodOrder[] {
    return this.#of(service, podId)
      .filter(({ ended }) => !ended)
      .map(({ order }) => order);
  }

  give(service: string, podId: number, order: PodOrder): boolean {
    const own = this.#of(service, podId);
    if (own.some((each) => each.order.id === order.id)) return true;
    for (const each of own) {
      if (each.order.until >= this.#clock.now || (each.takenBy && !each.ended)) continue;
      if (!each.ended) this.#end(each, { outcome: 'expired', moved: 0 });
      this.#kept = this.#kept.filter((other) => other !== each);
    }
    this.#kept.push({ service, podId, order });
    const uid = order.kind === 'move' ? order.uid : undefined;
    this.#journal.write(service, { type: 'order', podId, order, uid, by: order.by });
    return true;
  }

  take(service: string, podId: number, id: string, incarnation: string): boolean {
    const kept = this.#find(service, podId, id);
    if (!kept) return false;
    if (kept.takenBy !== undefined) {
      if (isSameRun(kept.takenBy, incarnation)) return true;
      if (compareIncarnations(kept.takenBy, incarnation) < 0) {
        this.#end(kept, { outcome: 'interrupted', moved: 0 });
      }
      return false;
    }
    if (kept.order.until < this.#clock.now) {
      this.#end(kept, { outcome: 'expired', moved: 0 });
      return false;
    }
    kept.takenBy = incarnation;
    return true;
  }

  done(service: string, podId: number, id: string, report: OrderReport): boolean {
    const kept = this.#find(service, podId, id);
    if (kept) this.#end(kept, report);
    return kept !== undefined;
  }

  remove(service: string, podId: number): void {
    this.#kept = this.#kept.filter((each) => each.service !== service || each.podId !== podId);
  }

  #of(service: string, podId: number): Kept[] {
    return this.#kept.filter((each) => each.service === service && each.podId === podId);
  }

  #find(service: string, podId: number, id: string): Kept | undefined {
    return this.#of(service, podId).find(({ order, ended }) => order.id === id && !ended);
  }

  #end(kept: Kept, report: OrderReport): void {
    kept.ended = true;
    const { service, podId, order } = kept;
    const uid = order.kind === 'move' ? order.uid : undefined;
    this.#journal.write(service, {
      type: 'order-ended',
      podId,
      orderId: order.id,
      uid,
      by: order.by,
      ...report,
    });
  }
}
