import type { ServiceState } from '@stateful-route/core';
import type { PortMethod } from '@stateful-route/core/adapter';

/** What a store loses, as the memory adapter names it. */
export type Lost = 'nothing' | 'everything' | 'states' | 'links';

/** How an application saves a user that is handed over. */
export type SaveMode = 'fast' | 'slow' | 'hang' | 'fail';

/** What happens, without its moment. Pods are named by their ordinal, processes as `pod-2` or `gateway-0`. */
export type EventBody =
  /** A user's request reaches a gateway, and by it a pod, which claims the user and applies an update. */
  | {
      readonly kind: 'ask';
      readonly gateway: number;
      readonly uid: string;
      readonly how: 'claim' | 'scope';
      /** How long the request takes on its pod. */
      readonly workMs: number;
      /** Saved at once; else the update is saved when the user leaves. */
      readonly saves: boolean;
      readonly timeoutMs?: number | undefined;
    }
  | {
      readonly kind: 'release';
      readonly pod: number;
      readonly uid: string;
      readonly keepSeconds?: number | undefined;
    }
  | { readonly kind: 'refuse'; readonly pod: number; readonly uid: string }
  /** A claim and a refusal of one user in one tick. */
  | { readonly kind: 'claimAndRefuse'; readonly pod: number; readonly uid: string }
  /** Scopes of one user that overlap: the next begins as the one before ends. */
  | {
      readonly kind: 'scopes';
      readonly pod: number;
      readonly uid: string;
      readonly count: number;
      readonly workMs: number;
    }
  | {
      readonly kind: 'handOff';
      readonly pod: number;
      readonly count: number;
      readonly to?: number | undefined;
    }
  | {
      readonly kind: 'drain';
      readonly pod: number;
      readonly deadlineMs: number;
      readonly abortAfterMs?: number | undefined;
    }
  /** The application takes new users again. */
  | { readonly kind: 'takeUsers'; readonly pod: number }
  /** `startAfterMs`: another process of the ordinal starts then; `again`: the same one does. */
  | {
      readonly kind: 'stop';
      readonly pod: number;
      readonly startAfterMs?: number | undefined;
      readonly again?: boolean | undefined;
    }
  | { readonly kind: 'kill'; readonly pod: number; readonly startAfterMs?: number | undefined }
  /** A second process of the ordinal starts beside the first. */
  | { readonly kind: 'twin'; readonly pod: number }
  | { readonly kind: 'intent'; readonly pod: number; readonly word: string }
  | {
      readonly kind: 'state';
      readonly pod: number;
      readonly word: ServiceState;
      readonly backAfterMs: number;
    }
  | {
      readonly kind: 'saves';
      readonly pod: number;
      readonly mode: SaveMode;
      readonly ms: number;
      readonly forMs: number;
    }
  /** Forced links and removals, by a pod or a gateway. */
  | { readonly kind: 'forceHere'; readonly pod: number; readonly uid: string }
  | { readonly kind: 'forceThere'; readonly pod: number; readonly uid: string; readonly to: number }
  | { readonly kind: 'remove'; readonly pod: number; readonly uid: string }
  | { readonly kind: 'otherSideRemoves'; readonly uid: string }
  | { readonly kind: 'otherSideSets'; readonly uid: string; readonly to: number }
  /** An operator removes the entry of a pod that is gone. */
  | { readonly kind: 'reap'; readonly pod: number }
  | { readonly kind: 'cut'; readonly process: string; readonly ms: number }
  | { readonly kind: 'hold'; readonly process: string; readonly ms: number }
  | { readonly kind: 'slow'; readonly process: string; readonly byMs: number; readonly ms: number }
  | {
      readonly kind: 'lose';
      readonly process: string;
      readonly when: 'before' | 'after';
      readonly method?: PortMethod | undefined;
      /** For how long all such calls are lost. Default: the next one alone. */
      readonly ms?: number | undefined;
    }
  | { readonly kind: 'pause'; readonly process: string; readonly ms: number }
  | { readonly kind: 'stepWall'; readonly process: string; readonly ms: number }
  /** The store is away, and comes back without what it lost. */
  | { readonly kind: 'outage'; readonly ms: number; readonly lose: Lost }
  /** The store takes calls and does not answer. */
  | { readonly kind: 'hang'; readonly ms: number }
  /** Keys are wiped under standing connections. */
  | { readonly kind: 'wipe'; readonly what: Exclude<Lost, 'nothing'> }
  | { readonly kind: 'restartGateway'; readonly gateway: number }
  /** A gateway could not reach a pod, whatever the reason. */
  | { readonly kind: 'unreachable'; readonly gateway: number; readonly pod: number };

/** What happens, and when, in ms of the world. */
export type WorldEvent = EventBody & { readonly at: number };

/** The kinds of events. */
export type EventKind = WorldEvent['kind'];

/** The contract's exceptions that a world can hold. */
export const EXCEPTIONS = ['lost data', 'forced', 'two processes'] as const;

/** The name of an exception. */
export type ExceptionName = (typeof EXCEPTIONS)[number];

const FORCING: ReadonlySet<EventKind> = new Set<EventKind>([
  'forceHere',
  'forceThere',
  'remove',
  'otherSideRemoves',
  'otherSideSets',
]);

/** Which of the contract's exceptions an event brings about; `undefined`: none. */
export function exceptionOf(event: EventBody): ExceptionName | undefined {
  if (event.kind === 'wipe' || (event.kind === 'outage' && event.lose !== 'nothing')) return 'lost data';
  if (event.kind === 'twin') return 'two processes';
  return FORCING.has(event.kind) ? 'forced' : undefined;
}
