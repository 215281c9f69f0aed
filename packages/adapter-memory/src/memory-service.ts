import type { PodIntent, StatefulServiceState, WorkloadReport } from '@stateful-route/core';

/** One pod's stored heartbeat. */
export interface PodEntry {
  readonly state: StatefulServiceState;
  readonly incarnation: string;
  readonly updateTime: number;
  readonly leaseMs: number;
  readonly seq: number;
  /** The load that the feed was last told of. */
  readonly publishedLoad: number;
}

/** What is known of one service. */
export class MemoryService {
  readonly pods: Map<number, PodEntry> = new Map();
  readonly intents: Map<number, PodIntent> = new Map();
  /** Since when pods have been known without a gap. */
  since: number | undefined;
  workload: (WorkloadReport & { readonly updateTime: number }) | undefined;
  #sequence = 0;

  /** The number of the service's next event. */
  nextSequence(): number {
    this.#sequence += 1;
    return this.#sequence;
  }
}
