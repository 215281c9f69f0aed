import type { OrderReport, PodOrder } from '@stateful-route/core';
import { ORDERS_REPLIED, type ServerExecutor } from '@stateful-route/core/adapter';
import type { PodDrain } from './pod-drain.ts';
import type { PodRun } from './pod-run.ts';
import { ShedChoice, type ShedChoiceParts } from './shed-choice.ts';

/** What the orders of a pod depend on. */
export interface PodOrdersParts extends ShedChoiceParts {
  readonly server: ServerExecutor;
  readonly drain: PodDrain;
}

/** An order that this process has begun, or has done. */
interface KnownOrder {
  readonly until: number;
  /** What became of it; `undefined` while it is carried out. */
  report: OrderReport | undefined;
  /** The step under way. */
  step: Promise<void> | undefined;
}

/**
 * Carries out the orders in the replies to heartbeats, each once: an order is taken in the store, done, and ended in the store. The
 * replies have it until it has ended. So a step that fails is tried again with the next reply, and an order that is done is only
 * reported again.
 */
export class PodOrders {
  readonly #parts: PodOrdersParts;
  readonly #shed: ShedChoice;
  readonly #known = new Map<string, KnownOrder>();

  constructor(parts: PodOrdersParts) {
    this.#parts = parts;
    this.#shed = new ShedChoice(parts);
  }

  /** Obeys the orders in the reply to the last heartbeat. */
  obey(run: PodRun): void {
    const { lastAck, beatAgeMs = 0 } = run.incarnations;
    if (!lastAck) return;
    const { orders, storeTime } = lastAck;
    this.#forgetOld(orders, storeTime);
    const repliedAt = this.#parts.clock.monotonic() - beatAgeMs;
    for (const order of orders) {
      const known = this.#known.get(order.id);
      if (known?.step) continue;
      const step = known?.report
        ? this.#end(order.id, known.report)
        : this.#carryOut(run, order, repliedAt + order.until - storeTime);
      // More orders wait than the reply has. If the step fails, the next heartbeat in its time tries again.
      const isLast = orders.length < ORDERS_REPLIED;
      this.#track(order, isLast ? step : step.then(() => run.incarnations.publishLater()));
    }
  }

  /** Resolves when the steps under way have ended. */
  async settled(): Promise<void> {
    await Promise.all([...this.#known.values()].flatMap(({ step }) => step ?? []));
  }

  /** An order that was done is remembered until its time is over, in case the store forgets that it has ended. */
  #forgetOld(orders: readonly PodOrder[], storeTime: number): void {
    const listed = new Set(orders.map(({ id }) => id));
    for (const [id, { until, step }] of this.#known) {
      if (until < storeTime && !step && !listed.has(id)) this.#known.delete(id);
    }
  }

  #track({ id, until }: PodOrder, step: Promise<void>): void {
    const known: KnownOrder = this.#known.get(id) ?? { until, report: undefined, step: undefined };
    this.#known.set(id, known);
    known.step = step
      .catch((error: unknown) => {
        const { logger, pod } = this.#parts;
        logger.warn(
          { err: error, podId: pod.podId, order: id },
          'an order could not be begun or ended in the store; the next heartbeat tries again',
        );
      })
      .finally(() => {
        known.step = undefined;
        this.#shed.end(id);
        if (!known.report) this.#known.delete(id);
      });
  }

  /** @param deadline - the monotonic time of the order's `until`. */
  async #carryOut(run: PodRun, order: PodOrder, deadline: number): Promise<void> {
    const { server, pod, logger, clock } = this.#parts;
    const { namespace, serviceName, podId } = pod;
    const { id, kind, to, by } = order;
    const takesUsers = to === undefined || (await this.#takesUsers(to));
    const { incarnation } = run.incarnations;
    if (!(await server.takeOrder(namespace, serviceName, podId, id, { incarnation }))) return;
    const uids = await this.#uidsOf(run, order);
    const isWaiting = (uid: string): boolean => run.registry.life(uid).state.at === 'waiting';
    const canMove = run.pool.hasListener || [...uids].every(isWaiting);
    let report: OrderReport;
    if (uids.size === 0) report = { outcome: 'not-held', moved: 0 };
    else if (!takesUsers || !canMove) report = { outcome: 'refused', moved: 0 };
    else report = await this.#parts.drain.obey(run, uids, order, deadline - clock.monotonic());
    const known = this.#known.get(id);
    if (known) known.report = report;
    logger.info({ podId, order: id, kind, to, by, ...report }, 'an order was carried out');
    await this.#end(id, report);
  }

  /** The users whom an order is about, as far as they are here. */
  async #uidsOf(run: PodRun, order: PodOrder): Promise<ReadonlySet<string>> {
    if (order.kind === 'shed') return this.#shed.choose(run, order);
    return new Set(run.isPresent(order.uid) ? [order.uid] : []);
  }

  async #takesUsers(to: number): Promise<boolean> {
    const { services, pod } = this.#parts;
    if (to === pod.podId) return false;
    const snapshot = await services.fresh(pod.namespace, pod.serviceName);
    return services.service(pod.namespace, pod.serviceName).placements.hasPlace(snapshot, to);
  }

  async #end(id: string, report: OrderReport): Promise<void> {
    const { server, pod } = this.#parts;
    await server.orderDone(pod.namespace, pod.serviceName, pod.podId, id, report);
  }
}
