import type {
  ExplainedPod,
  Explanation,
  JournalEntry,
  JournalType,
  OrderOutcome,
  RoutingState,
  ServiceState,
} from '@stateful-route/core';
import type { PodStatus } from '@stateful-route/core/adapter';
import type { ApiErrorBody } from './errors.ts';

// What `/api/v1/…` answers, and takes. Times in `…At` and `…Time` are the store's, in ms since the epoch; durations are in ms.
// An absent field is unknown, or does not apply. A new release may add fields, types of journal entries, and events.

/** `GET /api/v1/console`: what this console is, and who looks. */
export interface ConsoleInfo {
  readonly namespace: string;
  /** The services that this console shows, in alphabetical order. */
  readonly services: readonly string[];
  /** Who is signed in, as the journal has it. */
  readonly who: string;
  /** Whether actions are accepted from who is signed in. */
  readonly mayAct: boolean;
}

/** `GET /api/v1/services`: all services, a line each. */
export interface ServiceList {
  readonly services: readonly ServiceSummary[];
}

/** A service in a line. Users, load and limits are of the pods that are alive. */
export interface ServiceSummary {
  readonly service: string;
  readonly pods: number;
  readonly routable: number;
  readonly available: number;
  readonly alive: number;
  readonly users: number;
  /** Absent if a pod that is alive has no limit. */
  readonly maxUsers?: number | undefined;
  readonly load: { readonly mean: number; readonly max: number };
  /** What keeps users from being placed, or taken over; and what operators or the router hold back. */
  readonly conditions: readonly Condition[];
}

/** Something that holds decisions up, for a banner. */
export interface Condition {
  readonly name: ConditionName;
  /** One sentence for people. */
  readonly meaning: string;
}

/**
 * `no routable pod`: nobody can be placed. `guard`: too many pods fell silent at once. `young`: the directory is younger than a
 * lease. `restored`: the store came back empty. `frozen`: an operator stopped evening out. `quarantine`: users are kept from
 * every pod.
 */
export type ConditionName = 'no routable pod' | 'guard' | 'young' | 'restored' | 'frozen' | 'quarantine';

/** A pod, as its last heartbeat and the operators' intents say. */
export interface PodRow {
  readonly podId: number;
  readonly status: PodStatus;
  readonly state: ServiceState;
  readonly routingState: RoutingState;
  readonly load: number;
  readonly users?: number | undefined;
  /** How many users it accepts; absent for any number. */
  readonly maxUsers?: number | undefined;
  /** The store's time of its last heartbeat: its age is `storeTime - updateTime`. */
  readonly updateTime?: number | undefined;
  readonly leaseMs?: number | undefined;
  readonly updatePeriodMs?: number | undefined;
  readonly address?: string | undefined;
  readonly incarnation?: string | undefined;
  readonly deadOwner?: 'relink' | 'wait' | undefined;
  readonly healing?: 'held' | 'returning' | undefined;
  /** Which version of the program it runs. */
  readonly revision?: string | undefined;
  /** `metadata.zone`. */
  readonly zone?: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  /** The operator's wish: `cordon`, `drain` or `resume`, or an unknown word that is stored in its place. */
  readonly intent?: string | undefined;
  /** The rate that came with `drain`, in users a second. */
  readonly ratePerSecond?: number | undefined;
}

/** `GET /api/v1/services/{service}/pods`: every pod, by ordinal. */
export interface PodList {
  readonly service: string;
  readonly storeTime: number;
  readonly pods: readonly PodRow[];
}

/** The worst three pods of each kind, the worst first. */
export interface WorstPods {
  /** By load. */
  readonly load: readonly number[];
  /** By the age of their last heartbeat: only pods that are so late that they get no new users. */
  readonly age: readonly number[];
  /** By distance from the band: of the pods that take new users, those above or below it. */
  readonly imbalance: readonly number[];
}

/** What happened in one second, and how it was at its end. */
export interface SeriesPoint {
  /** The store's time. */
  readonly at: number;
  readonly users: number;
  /** How many users pods gained a second: new ones, and those who came from another pod. */
  readonly arrivals: number;
  /** How many users of dead pods were taken over a second. */
  readonly takeOvers: number;
  /** How many users were moved a second: by drains, hand-offs and orders. */
  readonly moves: number;
  /** Journal entries that somebody should look at, a second: a fence, a death, the guard, a restored directory, a quarantine. */
  readonly errors: number;
  readonly load: { readonly mean: number; readonly max: number };
  readonly routable: number;
  readonly alive: number;
}

/**
 * `GET /api/v1/services/{service}`, and the first event, `service`, of a stream: all that is live of a service. The band is where
 * the loads of pods that take new users are even: nothing is moved while each is within it.
 */
export interface ServiceLive {
  readonly summary: ServiceSummary;
  readonly storeTime: number;
  readonly worst: WorstPods;
  readonly band: { readonly low: number; readonly high: number };
  readonly pods: readonly PodRow[];
  /** At most the last ten minutes, the oldest first; empty if nobody looked before. */
  readonly series: readonly SeriesPoint[];
  /** The last entries of the journal, the oldest first; at most 200. */
  readonly journal: readonly JournalEntry[];
}

/** The event `change`: what a reading found different from the one before. One comes with every reading, about once a second. */
export interface ServiceChange {
  readonly summary: ServiceSummary;
  readonly storeTime: number;
  readonly worst: WorstPods;
  readonly band: { readonly low: number; readonly high: number };
  /** Pods that are new or differ in more than the time of their heartbeat. */
  readonly changed: readonly PodRow[];
  /** Pods that only sent a heartbeat: ordinal and its time. */
  readonly beats: readonly (readonly [podId: number, updateTime: number])[];
  /** Pods whose entry is gone. */
  readonly removed: readonly number[];
  readonly point: SeriesPoint;
  /** New entries of the journal, the oldest first. */
  readonly journal: readonly JournalEntry[];
}

/** The event `unreadable`: the store could not be read, and what was sent before grows old. A `change` ends that. */
export interface Unreadable {
  readonly error: ApiErrorBody;
}

/**
 * `GET /api/v1/events?service=`: `text/event-stream`. Every stream begins with `service`. The `id` of an event names the last
 * journal entry so far: sent as `Last-Event-ID`, a new stream's `service` has only later ones, as far as they are remembered.
 */
export interface ConsoleEvents {
  readonly service: ServiceLive;
  readonly change: ServiceChange;
  readonly unreadable: Unreadable;
}

/** `GET /api/v1/services/{service}/pods/{podId}`. */
export interface PodDetails {
  readonly service: string;
  readonly storeTime: number;
  readonly pod: PodRow;
  /** Why it is not drained yet; absent if it is. */
  readonly notDrained?: string | undefined;
  /** Why stopping it now would leave users without a pod; absent if it would not. */
  readonly notSafeToStop?: string | undefined;
  /** What the console remembers of it, the oldest first; empty if nobody looked before. */
  readonly series: readonly PodPoint[];
  /** The drain that is under way. */
  readonly drain?: DrainProgress | undefined;
  /** What the journal has about it, the oldest first; at most 200. */
  readonly journal: readonly JournalEntry[];
}

/** A pod at one time. There is one each 5 s, for at most ten minutes. */
export interface PodPoint {
  readonly at: number;
  readonly users?: number | undefined;
  readonly load: number;
}

/** A drain that is under way. */
export interface DrainProgress {
  /** When the intent was given. */
  readonly startedAt?: number | undefined;
  readonly by?: string | undefined;
  /** How many users it held when the drain began, as far as the console or the journal knows. */
  readonly startedWith?: number | undefined;
  readonly left: number;
  readonly ratePerSecond?: number | undefined;
  /** How long it takes at the rate that was given, or that was seen. */
  readonly timeLeftMs?: number | undefined;
}

/** A user of a pod. */
export interface PodUser {
  readonly uid: string;
  readonly token?: number | undefined;
  /** Whether the pod's present process made the claim. Else it takes the user up at the next request. */
  readonly present: boolean;
  readonly why?: string | undefined;
  readonly by?: string | undefined;
  readonly at?: number | undefined;
}

/**
 * `GET /api/v1/services/{service}/pods/{podId}/users`: `text/event-stream` that ends by itself. `users` come as they are found, in no
 * order; `end` is last; `failed` in place of it if the store failed.
 */
export interface PodUsersEvents {
  readonly users: {
    readonly users: readonly PodUser[];
    /** How many keys were read so far, and about how many there are. */
    readonly scanned?: number | undefined;
    readonly total?: number | undefined;
  };
  readonly end: {
    readonly users: number;
    readonly published?: number | undefined;
    readonly source: 'roster' | 'scan';
  };
  readonly failed: { readonly error: ApiErrorBody };
}

/** `GET /api/v1/services/{service}/user?uid=[&not=podId]`: where a user is, why, and what was done to him by name. */
export interface UserDetails {
  readonly service: string;
  readonly uid: string;
  readonly explanation: Explanation;
  /** What the journal has about him, the oldest first; at most 200. */
  readonly journal: readonly JournalEntry[];
  /** The pod that he is pinned to. */
  readonly pin?:
    | { readonly podId: number; readonly at: number; readonly by?: string | undefined }
    | undefined;
  /** Until when he is kept from every pod. */
  readonly quarantinedUntil?: number | undefined;
}

/**
 * `GET /api/v1/services/{service}/journal?[after=][&types=a,b][&podId=][&uid=][&limit=]`: a page, the oldest entry first. Without `after` its
 * entries are the newest. `limit` is at most 1,000, and 200 if it is not given.
 */
export interface JournalList {
  readonly entries: readonly JournalEntry[];
  /** The `after` of the next page. */
  readonly after: string;
  /** Every type that there is. */
  readonly types: readonly JournalType[];
}

export type * from './actions.ts';
export type * from './errors.ts';
export type * from './plans.ts';
export type {
  ExplainedPod,
  Explanation,
  JournalEntry,
  JournalType,
  OrderOutcome,
  RoutingState,
  ServiceState,
};
