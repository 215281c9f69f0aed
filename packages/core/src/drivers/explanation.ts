import type { CallOptions } from '../domain/call-options.ts';
import type { Link, Pin } from '../domain/link.ts';
import type { OwnFilterName, PodFilter } from '../domain/pod-filter.ts';
import type { PodStands } from '../domain/route-error.ts';
import type { RoutingState } from '../domain/routing-state.ts';
import type { ServiceState } from '../domain/service-state.ts';
import type { FilterOutcome } from '../rules/selection/choose-pod.ts';

/** Options of `explain`. */
export interface ExplainOptions extends CallOptions {
  /** A pod, to be told what keeps the user from it. */
  readonly not?: number | undefined;
}

/**
 * Where a user is, and what `computeLinkedPod` of this caller would do now. It is plain data: `JSON.stringify` keeps all of it.
 * Times are in ms; those since the epoch are the store's.
 */
export interface Explanation {
  readonly namespace: string;
  readonly uid: string;
  readonly serviceName: string;
  /** The store's time of the reading. */
  readonly storeTime: number;
  /** The link in force, with all that its record says; absent if the user has none. */
  readonly link?: Link | undefined;
  /** How the user came to the pod that the link names, in one sentence; absent if no record says it. Programs read `link.reason`. */
  readonly because?: string | undefined;
  /** The pod that an operator pinned the user to. */
  readonly pin?: Pin | undefined;
  /** The last token of a claim that was ended on purpose. */
  readonly endedToken?: number | undefined;
  /** The pod that the link names, as `pods` has it; absent without a link, or if the pod has no entry. */
  readonly owner?: ExplainedPod | undefined;
  /** The link in this caller's memory, if `computeLinkedPod` would answer from it. */
  readonly remembered?: { readonly podId: number; readonly temporary: boolean } | undefined;
  /** The name of the strategy that chooses for a new user, or `custom`. */
  readonly strategy: string;
  /** What each filter that concerns the user made of the candidates, in the order in which they are applied. */
  readonly filters: readonly FilterOutcome[];
  /** Every pod of the service by ordinal, candidates or not. */
  readonly pods: readonly ExplainedPod[];
  readonly outcome: ExplainedOutcome;
  /** What `computeLinkedPod` would do and why, in one sentence. For people; programs read `outcome`. */
  readonly sentence: string;
  /** What keeps the user from the pod that the options name. */
  readonly not?: ExplainedAbsence | undefined;
}

/** A pod as picking sees it. */
export interface ExplainedPod {
  readonly podId: number;
  readonly state: ServiceState;
  readonly routingState: RoutingState;
  /** How old its last heartbeat is; absent for a pod that is known only by a bare word. */
  readonly ageMs?: number | undefined;
  readonly leaseMs: number;
  readonly incarnation?: string | undefined;
  readonly address?: string | undefined;
  /** Its claims are valid. */
  readonly alive: boolean;
  /** It may be called for users that it holds. */
  readonly available: boolean;
  /** It may be given new users, as far as its heartbeat says. */
  readonly routable: boolean;
  /** Why it is no candidate for a new user; absent if it is one. */
  readonly filteredBy?: PodFilter | OwnFilterName | undefined;
  /** The preferred filters that refuse it and do not count, as they would leave too few pods. */
  readonly notPreferredBy: readonly string[];
  readonly users?: number | undefined;
  /** How many users it accepts; absent for any number. */
  readonly maxUsers?: number | undefined;
  /** How many more users it takes, less those that this caller placed since its report; absent for any number. */
  readonly freePlaces?: number | undefined;
  readonly revision?: string | undefined;
  /** The load from which on this caller counts a pod as overloaded; absent if none is. */
  readonly overloadedAt?: number | undefined;
  /** The load that it published. */
  readonly publishedLoad: number;
  /** That load plus what this caller has added since by placing users. */
  readonly load: number;
  /** What the strategy compares candidates by; absent if it compares none, and for a pod that is no candidate. */
  readonly score?: number | undefined;
}

/**
 * What `computeLinkedPod` would do. Where a strategy chooses at random, the pod of `place`, `replace` and `take over` is one of
 * those that it may choose.
 */
export type ExplainedOutcome =
  /** Return the linked pod. Only `memory` costs no store call. */
  | {
      readonly action: 'return';
      readonly podId: number;
      readonly from: 'memory' | 'claim' | 'temporary link';
    }
  /** Set a temporary link. */
  | { readonly action: 'place'; readonly podId: number }
  /** Replace a temporary link, or the claim of a dead owner, by a temporary link. */
  | { readonly action: 'replace' | 'take over'; readonly podId: number; readonly from: number }
  /** Reject: no pod can take the user. */
  | { readonly action: 'reject'; readonly code: 'SERVICE_NOT_READY' }
  /** Reject: the user's pod must be waited for. After a restored directory, the call itself waits first, within its deadline. */
  | {
      readonly action: 'reject';
      readonly code: 'POD_NOT_AVAILABLE';
      /** Absent if it is not known which pod has the user. */
      readonly podId?: number | undefined;
      readonly why: PodStands;
      readonly retryAfterMs: number;
    };

/** What keeps a user from a pod. */
export interface ExplainedAbsence {
  readonly podId: number;
  /** Why the pod is no candidate; `no entry` if the service has no such pod; absent if it is a candidate. */
  readonly filteredBy?: PodFilter | OwnFilterName | 'no entry' | undefined;
  /** All that keeps the user from it, in one sentence. */
  readonly sentence: string;
}
