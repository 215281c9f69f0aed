import type { Clock } from '@stateful-route/core';
import {
  type HeartbeatAck,
  type LimitedLogger,
  returnHoldMs,
  type StatefulExecutor,
} from '@stateful-route/core/adapter';
import { pause } from '../../waiting/pause.ts';
import type { PodPlace } from '../../wiring/place.ts';

/** What the return of a fenced pod depends on. */
export interface ReturnParts {
  readonly pod: PodPlace;
  readonly clock: Clock;
  readonly logger: LimitedLogger;
  readonly stateful: StatefulExecutor;
  readonly leaseMs: number;
  readonly retryMs: number;
  readonly isFenced: () => boolean;
  /** Whether a fenced pod may come back at all. */
  readonly mayReturn: () => boolean;
  /** Begins the next incarnation; resolves when its first heartbeat is acknowledged. */
  readonly beginNext: () => Promise<void>;
  /** The number of the incarnation within the run. */
  readonly life: () => number;
  readonly lastAck: () => HeartbeatAck;
  /** Claims again what was held before the fence; rejects when the store fails. */
  readonly reclaim: () => Promise<void>;
  readonly onReturned: () => void;
  /** Fires when the run is over. */
  readonly ended: AbortSignal;
}

/** Brings a fenced pod back as a new incarnation, and tries until it has succeeded. */
export class Return {
  readonly #parts: ReturnParts;
  #running = false;
  #isReclaiming = false;

  constructor(parts: ReturnParts) {
    this.#parts = parts;
  }

  /** Whether an incarnation has come back and has not claimed its users again yet. */
  get isReclaiming(): boolean {
    return this.#isReclaiming;
  }

  /** Begins to come back, unless that is under way. */
  begin(): void {
    if (this.#running) return;
    this.#running = true;
    void this.#run().finally(() => {
      this.#running = false;
      // The pod may have been fenced, or allowed to return, just as the last attempt ended.
      if (this.#parts.isFenced() && this.#parts.mayReturn()) this.begin();
    });
  }

  async #run(): Promise<void> {
    const { clock, logger, mayReturn, retryMs, pod, ended } = this.#parts;
    while (mayReturn()) {
      try {
        if (await this.#attempt()) return;
      } catch (error) {
        if (!mayReturn()) return;
        logger.warn({ err: error, ...pod }, 'the pod cannot come back yet');
        await pause(clock, retryMs, ended);
      }
    }
  }

  /** Returns false if the pod was fenced again meanwhile. */
  async #attempt(): Promise<boolean> {
    const { isFenced, beginNext, life, reclaim, onReturned, ended } = this.#parts;
    if (isFenced()) {
      this.#isReclaiming = true;
      await beginNext();
    }
    const begun = life();
    await this.#waitForLivingPods();
    if (isFenced()) return false;
    await reclaim();
    if (isFenced() || life() !== begun || ended.aborted) return false;
    this.#isReclaiming = false;
    onReturned();
    return true;
  }

  /** In a directory that came back empty, pods that never stopped serving put their claims back first. */
  async #waitForLivingPods(): Promise<void> {
    const { stateful, clock, pod, leaseMs, isFenced, lastAck, ended } = this.#parts;
    const { restored, storeTime } = lastAck();
    if (restored === undefined || storeTime - restored > leaseMs) return;
    while (!ended.aborted && !isFenced()) {
      const read = await stateful.getServiceState(pod.namespace, pod.serviceName, { signal: ended });
      const holdMs = returnHoldMs(read);
      if (holdMs === 0) return;
      await pause(clock, holdMs, ended);
    }
  }
}
