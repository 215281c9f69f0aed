import type { StatefulServiceState } from '@stateful-route/core';
import type { StateWord, WorkloadReport } from '@stateful-route/core/adapter';

/** One pod's stored heartbeat. */
export interface PodEntry {
  readonly state: StatefulServiceState;
  readonly incarnation: string;
  readonly updateTime: number;
  readonly seq: number;
  /** The word that was last written beside it, by a heartbeat or a mark. */
  readonly word: StateWord;
  /** The load that the feed was last told of. */
  readonly publishedLoad: number;
}

/** What is known of one service. */
export class MemoryService {
  readonly pods: Map<number, PodEntry> = new Map();
  /** By ordinal: what the other sides read of a pod, and write of theirs. */
  readonly words: Map<number, string> = new Map();
  /** By ordinal, as they were written: a word may be no intent. */
  readonly intents: Map<number, string> = new Map();
  /** Since when pods have been known without a gap. */
  since: number | undefined;
  /** The last beginning of `since` before which every entry was past its lease. */
  quiet: number | undefined;
  /** When a pod found that its entry was lost. */
  restored: number | undefined;
  workload: (WorkloadReport & { readonly updateTime: number }) | undefined;
  #sequence = 0;

  /** The number of the service's next event. */
  nextSequence(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  /** Forgets all that heartbeats and operators wrote; the workload stays. */
  loseStates(): void {
    this.pods.clear();
    this.words.clear();
    this.intents.clear();
    this.since = this.quiet = this.restored = undefined;
    this.#sequence = 0;
  }
}
