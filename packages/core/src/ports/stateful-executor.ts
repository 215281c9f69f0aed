import type {
  Link,
  LinkInForce,
  LinkReading,
  ReplaceResult,
  SetLinkedPodResult,
  TrySetResult,
} from '../domain/link.ts';
import type {
  EnterRosterOptions,
  LeaveRosterOptions,
  ReadRosterOptions,
  RosterPage,
} from '../domain/roster.ts';
import type { HeartbeatAck, PodReport, ServiceStateRead } from '../domain/stateful-service-state.ts';
import type { WorkloadReport, WorkloadState } from '../domain/workload-state.ts';
import type { StateWord } from '../domain/service-state.ts';
import type { CallOptions } from '../domain/call-options.ts';

/** Which entry a removal is meant for; a field that is not given is not compared. */
export interface RemoveServiceStateOptions extends CallOptions {
  readonly incarnation?: string | undefined;
  readonly updateTime?: number | undefined;
}

/** Which entry a mark is meant for: the one that was read. */
export interface MarkServiceStateOptions extends CallOptions {
  readonly incarnation: string;
  readonly updateTime: number;
}

/**
 * What a placement or a claim rests on. After a new connection the store may be another one, or an emptied one: what was
 * decided from an earlier reading must not be written there.
 */
export interface EpochOptions extends CallOptions {
  /**
   * The epoch of the reading or heartbeat on which the decision rests. In another epoch the call rejects with
   * `STORE_ERROR`, retryable, carrying the new `epoch`, and nothing is written. Absent: not compared.
   */
  readonly epoch?: number | undefined;
}

/** Whose claim it is. What is given counts for claims only, that is, with `PERSIST_FOREVER`. */
export interface ClaimOwnerOptions extends CallOptions {
  /** The life of the pod that makes the claim, kept beside the token. */
  readonly incarnation?: string | undefined;
  /** The lease of that pod in ms, kept beside the token: it counts where the pod has no entry. */
  readonly leaseMs?: number | undefined;
  /** The token will not be less than this; at most 2^53 − 2^32, so that tokens can go on growing. */
  readonly minToken?: number | undefined;
}

/** How a link is tried. */
export interface TrySetLinkedPodOptions extends ClaimOwnerOptions, EpochOptions {
  /**
   * Puts back a claim that the store lost, with exactly this token, over a temporary link of any pod. Refused (`linked:
   * false`) where a claim of another pod stands, where a greater token is kept, and where this token is kept without an
   * owner: then the claim was ended on purpose. Excludes `minToken`.
   */
  readonly assertToken?: number | undefined;
  /** Link only where the link in force names this pod, as a claim or temporarily. */
  readonly onlyIfNamed?: boolean | undefined;
  /** Link only where the link in force is a claim of this pod. */
  readonly onlyIfClaimed?: boolean | undefined;
}

/** On which condition a link is replaced. */
export interface ReplaceLinkedPodOptions extends EpochOptions {
  /** Replace a temporary link only; a claim stands whatever its token. */
  readonly onlyIfTemporary?: boolean | undefined;
  /**
   * Replace a claim, if it carries this token; `null` names a claim that has none. Without it a claim always stands.
   * It is not compared with a temporary link.
   */
  readonly ifToken?: number | null | undefined;
}

/** What becomes of a link that is removed. */
export interface RemoveLinkedPodOptions extends CallOptions {
  /** Absent, `DELETE_NOW` or 0: deleted. An integer > 0: it becomes a temporary link that lives this long. */
  readonly keepSeconds?: number | undefined;
}

/** As {@link RemoveLinkedPodOptions}, on a condition. */
export interface RemoveLinkedPodWithIdOptions extends RemoveLinkedPodOptions {
  /** Remove only a claim that carries this token. */
  readonly token?: number | undefined;
  /** Remove only a temporary link. Excludes `token`. */
  readonly onlyIfTemporary?: boolean | undefined;
}

/**
 * Pod states, workload states and links: the port that makes one user's pod one pod.
 *
 * For every method:
 *
 * - Calls may be made concurrently. Each takes effect at one moment, all of it or none of it. Those about one uid's links
 *   take effect in the order in which they were made, awaited or not; each fails alone.
 * - A bad argument rejects with `INVALID_PARAMETER`, naming it, before any I/O.
 * - A store that fails or cannot be reached rejects with `STORE_ERROR`, a deadline with `TIMEOUT`; neither is ever
 *   turned into an answer. The docstring says where a repetition is safe.
 * - Namespaces do not see each other. Times are the store's, in ms since the epoch.
 * - `persistSeconds` is `PERSIST_FOREVER` (a claim) or an integer ≥ 1 (a temporary link's time to live).
 * - **Every way a claim ends leaves an ended record**, its last token without an owner: a removal, `keepSeconds`, a
 *   hand-over, a take-over. A forced link leaves the record of the new claim. A removal or forced link that ends a claim
 *   without its token tells the owner on its pod's own channel (`StateFeed.subscribePod`).
 * - Writes act before their deadline, by the store's clock, or not at all.
 *
 * The contract follows the Redis executor of the older Go module, with its keys; see `docs/compatibility.md`.
 */
export interface StatefulExecutor {
  /**
   * Stores a pod's heartbeat, stamped with the store's time, if its incarnation is greater than the entry's, or the same
   * with a greater `seq`; incarnations are ordered as `compareIncarnations` says. A lower incarnation rejects with
   * `FENCED`, which carries the one it `met`. The same `seq` again is answered as before, a lower one is late: both are
   * acknowledged and change nothing.
   *
   * A run's first heartbeat (`beatenBefore: false`) that meets an entry which has ended, or is past the lease it carries,
   * is never fenced: where its `start` is not above that entry's, it is stored with a `start` one above it. Within a run the greatest
   * `start` stands. The reply always tells the incarnation as stored.
   *
   * `since` begins in the first heartbeat of a directory, and anew in one whose own ordinal's entry is overdue (aged above
   * one lease less a period), if at least half of the other entries are silent as `isMassExpiry` says or all entries are past
   * their leases; but never within three leases of its last beginning. Ended entries count neither as own nor as others. Where all entries were
   * past their leases, `quiet` is set to the same time, else it is cleared.
   *
   * A heartbeat with `beatenBefore` that finds no entry for its ordinal, in a directory younger than its lease, sets
   * `restored`, once in a directory's life.
   *
   * A change of state, routing state, incarnation, address or healing, and one of load above the report's threshold, is
   * pushed to the feed.
   *
   * Safe to repeat.
   */
  setServiceState(
    namespace: string,
    serviceName: string,
    podId: number,
    report: PodReport,
    options?: CallOptions,
  ): Promise<HeartbeatAck>;

  /**
   * Writes the word that the other sides read of a pod, in place of a pod that is silent, and returns whether it did. The
   * pod's details stay as they are: readers of this side see no change, and the pod's next heartbeat writes its own word.
   *
   * Only if the entry is still of the incarnation and the time given, and its word is still the one last written by its
   * heartbeat or by a mark: another word was written by a pod of the other sides.
   *
   * Safe to repeat.
   */
  markServiceState(
    namespace: string,
    serviceName: string,
    podId: number,
    word: StateWord,
    options: MarkServiceStateOptions,
  ): Promise<boolean>;

  /**
   * Reads all pods of a service, the store's time beside them. A service that nobody knows has none.
   *
   * A pod's details outrank its word, unless they give way as `givesWay` says. A word without details, or to which they
   * give way, is a pod of the other sides: load 0, routing state `READY`, no age. A pod whose details cannot be read is of
   * state and routing state `UNKNOWN`, without an age, and is reported to the executors' logger; the others are read all
   * the same.
   *
   * Never an old reading: it is of a moment after the call began. Safe to repeat.
   */
  getServiceState(namespace: string, serviceName: string, options?: CallOptions): Promise<ServiceStateRead>;

  /**
   * Removes a pod's entry, if it is still of the incarnation and the time given, and pushes that it is gone; a word that
   * a pod of the other sides has written stays, and is pushed as that pod. Returns whether it removed one. Without either
   * condition it is an operator's removal: the word goes whoever wrote it, the pod's intent goes too, and where the
   * entry had neither ended nor passed its lease, `since` begins anew.
   *
   * Safe to repeat when both are given.
   */
  removeServiceState(
    namespace: string,
    serviceName: string,
    podId: number,
    options?: RemoveServiceStateOptions,
  ): Promise<boolean>;

  /** Stores the state of the service as a whole; the last writer wins. Safe to repeat. */
  setWorkloadState(
    namespace: string,
    serviceName: string,
    workload: WorkloadReport,
    options?: CallOptions,
  ): Promise<void>;

  /** The service as a whole; `undefined` when nobody reported it. Safe to repeat. */
  getWorkloadState(
    namespace: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<WorkloadState | undefined>;

  /**
   * As {@link getWorkloadState} for many services; one that nobody reported is absent from the map. Rejects as
   * {@link batchGetLinkedPod} where keys of some cannot be read. Safe to repeat.
   */
  getWorkloadStateBatch(
    namespace: string,
    serviceNames: readonly string[],
    options?: CallOptions,
  ): Promise<Map<string, WorkloadState>>;

  /**
   * Links unconditionally, over a claim of another pod too. A claim made so carries a new token each time. Where it ends
   * a claim, the owner is told on its own channel; a forced claim of the same pod ends none.
   *
   * **Not safe to repeat**: after a `TIMEOUT` its effect is unknown.
   */
  setLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    persistSeconds: number,
    options?: ClaimOwnerOptions,
  ): Promise<SetLinkedPodResult>;

  /**
   * Links unless a claim of another pod stands; a temporary link to any pod gives way, and so does this pod's own claim.
   * Of concurrent claims one wins, and every caller is told which.
   *
   * A claim's token is kept when it already names this pod and incarnation and is not below `minToken`; else it becomes
   * the greatest of the store's time in µs, the last token + 1 and `minToken`. Tokens of one (namespace, uid, service)
   * only grow, also across removals, for 7 days after the uid's last claim ended.
   *
   * Where the record of the user's claim names this pod and a greater incarnation of another run, a claim rejects with
   * `FENCED`, which carries the one it `met`, and changes nothing. A claim of another pod is told first; no condition
   * comes before the fence.
   *
   * Safe to repeat, within one epoch.
   *
   * @example
   * const { linked, token } = await stateful.trySetLinkedPod('game', 'ada', 'room', 0, PERSIST_FOREVER, { incarnation });
   */
  trySetLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    persistSeconds: number,
    options?: TrySetLinkedPodOptions,
  ): Promise<TrySetResult>;

  /**
   * Links if there is no link, and returns the one in force.
   *
   * An existing temporary link to any pod is renewed to live at least `persistSeconds`; never shortened. A claim is
   * untouched. With `PERSIST_FOREVER` a temporary link of the same pod becomes a claim, with a new token and no
   * incarnation; another pod's is left as it is.
   *
   * Safe to repeat.
   */
  setLinkedPodIfAbsent(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    persistSeconds: number,
    options?: EpochOptions,
  ): Promise<LinkInForce>;

  /**
   * Replaces a link that names `from` by a temporary one to `to`, on the conditions given, and returns the pod in force.
   * `persistSeconds` is an integer ≥ 1: only a pod makes a claim, and only for itself.
   *
   * Safe to repeat: finding `to` in force is success, and changes nothing.
   */
  replaceLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    from: number,
    to: number,
    persistSeconds: number,
    options?: ReplaceLinkedPodOptions,
  ): Promise<ReplaceResult>;

  /** The linked pod, or `undefined`. Safe to repeat. */
  getLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<number | undefined>;

  /** The linked pod if the link is a claim, or `undefined`. Safe to repeat. */
  getLinkedPodIfPersist(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<number | undefined>;

  /**
   * What is kept of the user's link, beside the store's time; without a link there is no `podId`. Never an old reading: it
   * is of a moment after the call began. Safe to repeat.
   */
  getLink(namespace: string, uid: string, serviceName: string, options?: CallOptions): Promise<LinkReading>;

  /**
   * The uids of each pod, in input order and with duplicates; a uid without a link is left out.
   *
   * One round trip per node for each 1,000 uids, in parallel; none for no uids. It is not one moment's picture.
   *
   * Where keys of some uids hold what cannot be read, the call rejects with `STORE_ERROR`, not retryable, whose `damaged` names
   * them all, once each: to leave them out would say that they have no link. The same call without them answers for the
   * others. Safe to repeat.
   */
  batchGetLinkedPod(
    namespace: string,
    uids: readonly string[],
    serviceName: string,
    options?: CallOptions,
  ): Promise<Map<number, string[]>>;

  /** As {@link batchGetLinkedPod}, with each uid's whole link. Safe to repeat. */
  batchGetLink(
    namespace: string,
    uids: readonly string[],
    serviceName: string,
    options?: CallOptions,
  ): Promise<Map<string, Link>>;

  /**
   * Removes a link, whichever pod it names, and returns whether there was one.
   *
   * **Not safe to repeat**: after a `TIMEOUT` its effect is unknown, and a repetition may remove a newer link.
   */
  removeLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: RemoveLinkedPodOptions,
  ): Promise<boolean>;

  /**
   * Removes a link if it names `podId`, and carries `token` if one is given; returns whether it did.
   *
   * Safe to repeat with a token only.
   */
  removeLinkedPodWithId(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    options?: RemoveLinkedPodWithIdOptions,
  ): Promise<boolean>;

  /** The pod that holds the uid in each service, claims only. Safe to repeat. */
  getLinkService(namespace: string, uid: string, options?: CallOptions): Promise<Map<string, number>>;

  /**
   * Enters a user into an ordinal's roster, the superset of its claims from which a restarted pod finds its users again.
   * Returns the entry's number, which grows with every entry of the roster; a user entered again gets a new one.
   *
   * Safe to repeat.
   */
  enterRoster(
    namespace: string,
    serviceName: string,
    podId: number,
    uid: string,
    options: EnterRosterOptions,
  ): Promise<number>;

  /** Removes a user's entry from an ordinal's roster, if it still has this number; returns whether it did. Safe to repeat. */
  leaveRoster(
    namespace: string,
    serviceName: string,
    podId: number,
    uid: string,
    options: LeaveRosterOptions,
  ): Promise<boolean>;

  /**
   * A page of an ordinal's roster, and the cursor of the next one. Every entry that stands during the whole reading is
   * in one of its pages, perhaps in two. Safe to repeat.
   */
  readRoster(
    namespace: string,
    serviceName: string,
    podId: number,
    options?: ReadRosterOptions,
  ): Promise<RosterPage>;
}
