import { randomUUID } from 'node:crypto';
import type { PodReport, StatefulExecutor } from '@stateful-route/core/adapter';
import { SERVICE } from './bench-lab.ts';

/** The heartbeats of pods, without a process for each. */
export class BeatingPods {
  readonly count: number;
  readonly #stateful: StatefulExecutor;
  readonly #namespace: string;
  readonly #service: string;
  readonly #incarnations: readonly string[];
  readonly #beats: number[];

  constructor(stateful: StatefulExecutor, namespace: string, count: number, service: string = SERVICE) {
    this.count = count;
    this.#stateful = stateful;
    this.#namespace = namespace;
    this.#service = service;
    this.#incarnations = Array.from({ length: count }, () => randomUUID());
    this.#beats = Array.from({ length: count }, () => 0);
  }

  /** Writes a heartbeat of these pods. Default: of all. */
  async beat(podIds: readonly number[] = Array.from({ length: this.count }, (_, at) => at)): Promise<void> {
    await Promise.all(
      podIds.map((podId) =>
        this.#stateful.setServiceState(this.#namespace, this.#service, podId, this.#report(podId)),
      ),
    );
  }

  #report(podId: number): PodReport {
    const seq = this.#beats[podId]!++;
    return {
      state: 'READY',
      routingState: 'READY',
      // Changes by less than the threshold for a push.
      loadState: ((podId * 7) % 11) + (seq % 2),
      loadPerUser: 1,
      incarnation: this.#incarnations[podId]!,
      beatenBefore: seq > 0,
      seq,
      address: `10.0.${podId >> 8}.${podId & 255}:8080`,
      metadata: {},
      leaseMs: 300_000,
      updatePeriodMs: 30_000,
      deadOwner: 'relink',
    };
  }
}
