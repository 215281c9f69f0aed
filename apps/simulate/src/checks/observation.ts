import type { DrainReport, PodOrder } from '@stateful-route/core';
import type { LinkReading, RosterEntry } from '@stateful-route/core/adapter';
import type { FleetPlan } from '../script/fleet-plan.ts';
import type { Lost, WorldEvent } from '../script/world-event.ts';
import type { StoredCall } from '../wire/wire-plan.ts';

/** Within how many ms after an outage all processes reconnect. */
export const RECONNECT_APART_MS = 40;

/** What checks know of a pod's process. */
export interface ObservedPod {
  readonly name: string;
  readonly ordinal: number;
  /** Whether it was started and has not been stopped or killed since. */
  readonly isRunning: boolean;
  readonly isPaused: boolean;
  /** Whether its application and its operator let it take new users. */
  readonly isRoutable: boolean;
  /** Whether it hands users off because of its application, an operator or `stop`. */
  readonly isHandingOver: boolean;
  /** When `start()` was last called, in ms of the world. */
  readonly startedAt: number;
  /** Until when a known fault affects its connection or its process. */
  readonly troubledUntil: number;
  /** What the driver's `holds(uid)` returns. */
  holds(uid: string): boolean;
  isFenced(): boolean;
}

/** Something that happened. Observations of a step come in order; a step of a pod ends with `ran`. */
export type Observation =
  | { readonly kind: 'ran'; readonly pod: ObservedPod }
  | { readonly kind: 'event'; readonly event: WorldEvent }
  /** An order was given to the pod of an ordinal, or given again. */
  | { readonly kind: 'ordered'; readonly podId: number; readonly order: PodOrder }
  /** The store lost data, or an outage ended. */
  | { readonly kind: 'storeBack'; readonly awayMs: number; readonly lost: Lost }
  /** A call to the store was lost, or its reply will be. */
  | { readonly kind: 'callLost' }
  | { readonly kind: 'stored'; readonly call: StoredCall; readonly pod: ObservedPod | undefined }
  | { readonly kind: 'claimsLost'; readonly pod: ObservedPod; readonly uids: readonly string[] }
  | { readonly kind: 'displaced'; readonly pod: ObservedPod }
  | {
      readonly kind: 'scopeRuns';
      readonly pod: ObservedPod;
      readonly uid: string;
      readonly signal: AbortSignal;
    }
  | {
      readonly kind: 'scopeEnds';
      readonly pod: ObservedPod;
      readonly uid: string;
      readonly signal: AbortSignal;
    }
  /** A scope's signal fired. `cause` is what the application or an operator did that ends a hold. */
  | {
      readonly kind: 'signal';
      readonly pod: ObservedPod;
      readonly uid: string;
      readonly cause: string | undefined;
    }
  | { readonly kind: 'saveBegins'; readonly pod: ObservedPod; readonly uid: string }
  | {
      readonly kind: 'saveEnds';
      readonly pod: ObservedPod;
      readonly uid: string;
      readonly how: 'saved' | 'failed' | 'aborted';
    }
  /** A host did not do what it promises. */
  | { readonly kind: 'hostBroke'; readonly pod: ObservedPod; readonly uid: string; readonly seen: string }
  | { readonly kind: 'overwritten'; readonly uid: string; readonly updates: readonly number[] }
  | {
      readonly kind: 'answered';
      readonly process: string;
      readonly operation: string;
      readonly tookMs: number;
      readonly limitMs: number;
    }
  | { readonly kind: 'error'; readonly process: string; readonly operation: string; readonly error: unknown }
  | RequestObservation
  | {
      readonly kind: 'stopped';
      readonly pod: ObservedPod;
      readonly report: DrainReport;
      readonly calm: boolean;
      /** The users that this process holds according to the directory. */
      readonly claims: readonly string[];
      /** The users of the ordinal according to the directory, whichever process claimed them. */
      readonly ofOrdinal: readonly string[];
      /** The users held when the stop began that were neither saved nor reported as unsaved. */
      readonly unoffered: readonly string[];
    }
  | RestObservation;

/** A request that was served, or failed. */
interface RequestObservation {
  readonly kind: 'asked';
  readonly uid: string;
  readonly gateway: string;
  readonly startedAt: number;
  /** Its timeout was shorter than usual. */
  readonly isLimited: boolean;
  readonly error?: unknown;
}

/** The state after all faults have ended and every recovery had its time. */
interface RestObservation {
  readonly kind: 'rest';
  readonly links: ReadonlyMap<string, LinkReading>;
  readonly rosters: ReadonlyMap<number, readonly RosterEntry[]>;
  /** The orders that have ended, as the journal has them. */
  readonly endedOrders: readonly string[];
  /** The ordinals without a running pod. */
  readonly missing: readonly number[];
  /** Operations that have not ended. */
  readonly pending: readonly string[];
  /** Users whose requests were not served. */
  readonly unserved: readonly string[];
}

/** Which of the contract's exceptions apply now. */
export interface ActiveExemptions {
  /** Whether an event of any exception has happened. */
  readonly hasAny: boolean;
  /** Whether two pods may both hold a user. */
  mayBothHold(uid: string, pods: readonly [ObservedPod, ObservedPod], now: number): boolean;
  /** Whether lost data may not have been written again yet. */
  mayLackData(now: number): boolean;
}

/** What checks know of the world. */
export interface WorldView {
  /** Ms since the world began. */
  readonly now: number;
  readonly fleet: FleetPlan;
  readonly uids: readonly string[];
  /** All pods' processes, in the order in which they were started. */
  readonly pods: readonly ObservedPod[];
  readonly exemptions: ActiveExemptions;
}

/** One promise of the contract, checked against what happens. */
export interface Check {
  readonly name: string;
  /** Returns what breaks the promise, or `undefined`. */
  observe(observation: Observation, world: WorldView): string | undefined;
}
