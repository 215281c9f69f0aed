import {
  BATCH_LIMIT,
  type CallOptions,
  type Clock,
  isRouteError,
  isSameRun,
  type Link,
  PERSIST_FOREVER,
  type ReplaceResult,
  type StatefulExecutor,
  type TrySetLinkedPodOptions,
  type TrySetResult,
} from '@stateful-route/core';
import { pause } from '../../waiting/pause.ts';

/** The pod whose claims these are. */
export interface ClaimingPod {
  readonly namespace: string;
  readonly serviceName: string;
  readonly podId: number;
}

/** What the store's calls for claims depend on. */
export interface ClaimStoreParts {
  readonly stateful: StatefulExecutor;
  readonly clock: Clock;
  readonly pod: ClaimingPod;
  readonly leaseMs: number;
  /** The deadline of a call that names none, in ms. */
  readonly timeoutMs: number;
  readonly retryMs: number;
  /** The incarnation of now. */
  readonly incarnation: () => string;
  /** The store's time cannot be later than this now; `undefined` before the first reply. */
  readonly latestStoreTime: () => number | undefined;
  /** How long the pod may serve without another acknowledged heartbeat, in ms: no claim may be made later. */
  readonly servingMs: () => number;
}

/** How a claim is tried. */
export type ClaimAttempt = Omit<TrySetLinkedPodOptions, 'incarnation' | 'leaseMs'> & {
  readonly timeoutMs: number;
};

/** Until when a write whose reply was lost can still act. */
export interface WriteDeadline {
  /** By the store's clock. */
  readonly storeTime: number;
  /** By this process's monotonic clock. */
  readonly monotonic: number;
}

/** The calls of the store that a pod makes for its claims. */
export class ClaimStore {
  readonly #parts: ClaimStoreParts;

  constructor(parts: ClaimStoreParts) {
    this.#parts = parts;
  }

  /** How much time a claim may be given, of what its caller has: its deadline is never after the pod's fence. */
  claimMs(leftMs: number = this.#parts.timeoutMs): number {
    return Math.max(1, Math.min(leftMs, this.#parts.servingMs()));
  }

  /** Claims the user for the incarnation of now. */
  claim(uid: string, attempt: ClaimAttempt): Promise<TrySetResult> {
    const { stateful, leaseMs } = this.#parts;
    const { namespace, serviceName, podId } = this.#parts.pod;
    return stateful.trySetLinkedPod(namespace, uid, serviceName, podId, PERSIST_FOREVER, {
      ...attempt,
      incarnation: this.#parts.incarnation(),
      leaseMs,
    });
  }

  /** Claims the user over anyone's claim. */
  async forceClaim(uid: string, attempt: ClaimAttempt): Promise<TrySetResult> {
    const { stateful, leaseMs } = this.#parts;
    const { namespace, serviceName, podId } = this.#parts.pod;
    const set = await stateful.setLinkedPod(namespace, uid, serviceName, podId, PERSIST_FOREVER, {
      minToken: attempt.minToken,
      incarnation: this.#parts.incarnation(),
      leaseMs,
      timeoutMs: attempt.timeoutMs,
      signal: attempt.signal,
    });
    return { ...set, linked: true, podId };
  }

  /** Removes the claim with this token, if it still stands; may be repeated. */
  remove(uid: string, token: number, keepSeconds?: number): Promise<boolean> {
    const { stateful } = this.#parts;
    const { namespace, serviceName, podId } = this.#parts.pod;
    return stateful.removeLinkedPodWithId(namespace, uid, serviceName, podId, { token, keepSeconds });
  }

  /** Removes a temporary link to this pod. */
  refuse(uid: string, options: CallOptions = {}): Promise<boolean> {
    const { stateful } = this.#parts;
    const { namespace, serviceName, podId } = this.#parts.pod;
    return stateful.removeLinkedPodWithId(namespace, uid, serviceName, podId, {
      ...options,
      onlyIfTemporary: true,
    });
  }

  /** Makes the claim with this token a temporary link to another pod; may be repeated. */
  move(uid: string, token: number, to: number, linkSeconds: number): Promise<ReplaceResult> {
    const { stateful } = this.#parts;
    const { namespace, serviceName, podId } = this.#parts.pod;
    return stateful.replaceLinkedPod(namespace, uid, serviceName, podId, to, linkSeconds, { ifToken: token });
  }

  /** The links of many users, 1,000 a round trip. */
  async links(uids: readonly string[]): Promise<Map<string, Link>> {
    const { stateful, pod } = this.#parts;
    const found = new Map<string, Link>();
    for (let at = 0; at < uids.length; at += BATCH_LIMIT) {
      const some = uids.slice(at, at + BATCH_LIMIT);
      const links = await stateful.batchGetLink(pod.namespace, some, pod.serviceName);
      for (const [uid, link] of links) found.set(uid, link);
    }
    return found;
  }

  /** Whether a link is a claim of this run, of whatever life and token. */
  isOwn(link: Pick<Link, 'permanent' | 'incarnation'> & { readonly podId?: number | undefined }): boolean {
    const { pod, incarnation } = this.#parts;
    return (
      link.permanent &&
      link.podId === pod.podId &&
      link.incarnation !== undefined &&
      isSameRun(link.incarnation, incarnation())
    );
  }

  /** Until when a write that is begun now, with this much time, can act. */
  deadline(timeoutMs: number = this.#parts.timeoutMs): WriteDeadline {
    const { clock, latestStoreTime } = this.#parts;
    return {
      storeTime: (latestStoreTime() ?? Number.NEGATIVE_INFINITY) + timeoutMs,
      monotonic: clock.monotonic() + timeoutMs,
    };
  }

  /**
   * The token of this run's claim of the user, once no write begun before can change it any more: reads the link until
   * its reply's store time lies past the deadline. Rejects only with the signal's reason.
   */
  async settle(uid: string, deadline: WriteDeadline, signal: AbortSignal): Promise<number | undefined> {
    const { stateful, clock, pod, leaseMs, retryMs } = this.#parts;
    for (;;) {
      signal.throwIfAborted();
      const askedAt = clock.monotonic();
      let waitMs = retryMs;
      try {
        const link = await stateful.getLink(pod.namespace, uid, pod.serviceName, { signal });
        // A master whose clock is behind would never get there; its predecessor's writes are over after a lease.
        const isPast = link.storeTime > deadline.storeTime || askedAt > deadline.monotonic + leaseMs;
        if (isPast) return this.isOwn(link) ? link.token : undefined;
        waitMs = Math.min(Math.max(1, deadline.storeTime - link.storeTime + 1), leaseMs);
      } catch {
        // The reading is repeated until it succeeds; a retry of the store's calls reports why it fails.
      }
      await pause(clock, waitMs, signal);
    }
  }
}

/** Whether a write that failed has certainly written nothing. */
export function wroteNothing(error: unknown): boolean {
  if (!isRouteError(error)) return false;
  if (isRouteError(error, 'TIMEOUT')) return error.effect === 'none';
  if (isRouteError(error, 'STORE_ERROR')) return error.epoch !== undefined;
  return !isRouteError(error, 'INTERNAL_ERROR');
}
