import {
  type Clock,
  type HandOffListener,
  isRouteError,
  type Logger,
  type StatefulExecutor,
} from '@stateful-route/core';
import { pause } from '../pause.ts';
import type { PodPicker } from '../state/pod-picker.ts';
import type { ServiceStateCache } from '../state/service-state-cache.ts';
import type { ClaimRegistry, HeldClaim } from './claim-registry.ts';
import type { LinkingPod } from './pod-links.ts';

/** How many users are handed over at a time. */
const CONCURRENCY = 16;

/** What a hand-off stands on. */
export interface HandOffParts {
  readonly stateful: StatefulExecutor;
  readonly states: ServiceStateCache;
  readonly picker: PodPicker;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly pod: () => LinkingPod;
  readonly claims: ClaimRegistry;
  /** The time to live of the temporary link to the next pod, whole seconds. */
  readonly linkSeconds: number;
  /** When users that could not be moved are tried again, in ms. */
  readonly retryMs: number;
  readonly onLost: (uids: readonly string[]) => void;
}

/** How a hand-off goes about it. */
export interface HandOffPlan {
  readonly onHandOff: HandOffListener;
  /** Users a second at most. */
  readonly ratePerSecond: number;
  readonly signal: AbortSignal;
}

/**
 * Moves a pod's users to other pods, one at a time each: the pod stops serving the user, the application saves, and the
 * link becomes a temporary one to the next pod, if it still carries the claim's token. May be stopped and begun again.
 */
export class HandOff {
  readonly #parts: HandOffParts;
  /** Users whose move has an unknown outcome: they are served by nobody until the link is read. */
  readonly #open = new Map<string, number>();

  constructor(parts: HandOffParts) {
    this.#parts = parts;
  }

  /** Goes on until nobody is held, or the signal fires. */
  async run({ onHandOff, ratePerSecond, signal }: HandOffPlan): Promise<void> {
    const { claims, clock, states, retryMs } = this.#parts;
    const pod = this.#parts.pod();
    const size = Math.max(1, Math.min(CONCURRENCY, Math.floor(ratePerSecond)));
    while (claims.size > 0 && !signal.aborted) {
      let moved = 0;
      try {
        // From a read after the refusal was published: this pod is no target.
        await states.fresh(pod.namespace, pod.serviceName);
        await this.#settle();
        const users = claims.held();
        for (let at = 0; at < users.length && !signal.aborted; at += size) {
          const some = users.slice(at, at + size);
          const outcomes = await Promise.all(some.map((user) => this.#move(user, onHandOff)));
          moved += outcomes.filter(Boolean).length;
          await pause(clock, (some.length * 1_000) / ratePerSecond, signal);
        }
      } catch (error) {
        this.#parts.logger.warn(
          { err: error, left: claims.size },
          'users could not be handed over; trying again',
        );
      }
      if (moved === 0) await pause(clock, retryMs, signal);
    }
    // Out of time: who stays is served again, also where that was open.
    await this.#settle().catch((error: unknown) => {
      this.#parts.logger.warn(
        { err: error, left: this.#open.size },
        'it is still unknown who was handed over',
      );
    });
  }

  /** Whether the user is gone from this pod. */
  async #move({ uid, token }: HeldClaim, onHandOff: HandOffListener): Promise<boolean> {
    const { states, picker, claims, logger } = this.#parts;
    const pod = this.#parts.pod();
    const service = states.service(pod.namespace, pod.serviceName);
    const snapshot = await states.snapshot(pod.namespace, pod.serviceName);
    const target = picker.pick(service, snapshot, uid);
    if (target === undefined || target === pod.podId || claims.token(uid) !== token) return false;
    claims.beginRelease(uid);
    try {
      await onHandOff({ uid, token, podId: target });
    } catch (error) {
      logger.warn({ err: error, uid }, 'the application could not save the user, who stays');
      claims.resume(uid, token);
      return false;
    }
    // The pod has ended meanwhile, or the application claimed the user and serves again: what was saved is not all there is.
    if (claims.token(uid) !== token || claims.holds(uid)) return false;
    picker.place(service, target);
    return this.#replace(uid, token, target);
  }

  async #replace(uid: string, token: number, target: number): Promise<boolean> {
    const { stateful, claims, logger, linkSeconds, onLost } = this.#parts;
    const { namespace, serviceName, podId } = this.#parts.pod();
    try {
      const { linked } = await stateful.replaceLinkedPod(
        namespace,
        uid,
        serviceName,
        podId,
        target,
        linkSeconds,
        {
          ifToken: token,
        },
      );
      if (claims.delete(uid, token) && !linked) onLost([uid]);
      return true;
    } catch (error) {
      if (isRouteError(error, 'INVALID_PARAMETER')) throw error;
      logger.warn({ err: error, uid }, 'it is unknown whether the user was moved; the link decides');
      this.#open.set(uid, token);
      return false;
    }
  }

  /** Reads the links of users whose move has an unknown outcome. */
  async #settle(): Promise<void> {
    if (this.#open.size === 0) return;
    const { stateful, claims } = this.#parts;
    const pod = this.#parts.pod();
    const links = await stateful.batchGetLink(pod.namespace, [...this.#open.keys()], pod.serviceName);
    for (const [uid, token] of this.#open) {
      if (links.get(uid)?.token === token) claims.resume(uid, token);
      else claims.delete(uid, token);
    }
    this.#open.clear();
  }
}
