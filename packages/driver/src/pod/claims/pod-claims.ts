import {
  type ClaimRefusal,
  type Clock,
  isRouteError,
  type RouteErrorOf,
  type TrySetResult,
} from '@stateful-route/core';
import type { ClaimLife, ClaimOperation, LimitedLogger } from '@stateful-route/core/adapter';
import { podNotAvailable } from '../../caller/link-resolver.ts';
import { pause } from '../../waiting/pause.ts';
import { PendingCall } from '../../waiting/pending-call.ts';
import type { ClaimEnds } from './claim-ends.ts';
import type { ClaimRegistry } from './claim-registry.ts';
import { type ClaimAttempt, type ClaimingPod, type ClaimStore, wroteNothing } from './claim-store.ts';
import type { Roster } from './roster.ts';

/** How a claim is asked for. */
export interface ClaimRequest {
  readonly uid: string;
  readonly minToken?: number | undefined;
  /** Whether it stands until `release`, and not only as long as scopes run. */
  readonly stands: boolean;
  /** Over anyone's claim. */
  readonly forced?: boolean | undefined;
}

/** The outcome of a claim, as the store's port and as `claim` tell it. */
export interface ClaimOutcome extends TrySetResult {
  /** Where it was refused. */
  readonly why?: ClaimRefusal | undefined;
}

/** What the pod lets claims do now. */
export interface ClaimGate {
  /** Throws `NOT_RUNNING` or `FENCED` where the pod may not claim. */
  assertServing(): void;
  /** Whether the pod takes no new users. */
  isRefusing(): boolean;
  readonly maxUsers: number | undefined;
  /** The epoch of the last heartbeat. */
  epoch(): number | undefined;
  /** A heartbeat now; resolves when it has ended, however it did. */
  beat(): Promise<void>;
  /** How long nobody new may be claimed, in ms, as the store came back empty; 0: now. Rejects when the store fails. */
  placementHoldMs(signal: AbortSignal | undefined): Promise<number> | 0;
  /**
   * When a claim that was fenced may be made again, as the run that it met cannot be alive: 0, now; else in so many ms;
   * `Infinity`, never.
   */
  outlives(error: RouteErrorOf<'FENCED'>): Promise<number>;
}

/** What claims stand on. */
export interface PodClaimsParts {
  readonly registry: ClaimRegistry;
  readonly store: ClaimStore;
  /** Only with `deadOwner: 'wait'`. */
  readonly roster: Roster | undefined;
  readonly ends: ClaimEnds;
  readonly gate: ClaimGate;
  readonly clock: Clock;
  readonly logger: LimitedLogger;
  readonly pod: ClaimingPod;
  readonly retryMs: number;
  /** Fires when the run is over: what is still in doubt then is left to the lease. */
  readonly ended: AbortSignal;
}

/** The operation that takes a user in. It takes its turn with the others on the same uid. */
export class PodClaims {
  readonly #parts: PodClaimsParts;

  constructor(parts: PodClaimsParts) {
    this.#parts = parts;
  }

  /** Makes this pod the user's owner, unless another one is. */
  claim(request: ClaimRequest, call: PendingCall<ClaimOutcome>): Promise<ClaimOutcome> {
    const { registry } = this.#parts;
    if (!call.over && !this.#answer(request, registry.stayingToken(request.uid), call)) {
      registry
        .takeTurn(request.uid, () => this.#inTurn(request, call))
        .catch((error: unknown) => call.reject(error));
    }
    return call.promise;
  }

  /** Answers from what is believed of the user; false where the store must be asked. */
  #answer(
    { uid, minToken = 0, stands, forced }: ClaimRequest,
    token: number | undefined,
    call: PendingCall<ClaimOutcome>,
  ): boolean {
    const { registry, pod } = this.#parts;
    const { state } = registry.life(uid);
    if (state.at === 'moving' && !forced) {
      call.resolve({ linked: false, podId: state.to, previous: pod.podId, why: 'moving' });
      return true;
    }
    if (forced || token === undefined || token < minToken) return false;
    if (stands) registry.apply(uid, { type: 'stand' });
    call.resolve({ linked: true, podId: pod.podId, previous: pod.podId, token });
    return true;
  }

  async #inTurn(request: ClaimRequest, call: PendingCall<ClaimOutcome>): Promise<void> {
    try {
      await this.#attempt(request, call);
    } finally {
      await this.#parts.ends.leaveRoster(request.uid);
    }
  }

  /** One attempt, in the user's turn; another one follows where it was in vain and the call has time. */
  async #attempt(request: ClaimRequest, call: PendingCall<ClaimOutcome>): Promise<void> {
    const { registry, gate, store, roster } = this.#parts;
    const { uid, minToken } = request;
    while (!call.over) {
      gate.assertServing();
      if (this.#answer(request, registry.heldToken(uid), call)) return;
      // What takes time comes first: what the claim rests on is looked at in the step in which it is sent.
      if (registry.life(uid).state.at !== 'held') await roster?.enter(uid, call.signal);
      const epoch = await this.#placementEpoch(request, call);
      if (call.over) return;
      gate.assertServing();
      if (gate.epoch() !== epoch) continue;
      const before = registry.life(uid);
      const op = this.#begin(uid, before);
      if (op === undefined) return call.reject(this.#notHere(uid, 'in doubt'));
      const conditions = before.state.at === 'none' && !request.forced ? this.#conditions() : {};
      const timeoutMs = store.claimMs(call.leftMs());
      const deadline = store.deadline(timeoutMs);
      const attempt: ClaimAttempt = { ...conditions, minToken, timeoutMs, epoch, signal: call.signal };
      let result: TrySetResult;
      let retried = false;
      try {
        result = await (request.forced
          ? store.forceClaim(uid, attempt)
          : store.claim(uid, attempt, () => {
              retried = true;
            }));
      } catch (error) {
        if (!(await this.#failed(request, op, deadline, error, call))) return;
        continue;
      } finally {
        if (retried) this.#parts.ends.verifyAfter(uid, deadline);
      }
      return this.#replied(request, op, result, conditions, call);
    }
  }

  #begin(uid: string, { state }: ClaimLife): ClaimOperation | undefined {
    const { registry } = this.#parts;
    const op = registry.nextOperation();
    const type = state.at === 'held' ? 'raise' : 'claim';
    const { state: after } = registry.apply(uid, { type, op });
    return 'op' in after && after.op === op ? op : undefined;
  }

  /** What a user must fulfil who was not here before. */
  #conditions(): Pick<ClaimAttempt, 'onlyIfNamed' | 'onlyIfClaimed'> {
    const { gate, registry } = this.#parts;
    if (gate.maxUsers !== undefined && registry.users > gate.maxUsers) return { onlyIfClaimed: true };
    return gate.isRefusing() ? { onlyIfNamed: true } : {};
  }

  /** The epoch in which the user may be claimed: for one who was not here before, once that may be in a restored store. */
  async #placementEpoch(
    { uid, forced }: ClaimRequest,
    call: PendingCall<ClaimOutcome>,
  ): Promise<number | undefined> {
    const { gate, registry } = this.#parts;
    for (;;) {
      const epoch = gate.epoch();
      const isNew = registry.life(uid).state.at === 'none' && !forced;
      const holdMs = isNew ? await gate.placementHoldMs(call.signal) : 0;
      if (holdMs === 0 || call.over) return epoch;
      call.deadlineError = this.#notHere(uid, 'restored directory', holdMs);
      await call.pause(holdMs);
      if (call.over) return epoch;
    }
  }

  async #replied(
    request: ClaimRequest,
    op: ClaimOperation,
    result: TrySetResult,
    { onlyIfNamed, onlyIfClaimed }: Pick<ClaimAttempt, 'onlyIfNamed' | 'onlyIfClaimed'>,
    call: PendingCall<ClaimOutcome>,
  ): Promise<void> {
    const { registry, store, pod, gate, logger } = this.#parts;
    const { uid } = request;
    const { token } = result;
    if (!result.linked || token === undefined) {
      registry.apply(uid, { type: 'refused', op });
      const ofOther = result.podId !== undefined && result.podId !== pod.podId && token !== undefined;
      const why = ofOther ? 'held' : onlyIfClaimed ? 'full' : onlyIfNamed ? 'draining' : 'held';
      if (why === 'full' && result.podId === pod.podId) {
        // Before the answer: who asks again must not be led here again.
        await store.refuse(uid, { timeoutMs: Math.max(1, call.leftMs()) }).catch((error: unknown) => {
          logger.warn({ err: error, uid }, 'a user whom this full pod cannot take is still linked to it');
        });
      }
      call.resolve({ ...result, why });
      return;
    }
    // Whoever asked is gone: the claim is nobody's. A user that was only suspended is this pod's all the same.
    if (call.over && registry.life(uid).state.at === 'claiming') registry.apply(uid, { type: 'unknown', op });
    const { state } = registry.apply(uid, { type: 'linked', op, token, stands: request.stands });
    if (state.at === 'held' && state.token === token) {
      call.resolve(result);
      return;
    }
    try {
      gate.assertServing();
      call.reject(this.#notHere(uid, 'lease'));
    } catch (error) {
      call.reject(error);
    }
    await this.#parts.ends.remove(uid, op);
  }

  /** Whether to try again. Nothing is in doubt then any more. */
  async #failed(
    { uid, forced }: ClaimRequest,
    op: ClaimOperation,
    deadline: number,
    error: unknown,
    call: PendingCall<ClaimOutcome>,
  ): Promise<boolean> {
    const { registry, gate } = this.#parts;
    if (wroteNothing(error)) {
      registry.apply(uid, { type: 'failed', op });
      if (isRouteError(error, 'STORE_ERROR') && error.epoch !== undefined) {
        // Another connection: what the claim rested on is read anew.
        call.deadlineError = error;
        const epoch = gate.epoch();
        await gate.beat();
        if (gate.epoch() === epoch) await call.pause(this.#parts.retryMs);
        return !call.over;
      }
      const inMs = isRouteError(error, 'FENCED') ? await gate.outlives(error) : Number.POSITIVE_INFINITY;
      if (inMs === 0) return !call.over;
      call.reject(Number.isFinite(inMs) ? this.#notHere(uid, 'in doubt', inMs) : error);
      return false;
    }
    call.deadlineError = error;
    // A forced claim is never repeated: its caller decides.
    if (forced) call.reject(error);
    await this.#settle(uid, op, deadline);
    return !call.over;
  }

  /** Waits until a claim in doubt can act no more, and undoes it where it did. */
  async #settle(uid: string, op: ClaimOperation, deadline: number): Promise<void> {
    const { registry, store, ended, clock, retryMs } = this.#parts;
    const { state } = registry.apply(uid, { type: 'unknown', op });
    if (state.at === 'suspended') {
      // It is claimed again by the return, or by the next call.
      this.#parts.ends.verifyAfter(uid, deadline);
      await pause(clock, retryMs, ended);
      return;
    }
    const settled = await store.settle(uid, deadline, ended);
    const { state: after } = registry.apply(uid, { type: 'settled', op, token: undefined, ...settled });
    if (after.at === 'releasing' && after.op === op) await this.#parts.ends.remove(uid, op);
  }

  #notHere(
    uid: string,
    why: 'lease' | 'in doubt' | 'restored directory',
    retryAfterMs: number = this.#parts.retryMs,
  ): Error {
    return podNotAvailable({ ...this.#parts.pod, uid }, this.#parts.pod.podId, retryAfterMs, why);
  }
}
