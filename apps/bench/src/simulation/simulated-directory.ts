import type { StatefulServiceState } from '@stateful-route/core';
import type { SimulatedPod } from './scenario.ts';

/** The lease, in periods. */
const PERIODS_IN_LEASE = 10;

/** The last heartbeat of each pod. */
export class SimulatedDirectory {
  readonly #periodMs: number;
  #pods: ReadonlyMap<number, StatefulServiceState> = new Map();

  constructor(periodMs: number) {
    this.#periodMs = periodMs;
  }

  /** The current heartbeats by ordinal. A later heartbeat does not change this map. */
  get pods(): ReadonlyMap<number, StatefulServiceState> {
    return this.#pods;
  }

  /** Stores a heartbeat of a pod with so many users. */
  beat({ podId, capacity }: SimulatedPod, users: number, storeTime: number): void {
    const pods = new Map(this.#pods).set(podId, {
      podId,
      state: 'READY',
      routingState: 'READY',
      loadState: users / capacity,
      loadPerUser: 1 / capacity,
      metadata: { weight: String(capacity) },
      updateTime: storeTime,
      updatePeriodMs: this.#periodMs,
      leaseMs: PERIODS_IN_LEASE * this.#periodMs,
    });
    this.#pods = this.#pods.has(podId) ? pods : new Map([...pods].toSorted(([a], [b]) => a - b));
  }
}
