import type { OrderOutcome, OrderReport, PodOrder } from './pod-order.ts';
import type { RoutingState } from './routing-state.ts';
import type { ServiceState } from './service-state.ts';
import type { PodIntent } from './stateful-service-state.ts';

/** What a pod's heartbeat or an operator's call did. The store writes it in the same step as the change. */
export type StoreEvent =
  /** A pod's process sent its first heartbeat. */
  | {
      readonly type: 'started';
      readonly podId: number;
      readonly incarnation: string;
      readonly state: ServiceState;
      readonly routingState: RoutingState;
    }
  /** A pod that was fenced serves again, as a later life of the same process. */
  | {
      readonly type: 'returned';
      readonly podId: number;
      readonly incarnation: string;
      readonly state: ServiceState;
      readonly routingState: RoutingState;
    }
  /** A pod's state or routing state changed. `users`: how many users it held then, if it published that. */
  | {
      readonly type: 'state';
      readonly podId: number;
      readonly incarnation: string;
      readonly state: ServiceState;
      readonly routingState: RoutingState;
      readonly users?: number | undefined;
    }
  /** A heartbeat was refused, as `met` is a later incarnation, or the same one and reported dead. */
  | {
      readonly type: 'fenced';
      readonly podId: number;
      readonly incarnation: string;
      readonly met: string;
    }
  /** A pod's incarnation was reported dead. */
  | {
      readonly type: 'dead';
      readonly podId: number;
      readonly incarnation: string;
      readonly by?: string | undefined;
    }
  /** A pod's entry was removed, without `by` by the leader, as it was long dead. */
  | { readonly type: 'removed'; readonly podId: number; readonly by?: string | undefined }
  /**
   * A heartbeat of pod `podId`, or its removal, marked the directory. `young`: it starts again, so that no pod is dead by its age
   * for a lease. `quiet`: the same, and every entry was past its lease. `restored`: the store had lost the pod's entry.
   */
  | {
      readonly type: 'directory';
      readonly podId: number;
      readonly is: 'young' | 'quiet' | 'restored';
    }
  /** So many pods fell silent at once that nobody is taken over by age, or that is over, as the leading pod saw it. */
  | { readonly type: 'guard'; readonly podId: number; readonly active: boolean }
  /** An operator set a pod's intent, or another rate of it. */
  | {
      readonly type: 'intent';
      readonly podId: number;
      readonly intent: PodIntent;
      readonly ratePerSecond?: number | undefined;
      readonly by?: string | undefined;
    }
  /** An operator stopped the evening out of the fleet, or let it go on. */
  | {
      readonly type: 'frozen' | 'unfrozen';
      readonly podId?: undefined;
      readonly by?: string | undefined;
    }
  /** A user was quarantined: he was claimed by three pods shortly before they died. */
  | { readonly type: 'quarantined'; readonly podId?: undefined; readonly uid: string }
  /** A user's quarantine was ended by an operator. */
  | {
      readonly type: 'unquarantined';
      readonly podId?: undefined;
      readonly uid: string;
      readonly by?: string | undefined;
    }
  /** An order was given. `uid` and `by` are the order's. */
  | {
      readonly type: 'order';
      readonly podId: number;
      readonly order: PodOrder;
      readonly uid?: string | undefined;
      readonly by: string;
    }
  /** An order has ended. */
  | ({
      readonly type: 'order-ended';
      readonly podId: number;
      readonly orderId: string;
      readonly outcome: OrderOutcome;
      readonly uid?: string | undefined;
      readonly by: string;
    } & OrderReport);

/** What a pod, a caller or an operator's program did in many steps, or to a user by name. It writes that itself, afterwards. */
export type ReportedEvent =
  /** A drain of a pod ended. `users`: how many were moved or released. */
  | {
      readonly type: 'drain';
      readonly podId: number;
      /** Who began it. */
      readonly cause: 'application' | 'operator' | 'stop';
      readonly users: number;
      readonly left: number;
      readonly unsaved: number;
    }
  /** The application handed some users over. */
  | {
      readonly type: 'hand-off';
      readonly podId: number;
      readonly users: number;
      readonly left: number;
      readonly unsaved: number;
    }
  /** A caller took users of the dead pod `podId` over, within a few seconds. */
  | { readonly type: 'take-overs'; readonly podId: number; readonly users: number }
  /** An operator ended a user's claim on `podId`. */
  | { readonly type: 'kicked'; readonly podId: number; readonly uid: string; readonly by: string }
  /** An operator removed a user's temporary link to `podId`. */
  | { readonly type: 'unlinked'; readonly podId: number; readonly uid: string; readonly by: string }
  /** An operator moved a user's temporary link from `podId` to the pod `to`. A claim is moved by an order. */
  | {
      readonly type: 'moved';
      readonly podId: number;
      readonly uid: string;
      readonly to: number;
      readonly by: string;
    }
  /** An operator pinned a user to `podId`. */
  | { readonly type: 'pinned'; readonly podId: number; readonly uid: string; readonly by: string }
  /** An operator removed a user's pin to `podId`. */
  | { readonly type: 'unpinned'; readonly podId: number; readonly uid: string; readonly by: string }
  /** An operator ended claims of incarnations that are gone. */
  | {
      readonly type: 'reaped';
      readonly podId?: number | undefined;
      readonly users: number;
      readonly by: string;
    };

/** What happened to a service. */
export type JournalEvent = StoreEvent | ReportedEvent;

/** The type of a journal's entry. */
export type JournalType = JournalEvent['type'];

/** An entry of a service's journal. */
export type JournalEntry = JournalEvent & {
  /** Names the entry within the journal. It is the `after` of a reading that begins behind it. */
  readonly id: string;
  /** The store's time in ms since the epoch. */
  readonly at: number;
};

/** A part of a journal, oldest entry first. */
export interface JournalPage {
  readonly entries: readonly JournalEntry[];
  /** The `after` of the next reading: this one went so far. */
  readonly after: string;
}

/** The types of entries that a client may write. */
export const REPORTED_TYPES: readonly ReportedEvent['type'][] = [
  'drain',
  'hand-off',
  'take-overs',
  'kicked',
  'unlinked',
  'moved',
  'pinned',
  'unpinned',
  'reaped',
];

/** The types of all entries. */
export const JOURNAL_TYPES: readonly JournalType[] = [
  'started',
  'returned',
  'state',
  'fenced',
  'dead',
  'removed',
  'directory',
  'guard',
  'intent',
  'frozen',
  'unfrozen',
  'quarantined',
  'unquarantined',
  'order',
  'order-ended',
  ...REPORTED_TYPES,
];
