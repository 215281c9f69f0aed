import type { DrainReport } from '@stateful-route/core';
import type { LinkReading, RosterEntry } from '@stateful-route/core/adapter';
import type { FleetPlan } from '../script/fleet-plan.ts';
import type { Lost, WorldEvent } from '../script/world-event.ts';
import type { StoredCall } from '../wire/wire-plan.ts';
import type { Exemptions } from './exemptions.ts';

/** How far the connections of different processes come back apart, in ms, after the store does. */
export const RECONNECT_APART_MS = 40;

/** A pod's process, as checks see it. */
export interface ObservedPod {
  readonly name: string;
  readonly ordinal: number;
  /** Whether it was started, and has neither stopped nor been killed. */
  readonly isRunning: boolean;
  readonly isPaused: boolean;
  /** Whether its application and operators let it take new users. */
  readonly isRoutable: boolean;
  /** Whether it is handing users over, for its application, an operator or a stop. */
  readonly isHandingOver: boolean;
  /** When `start()` was called last, in ms of the world. */
  readonly startedAt: number;
  /** Until when its wire or its process is in trouble, as far as that is known. */
  readonly troubledUntil: number;
  /** Whether `holds(uid)` says so. */
  holds(uid: string): boolean;
  isFenced(): boolean;
}

/** Something that was seen. Those of one step come in order, and the step ends with `ran` where it was a pod's. */
export type Observation =
  | { readonly kind: 'ran'; readonly pod: ObservedPod }
  | { readonly kind: 'event'; readonly event: WorldEvent }
  /** The store has lost data, or was away and is back. */
  | { readonly kind: 'storeBack'; readonly awayMs: number; readonly lost: Lost }
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
  /** A scope's signal fired; `cause`: what the application or its operators had done that may end a hold. */
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
      readonly how: 'saved' | 'failed' | 'given up';
    }
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
      /** Whom the directory says that this process holds. */
      readonly claims: readonly string[];
      /** Whom it says that the ordinal holds, by whatever process. */
      readonly ofOrdinal: readonly string[];
      /** Who was held when it began, and was neither saved nor named as unsaved. */
      readonly unoffered: readonly string[];
    }
  | RestObservation;

/** A request that was answered, or failed. */
interface RequestObservation {
  readonly kind: 'asked';
  readonly uid: string;
  readonly gateway: string;
  readonly startedAt: number;
  /** It had less time than usual. */
  readonly isLimited: boolean;
  readonly error?: unknown;
}

/** What is there when everything was mended and had its time. */
interface RestObservation {
  readonly kind: 'rest';
  readonly links: ReadonlyMap<string, LinkReading>;
  readonly rosters: ReadonlyMap<number, readonly RosterEntry[]>;
  /** The ordinals whose pod is not back. */
  readonly missing: readonly number[];
  /** Operations that were never answered. */
  readonly pending: readonly string[];
  /** Users who asked and were not served. */
  readonly unserved: readonly string[];
}

/** The world, as checks see it. */
export interface WorldView {
  /** Ms since the world began. */
  readonly now: number;
  readonly fleet: FleetPlan;
  readonly uids: readonly string[];
  /** All that were ever started, in that order. */
  readonly pods: readonly ObservedPod[];
  readonly exemptions: Exemptions;
}

/** One promise of the contract, held against what is seen. */
export interface Check {
  readonly name: string;
  /** What breaks the promise; `undefined`: nothing does. */
  observe(observation: Observation, world: WorldView): string | undefined;
}
