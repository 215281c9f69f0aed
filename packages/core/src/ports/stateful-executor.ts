import type {
  BatchGetLinkOptions,
  ByOptions,
  CallOptions,
  EnterRosterOptions,
  LeaveRosterOptions,
  MarkServiceStateOptions,
  PlaceOptions,
  ReadRosterOptions,
  RemoveLinkedPodOptions,
  RemoveLinkedPodWithIdOptions,
  RemoveServiceStateOptions,
  ReplaceLinkedPodOptions,
  ReportDeadOptions,
  SetLinkedPodOptions,
  TrySetLinkedPodOptions,
} from '../domain/call-options.ts';
import type {
  Link,
  LinkReading,
  Pin,
  PlacementResult,
  ReplaceResult,
  SetLinkedPodResult,
  TrySetResult,
} from '../domain/link.ts';
import type { RosterPage } from '../domain/roster.ts';
import type { StateWord } from '../domain/service-state.ts';
import type { HeartbeatAck, PodReport, ServiceStateRead } from '../domain/stateful-service-state.ts';
import type { WorkloadReport, WorkloadState } from '../domain/workload-state.ts';

/**
 * Pod states, workload states and links.
 *
 * For every method:
 *
 * - Calls may run concurrently. Each is atomic. Calls about one uid's links take effect in the order in which they were
 *   made, awaited or not; each fails alone.
 * - A bad argument rejects with `INVALID_PARAMETER`, which names it, before any I/O.
 * - A store that fails or cannot be reached rejects with `STORE_ERROR`, a passed deadline with `TIMEOUT`. Neither is ever
 *   returned as a value. Each method says whether a repetition is safe.
 * - Namespaces are isolated from each other. Times are the store's, in ms since the epoch.
 * - `persistSeconds` is `PERSIST_FOREVER` (a claim) or an integer ≥ 1 (a temporary link's time to live).
 * - **Every way a claim ends leaves an ended record**: the last token, without an owner. That holds for a removal,
 *   `keepSeconds`, a hand-off and a take-over; a forced link leaves the record of the new claim. A removal or a forced link
 *   that ends a claim without its token notifies the owner on its pod's channel (`StateFeed.subscribePod`).
 * - A write takes effect before its deadline, by the store's clock, or never.
 * - **Every link of this library has its reason** (see `Reason`), written in the same step.
 * - **A placement on another pod than the user's pin is refused** and returns the pin; nothing is written. That concerns
 *   `setLinkedPodIfAbsent`, `trySetLinkedPod` and `replaceLinkedPod`, where they would link the user to a pod that the link in
 *   force does not name. A quarantined user is refused in the same way, whatever the pin. The store does not know whether the pin's pod is alive: a caller who knows that it is not repeats the call
 *   with `despitePin`. A link that stands is not changed by a pin, and a forced link, or a claim that is restored with
 *   `assertToken`, is not refused.
 *
 * The contract follows the Redis executor of the older Go module, with its keys; see `docs/compatibility.md`.
 */
export interface StatefulExecutor {
  /**
   * Stores a pod's heartbeat with the store's time, if its incarnation is greater than the entry's (see
   * `compareIncarnations`), or the same with a greater `seq`. A lower incarnation rejects with `FENCED`, which carries the
   * greater one as `met`. A repeated or lower `seq` of the same incarnation is acknowledged and changes nothing. An incarnation
   * that was reported dead ({@link reportDead}) rejects with `FENCED`, too, with itself as `met`, unless the heartbeat ends it.
   *
   * A run's first heartbeat (`beatenBefore: false`) is never fenced by an entry that has ended or is past its lease. If its
   * `start` is not above that entry's, it is stored with a `start` one above. Within a run the greatest `start` remains. The
   * reply always has the incarnation as stored.
   *
   * The first heartbeat of a directory sets `since`. A later one resets it when its own ordinal's entry is overdue (older
   * than one lease less a period) and either at least half of the other entries are silent (see `isMassExpiry`) or all
   * entries are past their leases; but never within three leases of the last reset. Ended entries are not counted, neither
   * as own nor as others. If all entries were past their leases, `quiet` is set to the same time, else it is cleared.
   *
   * A heartbeat with `beatenBefore` that finds no entry for its ordinal, in a directory younger than its lease, sets
   * `restored`. It is set once in a directory's life.
   *
   * A change of state, routing state, incarnation, address or healing is pushed to the feed, and a change of load above the
   * report's threshold.
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
   * Writes the state word of a silent pod, which the older sides read, and returns whether it did. The pod's details stay:
   * readers of this library see no change, and the pod's next heartbeat writes its own word.
   *
   * It writes only if the entry still has the given incarnation and time, and the word is still the one last written by the
   * entry's heartbeat or by a mark. Any other word was written by a pod of the older sides.
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
   * Reads all pods of a service, with the store's time. An unknown service has none.
   *
   * A pod's details outrank its word, unless `givesWay` says otherwise. A word without details, or one that details give way
   * to, is a pod of the older sides: load 0, routing state `READY`, no age. A pod with unreadable details has state and
   * routing state `UNKNOWN` and no age; it is reported to the executors' logger, and the other pods are read all the same.
   *
   * Never stale: the reading is from after the call began. Safe to repeat.
   */
  getServiceState(namespace: string, serviceName: string, options?: CallOptions): Promise<ServiceStateRead>;

  /**
   * Ends the lease of a pod's incarnation at once, whatever its age: its process is known to have ended. Its entry's state becomes
   * `FAILED`, which is pushed to the feed, and a heartbeat of it that arrives later rejects with `FENCED`. The word of a pod of the
   * older sides stays.
   *
   * Returns whether the pod has an entry. One that has ended stays as it is. If it is another incarnation's, the call rejects with
   * `FENCED`, which carries that one as `met`, and changes nothing.
   *
   * Only who has proof of the death may call this: while the process lives, its users would be served on two pods until its next
   * heartbeat. Safe to repeat.
   */
  reportDead(
    namespace: string,
    serviceName: string,
    podId: number,
    options: ReportDeadOptions,
  ): Promise<boolean>;

  /**
   * Removes a pod's entry if it still has the given incarnation and time, pushes the removal, and returns whether it removed
   * one. A word that a pod of the older sides wrote remains, and is pushed as that pod.
   *
   * Without conditions it is an operator's removal: it removes the word whoever wrote it, and the pod's intent; if the entry
   * had neither ended nor passed its lease, it resets `since`.
   *
   * Safe to repeat when both conditions are given.
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
   * Like {@link getWorkloadState} for many services. A service without a report is absent from the map. Rejects like
   * {@link batchGetLinkedPod} if the keys of some cannot be read. Safe to repeat.
   */
  getWorkloadStateBatch(
    namespace: string,
    serviceNames: readonly string[],
    options?: CallOptions,
  ): Promise<Map<string, WorkloadState>>;

  /**
   * Links unconditionally, also over a claim of another pod. Each claim made this way gets a new token. If it ends a claim, the
   * owner is notified on its pod's channel; a forced claim of the same pod ends none.
   *
   * **Not safe to repeat**: after a `TIMEOUT` its effect is unknown.
   */
  setLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    persistSeconds: number,
    options?: SetLinkedPodOptions,
  ): Promise<SetLinkedPodResult>;

  /**
   * Links unless another pod's claim stands. It replaces a temporary link to any pod, and this pod's own claim. Of concurrent
   * claims one wins, and every caller learns which.
   *
   * A claim keeps its token when it already names this pod and incarnation and the token is not below `minToken`. Else its
   * token becomes the greatest of the store's time in µs, the last token + 1, and `minToken`. Tokens of one (namespace, uid,
   * service) only grow, also across removals, for 7 days after the uid's last claim ended.
   *
   * If the claim's record names this pod and a greater incarnation of another run, the call rejects with `FENCED`, which
   * carries that incarnation as `met`, and changes nothing. A claim of another pod is reported before that; the conditions
   * in the options are checked after it.
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
   * Links if there is no link, and returns the link in force.
   *
   * An existing temporary link to any pod is renewed to live at least `persistSeconds`, and never shortened. A claim is
   * unchanged. With `PERSIST_FOREVER` a temporary link of the same pod becomes a claim, with a new token and no incarnation;
   * one of another pod is unchanged.
   *
   * `podId` is `undefined` only if the user has no link and is pinned to another pod.
   *
   * Safe to repeat, within one epoch.
   */
  setLinkedPodIfAbsent(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    persistSeconds: number,
    options?: PlaceOptions,
  ): Promise<PlacementResult>;

  /**
   * Replaces a link to `from` by a temporary link to `to`, if the conditions hold, and returns the pod in force.
   * `persistSeconds` is an integer ≥ 1: only a pod makes a claim, and only for itself.
   *
   * Safe to repeat, within one epoch: if `to` is already in force, that is success, and nothing changes.
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
   * All that the store has of the user's link, with the store's time; `podId` is absent if there is no link. Never stale: the
   * reading is from after the call began. Safe to repeat.
   */
  getLink(namespace: string, uid: string, serviceName: string, options?: CallOptions): Promise<LinkReading>;

  /**
   * The uids of each pod, in input order and with duplicates. A uid without a link is left out.
   *
   * One round trip per node for each 1,000 uids, in parallel; none for an empty list. The reading is not atomic.
   *
   * If the keys of some uids cannot be read, the call rejects with `STORE_ERROR`, not retryable, whose `damaged` names each of
   * them once: leaving them out would mean that they have no link. The same call without them succeeds. Safe to repeat.
   */
  batchGetLinkedPod(
    namespace: string,
    uids: readonly string[],
    serviceName: string,
    options?: CallOptions,
  ): Promise<Map<number, string[]>>;

  /** Like {@link batchGetLinkedPod}, with each uid's whole link. Safe to repeat. */
  batchGetLink(
    namespace: string,
    uids: readonly string[],
    serviceName: string,
    options?: BatchGetLinkOptions,
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
   * Removes a link if it names `podId` and the conditions hold; returns whether it did.
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

  /**
   * Ends a user's quarantine, and forgets the deaths held against him; returns whether there was one. The service counts him among
   * its quarantined users until `unquarantineUser`. Safe to repeat.
   */
  endQuarantine(namespace: string, uid: string, serviceName: string, options?: CallOptions): Promise<boolean>;

  /**
   * Pins a user to a pod, or removes his pin if `podId` is `undefined`; returns the pin before. A pin to the same pod stays as it
   * is. While a user is pinned, the record of his last claim does not expire; without a claim, its 7 days begin when the last pin is
   * removed.
   *
   * The link is not changed: a user who lives elsewhere is not moved. The journal is in another slot of a Cluster, so the caller
   * writes there (`pinned`, `unpinned`) what the returned pin tells to have changed. Safe to repeat.
   */
  setPin(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number | undefined,
    options?: ByOptions,
  ): Promise<Pin | undefined>;

  /** The pod that owns the uid in each service, claims only. Safe to repeat. */
  getLinkService(namespace: string, uid: string, options?: CallOptions): Promise<Map<string, number>>;

  /**
   * Enters a user into an ordinal's roster: the superset of its claims, from which a restarted pod finds its users. Returns
   * the entry's number, which grows with every entry of the roster. A user entered again gets a new number.
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
   * A page of an ordinal's roster, and the cursor of the next one. An entry that exists during the whole iteration is in at
   * least one page, perhaps in two. Safe to repeat.
   */
  readRoster(
    namespace: string,
    serviceName: string,
    podId: number,
    options?: ReadRosterOptions,
  ): Promise<RosterPage>;
}
