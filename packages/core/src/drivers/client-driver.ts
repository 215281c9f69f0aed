import type { LinkInForce } from '../domain/link.ts';
import type { CallOptions } from '../domain/call-options.ts';

/**
 * The caller's side: which pod serves a user.
 *
 * Links can be read in any namespace, but made only in the local one (`NAMESPACE_NOT_LOCAL`). A failed store call rejects
 * with `STORE_ERROR` or `TIMEOUT`. All reads, `computeLinkedPod` and `setLinkedPodIfAbsent` are safe to retry.
 */
export interface StatefulRouteForClientDriver {
  /** Loads the local service, so that the first lookup costs one round trip. */
  init(options?: CallOptions): Promise<void>;

  /**
   * Returns the pod that serves the user, and links the user if necessary: no I/O for a known user, one round trip for a new
   * one. Concurrent lookups of one user share one request.
   *
   * Rejects with `SERVICE_NOT_READY` if no pod can take the user, and with `POD_NOT_AVAILABLE` and `retryAfterMs` if the pod
   * that holds the user cannot be called but its lease still runs.
   */
  computeLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<number>;

  /** The linked pod: from memory, else from the store; `undefined` when there is no link. */
  getLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<number | undefined>;

  /** The linked pod from memory, else the store's claim; `undefined` for a user whom no pod has accepted. */
  getLinkedPodInCacheOrIfPersist(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<number | undefined>;

  /** The linked pod, read from the store. */
  getLinkedPodNotCache(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<number | undefined>;

  /** The cached pod, if it is available. Synchronous, no I/O. */
  getLinkedInCache(namespace: string, uid: string, serviceName: string): number | undefined;

  /** Removes the user's cached link; returns whether there was one. */
  cacheExpired(namespace: string, uid: string, serviceName: string): boolean;

  /** Caches a user's pod, as if it had been read. */
  setCache(namespace: string, uid: string, serviceName: string, podId: number): void;

  /** Makes a temporary link to the given pod if there is no link, and returns the link in force. */
  setLinkedPodIfAbsent(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    options?: CallOptions,
  ): Promise<LinkInForce>;

  /** The pod that holds the uid in each service, claims only. */
  getLinkService(namespace: string, uid: string, options?: CallOptions): Promise<Map<string, number>>;

  /**
   * The uids of each pod, in input order. A uid without a link is left out. So is one whose keys cannot be read: the log has an
   * error that names it, and a call about that uid alone rejects with `STORE_ERROR`.
   */
  batchGetLinkedPod(
    namespace: string,
    uids: readonly string[],
    serviceName: string,
    options?: CallOptions,
  ): Promise<Map<number, string[]>>;

  /** Clears all caches; the driver cannot be used afterwards. */
  close(): Promise<void>;
}
