import type { Frozen, StatefulServiceState } from '@stateful-route/core';
import {
  type StateWord,
  type StoredIntent,
  storedIntent,
  type WorkloadReport,
} from '@stateful-route/core/adapter';
import { StoredJournal } from './stored-journal.ts';
import { StoredOrders } from './stored-orders.ts';

/** One pod's stored heartbeat. */
export interface PodEntry {
  readonly state: StatefulServiceState;
  readonly incarnation: string;
  readonly updateTime: number;
  readonly seq: number;
  /** The word that was last written with it, by a heartbeat or a mark. */
  readonly word: StateWord;
  /** Whether it was reported dead. */
  readonly isDead?: boolean | undefined;
  /** The load that was last published on the feed. */
  readonly publishedLoad: number;
}

/** The data of one service. */
export class StoredService {
  readonly pods: Map<number, PodEntry> = new Map();
  /** By ordinal: the words that the older sides read and write. */
  readonly words: Map<number, string> = new Map();
  /** By ordinal, as written: a word may not be an intent. */
  readonly intents: Map<number, string> = new Map();
  /** By ordinal: the rates that came with a `drain`. */
  readonly drainRates: Map<number, number> = new Map();
  readonly journal: StoredJournal = new StoredJournal();
  readonly orders: StoredOrders = new StoredOrders(this.journal);
  /** Who stopped the evening out of the fleet, and when. */
  frozen: Frozen | undefined;
  /** By uid: until when a user is quarantined. */
  readonly quarantined: Map<string, number> = new Map();
  /** By id: until when a caller is counted. */
  readonly callers: Map<string, number> = new Map();
  /** Whether the mass-expiry guard is active, as the leading pod last reported it. */
  guard = false;
  /** See `DirectoryState`. */
  since: number | undefined;
  /** See `ServiceStateRead`. */
  quiet: number | undefined;
  /** See `DirectoryState`. */
  restored: number | undefined;
  workload: (WorkloadReport & { readonly updateTime: number }) | undefined;
  #sequence = 0;

  /** The number of the service's next event. */
  nextSequence(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  /** The intent of a pod. */
  intentOf(podId: number): StoredIntent {
    return storedIntent(this.intents.get(podId), this.drainRates.get(podId)?.toString());
  }

  /** The users who are quarantined at a time. The others are forgotten. */
  quarantinedAt(now: number): Map<string, number> {
    for (const [uid, until] of this.quarantined) if (until <= now) this.quarantined.delete(uid);
    return this.quarantined;
  }

  /** How many callers are counted at a time; `undefined` for none. */
  callersAt(now: number): number | undefined {
    let counted = 0;
    for (const until of this.callers.values()) if (until > now) counted += 1;
    return counted === 0 ? undefined : counted;
  }

  /** Forgets all that heartbeats and operators wrote; the workload stays. */
  loseStates(): void {
    this.pods.clear();
    this.words.clear();
    this.intents.clear();
    this.drainRates.clear();
    this.journal.clear();
    this.orders.clear();
    this.frozen = undefined;
    this.callers.clear();
    this.quarantined.clear();
    this.guard = false;
    this.since = this.quiet = this.restored = undefined;
    this.#sequence = 0;
  }
}
