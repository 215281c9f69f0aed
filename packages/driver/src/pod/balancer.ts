import { type Clock, isAlive, type PodOrder } from '@stateful-route/core';
import {
  ageMsOf,
  type BalanceState,
  leaderOf,
  type LimitedLogger,
  newestRevision,
  NO_ROLLOUT,
  planBalance,
  type PlannedShed,
  type Rollout,
  rolloutStep,
  type ServerExecutor,
  type StatefulExecutor,
} from '@stateful-route/core/adapter';
import type { ShedPolicy } from '../config/rebalance.ts';
import type { PodPlace } from '../wiring/place.ts';

const UNPLANNED = 'the service was not kept even this time';

/** What keeping a service even depends on. */
export interface BalancerParts {
  readonly stateful: StatefulExecutor;
  readonly server: ServerExecutor;
  readonly clock: Clock;
  readonly logger: LimitedLogger;
  readonly shed: ShedPolicy;
}

/**
 * Keeps a service even: the leading pod plans in each period, and orders pods to shed users. What it remembers is its own: a leader
 * that follows begins anew. Two leaders for a moment cost moves, and do no harm.
 */
export class Balancer {
  readonly #pod: PodPlace;
  readonly #parts: BalancerParts;
  #cancelTimer: (() => void) | undefined;
  #state: BalanceState | undefined;
  #rollout: Rollout = NO_ROLLOUT;
  #ended = false;

  constructor(pod: PodPlace, parts: BalancerParts) {
    this.#pod = pod;
    this.#parts = parts;
  }

  /** Plans in every period from now on. */
  begin(): void {
    if (this.#ended) return;
    const { clock, shed } = this.#parts;
    this.#cancelTimer = clock.setTimeout(() => {
      void this.#round().finally(() => this.begin());
    }, shed.rebalance.options.everyMs);
  }

  end(): void {
    this.#ended = true;
    this.#cancelTimer?.();
  }

  async #round(): Promise<void> {
    const { logger, shed } = this.#parts;
    try {
      if (shed.rebalance.isOn ?? shed.use() !== undefined) await this.#plan();
      else this.#forget();
      logger.over({ ...this.#pod }, UNPLANNED, 'the service is kept even again');
    } catch (error) {
      if (!this.#ended) logger.warn({ err: error, ...this.#pod }, UNPLANNED);
    }
  }

  async #plan(): Promise<void> {
    const { stateful, shed, logger } = this.#parts;
    const { namespace, serviceName, podId } = this.#pod;
    const { options, updateStallMs } = shed.rebalance;
    const read = await stateful.getServiceState(namespace, serviceName);
    if (this.#ended || leaderOf(read) !== podId) {
      this.#forget();
      return;
    }
    const { pods, storeTime, frozen } = read;
    const alive = new Map([...pods].filter(([, pod]) => isAlive(pod, ageMsOf(pod, storeTime))));
    this.#rollout = rolloutStep(this.#rollout, alive, storeTime);
    const isUpdating = newestRevision(this.#rollout, alive, storeTime, updateStallMs) !== undefined;
    const signs = { read, isFrozen: frozen !== undefined, isUpdating };
    const { state, orders, hold } = planBalance(this.#state, signs, options);
    this.#state = state;
    if (orders.length > 0 || hold) logger.debug({ ...this.#pod, orders, hold }, 'the service was planned');
    await Promise.all(orders.map((order, index) => this.#give(order, `${storeTime}-${index}`)));
  }

  async #give({ podId, label, ...terms }: PlannedShed, number: string): Promise<void> {
    const { server, logger } = this.#parts;
    const { namespace, serviceName, podId: leader } = this.#pod;
    const id = `rebalance-${leader}-${number}`;
    const order: PodOrder = { id, kind: 'shed', by: `rebalance (${label})`, ...terms };
    if (await server.giveOrder(namespace, serviceName, podId, order)) return;
    logger.warn(
      { ...this.#pod, order: id, to: podId },
      'an order was not given, as too many wait for the pod',
    );
  }

  #forget(): void {
    this.#state = undefined;
    this.#rollout = NO_ROLLOUT;
  }
}
