import type { ServiceState } from '@stateful-route/core';
import type { PortMethod } from '@stateful-route/core/adapter';

/** What a store loses, as the memory adapter names it. */
export type Lost = 'nothing' | 'everything' | 'states' | 'links';

/** How an application saves a user that is handed off. */
export type SaveMode = 'fast' | 'slow' | 'hang' | 'fail';

/** How an order is given. */
interface OrderManner {
  readonly to?: number | undefined;
  /** The pod must have begun after so many ms. */
  readonly forMs: number;
  /** The same order is given again after so many ms. */
  readonly againAfterMs?: number | undefined;
}

/** An event without its time. Pods are named by their ordinals, processes as `pod-2` or `gateway-0`. */
export type EventBody =
  /** A user's request reaches a pod through a gateway. The pod claims the user and applies an update. */
  | {
      readonly kind: 'ask';
      readonly gateway: number;
      readonly uid: string;
      readonly how: 'claim' | 'scope';
      /** How long the request takes on its pod. */
      readonly workMs: number;
      /** Whether the update is saved at once. Otherwise it is saved when the user leaves. */
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
  /** A claim and a refusal of one user at the same time. */
  | { readonly kind: 'claimAndRefuse'; readonly pod: number; readonly uid: string }
  /** Overlapping scopes of one user: each opens as the previous one ends. */
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
  /** After `startAfterMs` a new process of the ordinal starts, or with `again` the same one. */
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
  /** An operator orders a pod to move a user, or to shed some. */
  | ({ readonly kind: 'move'; readonly pod: number; readonly uid: string } & OrderManner)
  | ({ readonly kind: 'shed'; readonly pod: number; readonly users: number } & OrderManner)
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
  /** How a hosted application's `open` ends for a while. */
  | {
      readonly kind: 'opens';
      readonly pod: number;
      readonly mode: SaveMode;
      readonly ms: number;
      readonly forMs: number;
    }
  /** Forced links and removals, by a pod or an older side. */
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
      /** How long all such calls are lost. Default: only the next one. */
      readonly ms?: number | undefined;
    }
  | { readonly kind: 'pause'; readonly process: string; readonly ms: number }
  | { readonly kind: 'stepWall'; readonly process: string; readonly ms: number }
  /** The store is unreachable, and loses data before it is back. */
  | { readonly kind: 'outage'; readonly ms: number; readonly lose: Lost }
  /** The store receives calls and does not reply. */
  | { readonly kind: 'hang'; readonly ms: number }
  /** Keys are deleted while all connections stay open. */
  | { readonly kind: 'wipe'; readonly what: Exclude<Lost, 'nothing'> }
  | { readonly kind: 'restartGateway'; readonly gateway: number }
  /** A gateway reports a pod as unreachable. */
  | { readonly kind: 'unreachable'; readonly gateway: number; readonly pod: number };

/** An event and its time, in ms of the world. */
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

/** The contract's exception that an event causes, or `undefined`. */
export function exceptionOf(event: EventBody): ExceptionName | undefined {
  if (event.kind === 'wipe' || (event.kind === 'outage' && event.lose !== 'nothing')) return 'lost data';
  if (event.kind === 'twin') return 'two processes';
  return FORCING.has(event.kind) ? 'forced' : undefined;
}
