import {
  type CallOptions,
  type Clock,
  isRouteError,
  type Link,
  PERSIST_FOREVER,
  type TrySetResult,
} from '@stateful-route/core';
import {
  BATCH_LIMIT,
  isSameRun,
  type ReplaceResult,
  type StatefulExecutor,
  type TrySetLinkedPodOptions,
} from '@stateful-route/core/adapter';
import { RETRIED, type RetriedOption } from '../../store/retry-safe-calls.ts';
import { readUndamaged } from '../../store/read-undamaged.ts';
import { backoffMs } from '../../waiting/backoff.ts';
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
  /** How long the pod may serve without another acknowledged heartbeat, in ms: no claim may be made later. */
  readonly servingMs: () => number;
}

/**
 * A write acts before its deadline by the store's clock. That was told from a time which the store had passed by then, so
 * that by this process's clock it is over no later, but for what two clocks differ in their speed.
 */
const CLOCKS_DIFFER_MS = 5;

/** How a claim is tried. */
export type ClaimAttempt = Omit<TrySetLinkedPodOptions, 'incarnation' | 'leaseMs'> & {
  readonly timeoutMs: number;
};

/** The calls of the store that a pod makes for its claims. */
export class ClaimStore {
  readonly #parts: ClaimStoreParts;

  constructor(parts: ClaimStoreParts) {
    this.#parts = parts;
  }

  get podId(): number {
    return this.#parts.pod.podId;
  }

  /** How much time a claim may be given, of what its caller has: its deadline is never after the pod's fence. */
  claimMs(leftMs: number = this.#parts.timeoutMs): number {
    return Math.max(1, Math.min(leftMs, this.#parts.servingMs()));
  }

  /**
   * Claims the user for the incarnation of now. `onRetried` is told when the reply of an attempt was lost and another is
   * made: the first can still act after the second was answered, until the call's deadline.
   */
  claim(uid: string, attempt: ClaimAttempt, onRetried: () => void): Promise<TrySetResult> {
    const { stateful, leaseMs } = this.#parts;
    const { namespace, serviceName, podId } = this.#parts.pod;
    const options: TrySetLinkedPodOptions & RetriedOption = {
      ...attempt,
      incarnation: this.#parts.incarnation(),
      leaseMs,
      [RETRIED]: onRetried,
    };
    return stateful.trySetLinkedPod(namespace, uid, serviceName, podId, PERSIST_FOREVER, options);
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

  /**
   * The links of many users, 1,000 a round trip. A user who is not in the map could not be read, as what the store keeps of
   * that user is damaged: `refusal` names such users. One without a link is there as `undefined`. Rejects where the store fails.
   */
  async links(
    uids: readonly string[],
  ): Promise<{ readonly links: ReadonlyMap<string, Link | undefined>; readonly refusal: unknown }> {
    const { stateful, pod } = this.#parts;
    const found = new Map<string, Link | undefined>();
    let refusal: unknown;
    for (let at = 0; at < uids.length; at += BATCH_LIMIT) {
      const some = uids.slice(at, at + BATCH_LIMIT);
      const read = await readUndamaged(some, (readable) =>
        stateful.batchGetLink(pod.namespace, readable, pod.serviceName),
      );
      for (const uid of some) if (!read.damaged.has(uid)) found.set(uid, read.found.get(uid));
      refusal ??= read.refusal;
    }
    return { links: found, refusal };
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

  /** The monotonic time from which on a write that is begun now, with this much time, can act no more. */
  deadline(timeoutMs: number = this.#parts.timeoutMs): number {
    return this.#parts.clock.monotonic() + timeoutMs + CLOCKS_DIFFER_MS;
  }

  /**
   * What the user's link says once no write with this deadline can change it any more: `token` of this run's claim,
   * `waits` of an earlier run's claim on this ordinal, or neither. Rejects only with the signal's reason.
   */
  async settle(
    uid: string,
    deadline: number,
    signal: AbortSignal,
  ): Promise<{ readonly token?: number | undefined; readonly waits?: number | undefined }> {
    const { stateful, clock, pod, retryMs } = this.#parts;
    await pause(clock, Math.max(0, deadline - clock.monotonic()), signal);
    for (let failures = 0; ; failures++) {
      signal.throwIfAborted();
      try {
        const link = await stateful.getLink(pod.namespace, uid, pod.serviceName, { signal });
        if (this.isOwn(link)) return { token: link.token };
        return link.permanent && link.podId === pod.podId ? { waits: link.token } : {};
      } catch (error) {
        // What cannot be read cannot have been claimed either: a script that meets damaged keys writes nothing.
        if (failsForGood(error)) return {};
        await pause(clock, backoffMs(retryMs, failures), signal);
      }
    }
  }
}

/**
 * Whether the same call would fail again, as what the store keeps is damaged or the right is missing. A store that was not
 * reached says nothing of what it keeps, whatever the reason.
 */
export function failsForGood(error: unknown): boolean {
  return isRouteError(error, 'STORE_ERROR') && !error.retryable && error.unreachable === undefined;
}

/** Whether a write that failed has certainly written nothing. */
export function wroteNothing(error: unknown): boolean {
  if (!isRouteError(error)) return false;
  if (isRouteError(error, 'TIMEOUT')) return error.effect === 'none';
  // A server that refuses for good has refused before the first write.
  if (isRouteError(error, 'STORE_ERROR')) return error.epoch !== undefined || !error.retryable;
  return !isRouteError(error, 'INTERNAL_ERROR');
}
