import type { Link, LinkInForce, ReplaceResult, TrySetResult } from '../link.ts';
import type { HeartbeatAck, PodReport, ServiceStateRead } from '../stateful-service-state.ts';
import type { WorkloadReport, WorkloadState } from '../workload-state.ts';
import type { CallOptions } from './call-options.ts';

/** Which entry a removal is meant for; a field that is not given is not compared. */
export interface RemoveServiceStateOptions extends CallOptions {
  readonly incarnation?: string | undefined;
  readonly updateTime?: number | undefined;
}

/** How a link is tried. Both count for claims only, that is, with `PERSIST_FOREVER`. */
export interface TrySetLinkedPodOptions extends CallOptions {
  /** The life of the pod that makes the claim; without one, every claim of the pod is of the same, unnamed life. */
  readonly incarnation?: string | undefined;
  /** The token will not be less than this; at most 2^53 − 2^32, so that tokens can go on growing. */
  readonly minToken?: number | undefined;
  /**
   * Puts back a claim that the store lost, with exactly this token. Refused (`linked: false`) where the store keeps a
   * greater one, or a link of another pod stands, temporary or not. Excludes `minToken`.
   */
  readonly assertToken?: number | undefined;
}

/** On which condition a link is replaced. */
export interface ReplaceLinkedPodOptions extends CallOptions {
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
 *
 * The contract follows the Redis executor of the older Go module, with its keys; see `docs/compatibility.md`.
 */
export interface StatefulExecutor {
  /**
   * Stores a pod's heartbeat, stamped with the store's time.
   *
   * A first heartbeat takes the pod's entry over and the reply says whose it was. A later one of another incarnation
   * than the stored one, or any of the same incarnation with a lower `seq`, rejects with `FENCED` and changes nothing.
   * The same `seq` of the same incarnation is the same heartbeat come again: it is acknowledged, with the entry it finds
   * as the previous one, and changes nothing. A heartbeat that finds its own incarnation's entry past the lease that the
   * entry carries begins `since` anew. A change of state, routing state,
   * incarnation or address, and one of load above the report's threshold, is pushed to the feed.
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
   * Reads all pods of a service, the store's time beside them. A service that nobody knows has none.
   *
   * Never an old reading: it is of a moment after the call began. Safe to repeat.
   */
  getServiceState(namespace: string, serviceName: string, options?: CallOptions): Promise<ServiceStateRead>;

  /**
   * Removes a pod's entry, if it is still of the incarnation and the time given, and pushes that it is gone.
   * Returns whether it removed one. Safe to repeat when both are given.
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

  /** As {@link getWorkloadState} for many services; one that nobody reported is absent from the map. Safe to repeat. */
  getWorkloadStateBatch(
    namespace: string,
    serviceNames: readonly string[],
    options?: CallOptions,
  ): Promise<Map<string, WorkloadState>>;

  /**
   * Links unconditionally, over a claim of another pod too, and returns the pod that was linked before.
   * A claim made so carries a new token each time, and no incarnation.
   *
   * **Not safe to repeat**: after a `TIMEOUT` its effect is unknown.
   */
  setLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    persistSeconds: number,
    options?: CallOptions,
  ): Promise<number | undefined>;

  /**
   * Links unless a claim of another pod stands; a temporary link, whosever, gives way, and so does this pod's own claim.
   * Of concurrent claims one wins, and every caller is told which.
   *
   * A claim's token is kept when it already names this pod and incarnation and is not below `minToken`; else it becomes
   * the greatest of the store's time in µs, the last token + 1 and `minToken`. Tokens of one (namespace, uid, service)
   * only grow, also across removals, for 7 days.
   *
   * Safe to repeat.
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
   * An existing temporary link, whosever, is renewed to live at least `persistSeconds`; never shortened. A claim is
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
    options?: CallOptions,
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

  /** The link with its permanence, token and time left, or `undefined`. Safe to repeat. */
  getLink(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<Link | undefined>;

  /**
   * The uids of each pod, in input order and with duplicates; a uid without a link is left out.
   *
   * One round trip per node for each 1,000 uids, in parallel; none for no uids. It is not one moment's picture.
   * Safe to repeat.
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
   * Removes a link, whosever, and returns whether there was one.
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
}
