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
  type BatchGetLinkOptions,
  isSameRun,
  type ReplaceLinkedPodOptions,
  type ReplaceResult,
  type StatefulExecutor,
  type TrySetLinkedPodOptions,
} from '@stateful-route/core/adapter';
import { readUndamaged } from '../../store/read-undamaged.ts';
import { ON_RETRY, type RetryOptions } from '../../store/store-calls.ts';
import { backoffMs } from '../../waiting/backoff.ts';
import { pause } from '../../waiting/pause.ts';
import type { PodPlace } from '../../wiring/place.ts';

/** The pod's present incarnation, as claims need it. */
export interface ClaimingIncarnation {
  readonly incarnation: string;
  /** How long the pod may serve without another acknowledged heartbeat, in ms: no claim may be made later. */
  servingMs(): number;
}

/** What the store's calls for claims depend on. */
export interface ClaimStoreParts {
  readonly stateful: StatefulExecutor;
  readonly clock: Clock;
  readonly pod: PodPlace;
  readonly leaseMs: number;
  /** The default timeout of a call. */
  readonly timeoutMs: number;
  readonly retryMs: number;
  readonly incarnations: ClaimingIncarnation;
}

/**
 * A write does nothing after its deadline, which is in store time. It was computed from a time that the store had already
 * reached, so it also passes by this process's clock, up to the difference in speed of the two clocks. This is the margin for
 * that.
 */
const CLOCK_DRIFT_MS = 5;

/** The options of one attempt to claim. */
export type ClaimAttempt = Pick<
  TrySetLinkedPodOptions,
  'minToken' | 'assertToken' | 'onlyIfNamed' | 'onlyIfClaimed' | 'despitePin' | 'signal' | 'epoch'
> & { readonly timeoutMs: number };

/** Why a user is moved, and for how long nobody has served the user. */
export type MoveReason = Required<Pick<ReplaceLinkedPodOptions, 'why' | 'unservedMs'>> &
  Pick<ReplaceLinkedPodOptions, 'by'>;

/** The store calls that a pod makes for its claims. */
export class ClaimStore {
  readonly #parts: ClaimStoreParts;

  constructor(parts: ClaimStoreParts) {
    this.#parts = parts;
  }

  get podId(): number {
    return this.#parts.pod.podId;
  }

  /** The timeout of a claim: what its caller has left, but never beyond the pod's fence. */
  claimMs(leftMs: number = this.#parts.timeoutMs): number {
    return Math.max(1, Math.min(leftMs, this.#parts.incarnations.servingMs()));
  }

  /**
   * Claims the user for the present incarnation. `onRetry` is called when the reply of an attempt was lost and another is made:
   * until the call's deadline the first can still act, even after the reply of the second.
   */
  claim(uid: string, attempt: ClaimAttempt, onRetry: () => void): Promise<TrySetResult> {
    const { stateful, leaseMs } = this.#parts;
    const { namespace, serviceName, podId } = this.#parts.pod;
    // Spelled out, as each first claim passes here: a spread costs several times as much.
    const options: TrySetLinkedPodOptions & RetryOptions = {
      incarnation: this.#parts.incarnations.incarnation,
      leaseMs,
      minToken: attempt.minToken,
      assertToken: attempt.assertToken,
      onlyIfNamed: attempt.onlyIfNamed,
      onlyIfClaimed: attempt.onlyIfClaimed,
      despitePin: attempt.despitePin,
      timeoutMs: attempt.timeoutMs,
      signal: attempt.signal,
      epoch: attempt.epoch,
      [ON_RETRY]: onRetry,
    };
    return stateful.trySetLinkedPod(namespace, uid, serviceName, podId, PERSIST_FOREVER, options);
  }

  /** Claims the user even if another pod's claim stands. */
  async forceClaim(uid: string, attempt: ClaimAttempt): Promise<TrySetResult> {
    const { stateful, leaseMs } = this.#parts;
    const { namespace, serviceName, podId } = this.#parts.pod;
    const set = await stateful.setLinkedPod(namespace, uid, serviceName, podId, PERSIST_FOREVER, {
      minToken: attempt.minToken,
      incarnation: this.#parts.incarnations.incarnation,
      leaseMs,
      timeoutMs: attempt.timeoutMs,
      signal: attempt.signal,
    });
    return { ...set, linked: true, podId };
  }

  /** Removes the claim with this token, if it still exists. Safe to repeat. */
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

  /**
   * Replaces the claim with this token by a temporary link to another pod, for a reason. The user was saved for that pod, so a pin
   * that was set since does not count. Safe to repeat.
   */
  async move(
    uid: string,
    token: number,
    to: number,
    linkSeconds: number,
    reason: MoveReason,
  ): Promise<ReplaceResult> {
    const { stateful } = this.#parts;
    const { namespace, serviceName, podId } = this.#parts.pod;
    let moved: ReplaceResult | undefined;
    do {
      moved = await stateful.replaceLinkedPod(namespace, uid, serviceName, podId, to, linkSeconds, {
        ...reason,
        ifToken: token,
        despitePin: moved?.pinnedTo,
      });
    } while (moved.pinnedTo !== undefined);
    return moved;
  }

  /**
   * The links of many users, 1,000 a round trip; `undefined` for a user without one. A user whose keys are damaged is missing
   * in the map, and `refusal` is the store's error that names such users. Rejects if the store fails.
   */
  async links(
    uids: readonly string[],
    options?: BatchGetLinkOptions,
  ): Promise<{ readonly links: ReadonlyMap<string, Link | undefined>; readonly refusal: unknown }> {
    const { stateful, pod } = this.#parts;
    const found = new Map<string, Link | undefined>();
    let refusal: unknown;
    for (let at = 0; at < uids.length; at += BATCH_LIMIT) {
      const some = uids.slice(at, at + BATCH_LIMIT);
      const read = await readUndamaged(some, (readable) =>
        stateful.batchGetLink(pod.namespace, readable, pod.serviceName, options),
      );
      for (const uid of some) if (!read.damaged.has(uid)) found.set(uid, read.found.get(uid));
      refusal ??= read.refusal;
    }
    return { links: found, refusal };
  }

  /** The pods that users are pinned to, of those who have a pin and a link. 1,000 users a round trip. Rejects if the store fails. */
  async pinsOf(uids: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const pins = new Map<string, number>();
    const { links } = await this.links(uids, { pins: true });
    for (const [uid, link] of links) if (link?.pin) pins.set(uid, link.pin.podId);
    return pins;
  }

  /** Whether a link is a claim of this run, whatever its incarnation and token. */
  isOwn(link: Pick<Link, 'permanent' | 'incarnation'> & { readonly podId?: number | undefined }): boolean {
    const { pod, incarnations } = this.#parts;
    return (
      link.permanent &&
      link.podId === pod.podId &&
      link.incarnation !== undefined &&
      isSameRun(link.incarnation, incarnations.incarnation)
    );
  }

  /** Reads whether the user's link is a claim of this run. */
  async isOwnNow(uid: string): Promise<boolean> {
    const link = (await this.links([uid])).links.get(uid);
    return link !== undefined && this.isOwn(link);
  }

  /** The monotonic time after which a write with this timeout, begun now, can no longer act. */
  deadline(timeoutMs: number = this.#parts.timeoutMs): number {
    return this.#parts.clock.monotonic() + timeoutMs + CLOCK_DRIFT_MS;
  }

  /**
   * Reads the user's link once no write with this deadline can change it. Returns the token of this run's claim as `token`, that
   * of an earlier run's claim on this ordinal as `waits`, else neither. Rejects only with the signal's reason.
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
        // Damaged keys cannot have been claimed: a script that reads them writes nothing.
        if (failsPermanently(error)) return {};
        await pause(clock, backoffMs(retryMs, failures), signal);
      }
    }
  }
}

/** Whether the same call would fail again: keys are damaged, or a right is missing. An unreachable store is never permanent. */
export function failsPermanently(error: unknown): boolean {
  return isRouteError(error, 'STORE_ERROR') && !error.retryable && error.unreachable === undefined;
}

/** Whether a failed write has certainly written nothing. */
export function wroteNothing(error: unknown): boolean {
  if (!isRouteError(error)) return false;
  if (isRouteError(error, 'TIMEOUT')) return error.effect === 'none';
  // A permanent refusal comes before the first write.
  if (isRouteError(error, 'STORE_ERROR')) return error.epoch !== undefined || !error.retryable;
  return !isRouteError(error, 'INTERNAL_ERROR');
}
