import {
  type CallOptions,
  type ClaimOptions,
  type ClaimRefusal,
  type ClaimResult,
  type Clock,
  isRouteError,
  type RouteErrorOf,
  type TrySetResult,
} from '@stateful-route/core';
import {
  checkClaimOptions,
  checkUid,
  type ClaimLife,
  type ClaimOperation,
  type LimitedLogger,
} from '@stateful-route/core/adapter';
import { podNotAvailable } from '../../errors.ts';
import { pause } from '../../waiting/pause.ts';
import { PendingCall } from '../../waiting/pending-call.ts';
import type { PodTelemetry } from '../../telemetry/pod-telemetry.ts';
import type { PodPlace } from '../../wiring/place.ts';
import type { ClaimEnds } from './claim-ends.ts';
import type { ClaimRegistry } from './claim-registry.ts';
import { type ClaimAttempt, type ClaimStore, wroteNothing } from './claim-store.ts';
import type { MovedUsers } from './moved-users.ts';
import type { Roster } from './roster.ts';

/** A request for a claim. */
export interface ClaimRequest {
  readonly uid: string;
  readonly minToken?: number | undefined;
  /** Whether the claim lasts until `release`, and not only while scopes run. */
  readonly untilRelease: boolean;
  /** Whether it replaces another pod's claim. */
  readonly forced?: boolean | undefined;
}

/** The result of a claim, as the store's port and `claim` return it. */
export interface ClaimOutcome extends TrySetResult {
  /** The reason of a refusal. */
  readonly why?: ClaimRefusal | undefined;
}

/** The conditions of an attempt, and why it is refused if they do not hold. */
type ClaimConditions = Pick<ClaimAttempt, 'onlyIfNamed' | 'onlyIfClaimed'> & { readonly why: ClaimRefusal };

const UNCONDITIONAL: ClaimConditions = { why: 'held' };

/** What the pod's state lets claims do. */
export interface ClaimGate {
  /** Throws `NOT_RUNNING` or `FENCED` if the pod may not claim. */
  readonly assertServing: () => void;
  /** Whether the pod is stopping, and claims nobody any more. */
  readonly isStopping: () => boolean;
  /** Whether the pod takes no new users. */
  readonly isRefusing: () => boolean;
  readonly maxUsers: () => number | undefined;
  /** The epoch of the last acknowledged heartbeat. */
  readonly epoch: () => number | undefined;
  /** Sends a heartbeat; resolves when it succeeded or failed. */
  readonly beat: () => Promise<void>;
  /** For how long no new user may be claimed, in ms, as the store came back empty. Rejects when the store fails. */
  readonly placementHoldMs: (signal: AbortSignal | undefined) => Promise<number> | 0;
  /** Whether a user who is pinned to a pod is placed there, as it takes new users. Rejects when the store fails. */
  readonly goesTo: (pin: number, uid: string, signal: AbortSignal | undefined) => Promise<boolean>;
  /**
   * After how many ms a claim that was `FENCED` may be repeated, as the run that it met cannot be alive then: 0 is now,
   * `Infinity` is never.
   */
  readonly fencedForMs: (error: RouteErrorOf<'FENCED'>) => Promise<number>;
}

/** What claims depend on. */
export interface PodClaimsParts {
  readonly registry: ClaimRegistry;
  readonly store: ClaimStore;
  /** Only with `deadOwner: 'wait'`. */
  readonly roster: Roster | undefined;
  readonly ends: ClaimEnds;
  readonly gate: ClaimGate;
  readonly moved: MovedUsers;
  readonly clock: Clock;
  readonly logger: LimitedLogger;
  readonly pod: PodPlace;
  readonly telemetry: PodTelemetry;
  readonly timeoutMs: number;
  readonly retryMs: number;
  /** Fires when the run is over. A claim in doubt then ends with the lease. */
  readonly ended: AbortSignal;
}

/** The operation that makes this pod a user's owner. It takes its turn with the others on the same uid. */
export class PodClaims {
  readonly #parts: PodClaimsParts;

  constructor(parts: PodClaimsParts) {
    this.#parts = parts;
  }

  /** As `ServerDriver.claim`. A user who is held costs no I/O. */
  claim(uid: string, options: ClaimOptions | undefined): Promise<ClaimResult> {
    const { registry } = this.#parts;
    if (options !== undefined) checkClaimOptions(options);
    const token = registry.stayingToken(uid);
    const minToken = options?.minToken;
    if (token !== undefined && token >= (minToken ?? 0) && options?.signal?.aborted !== true) {
      if (!registry.life(uid).untilRelease) registry.apply(uid, { type: 'keep' });
      return Promise.resolve({ claimed: true, token });
    }
    checkUid(uid);
    return this.request({ uid, untilRelease: true, minToken }, options).then(toResult);
  }

  /** Makes this pod the user's owner, unless another pod is. */
  request(request: ClaimRequest, options: CallOptions | undefined): Promise<ClaimOutcome> {
    const { registry, clock, timeoutMs, telemetry } = this.#parts;
    const { uid } = request;
    const call = new PendingCall<ClaimOutcome>(clock, 'claim', timeoutMs, options);
    if (call.over || this.#answer(request, registry.stayingToken(uid), call)) return call.promise;
    const run = (): Promise<ClaimOutcome> => {
      registry.takeTurn(uid, () => this.#inTurn(request, call)).catch((error: unknown) => call.reject(error));
      return call.promise;
    };
    const { spans } = telemetry.route;
    if (!spans) return run();
    return spans.around('claim', { ...telemetry.attributes, uid }, run, ({ linked, why }) => ({
      outcome: linked ? 'claimed' : (why ?? 'held'),
    }));
  }

  /** Answers from the user's state; false if the store must be called. */
  #answer(
    { uid, minToken = 0, untilRelease, forced }: ClaimRequest,
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
    if (untilRelease) registry.apply(uid, { type: 'keep' });
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

  /** Claims the user, within the user's turn, and repeats that while it may help and the call has time. */
  async #attempt(request: ClaimRequest, call: PendingCall<ClaimOutcome>): Promise<void> {
    const { registry, gate, store, roster } = this.#parts;
    const { uid, minToken } = request;
    let despitePin: number | undefined;
    while (!call.over) {
      if (this.#answer(request, registry.heldToken(uid), call)) return;
      if (gate.isStopping() && !request.forced) {
        call.resolve({ linked: false, podId: undefined, previous: undefined, why: 'draining' });
        return;
      }
      gate.assertServing();
      // Everything that waits comes first, so that the conditions are current when the claim is sent.
      if (registry.life(uid).state.at !== 'held') await roster?.enter(uid, call.signal);
      const epoch = await this.#placementEpoch(request, call);
      if (call.over) return;
      gate.assertServing();
      if (gate.epoch() !== epoch) continue;
      const before = registry.life(uid);
      const op = this.#begin(uid, before);
      if (op === undefined) return call.reject(this.#notHere(uid, 'in doubt'));
      const isNew = before.state.at === 'none' && !request.forced;
      const conditions = isNew ? this.#conditions(uid) : UNCONDITIONAL;
      const timeoutMs = store.claimMs(call.leftMs());
      const deadline = store.deadline(timeoutMs);
      const { onlyIfNamed, onlyIfClaimed, why } = conditions;
      const { signal } = call;
      const attempt: ClaimAttempt = {
        onlyIfNamed,
        onlyIfClaimed,
        minToken,
        despitePin,
        timeoutMs,
        epoch,
        signal,
      };
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
      const { pinnedTo, quarantinedUntil } = result;
      if (quarantinedUntil !== undefined) return this.#replied(request, op, result, 'quarantined', call);
      if (pinnedTo === undefined) return this.#replied(request, op, result, why, call);
      registry.apply(uid, { type: 'refused', op });
      if (await gate.goesTo(pinnedTo, uid, signal)) {
        call.resolve({ linked: false, podId: pinnedTo, previous: result.previous, why: 'pinned' });
        return;
      }
      despitePin = pinnedTo;
    }
  }

  #begin(uid: string, { state }: ClaimLife): ClaimOperation | undefined {
    const { registry } = this.#parts;
    const op = registry.nextOperation();
    const type = state.at === 'held' ? 'raise' : 'claim';
    const { state: after } = registry.apply(uid, { type, op });
    return 'op' in after && after.op === op ? op : undefined;
  }

  /** The conditions for a user who was not here before, and why the claim is refused if they do not hold. */
  #conditions(uid: string): ClaimConditions {
    const { gate, registry, moved } = this.#parts;
    const maxUsers = gate.maxUsers();
    if (maxUsers !== undefined && registry.users > maxUsers) return { onlyIfClaimed: true, why: 'full' };
    if (gate.isRefusing()) return { onlyIfNamed: true, why: 'draining' };
    return moved.has(uid) ? { onlyIfNamed: true, why: 'moving' } : UNCONDITIONAL;
  }

  /** The epoch for the claim. In a restored store a user who was not here before waits until new users may be claimed. */
  #placementEpoch(
    request: ClaimRequest,
    call: PendingCall<ClaimOutcome>,
  ): Promise<number | undefined> | number | undefined {
    const { gate, registry } = this.#parts;
    const epoch = gate.epoch();
    const isNew = registry.life(request.uid).state.at === 'none' && !request.forced;
    const hold = isNew ? gate.placementHoldMs(call.signal) : 0;
    return hold === 0 ? epoch : this.#epochAfter(hold, epoch, request, call);
  }

  async #epochAfter(
    hold: Promise<number>,
    epoch: number | undefined,
    request: ClaimRequest,
    call: PendingCall<ClaimOutcome>,
  ): Promise<number | undefined> {
    const holdMs = await hold;
    if (holdMs === 0 || call.over) return epoch;
    call.deadlineError = this.#notHere(request.uid, 'restored directory', holdMs);
    await call.pause(holdMs);
    return call.over ? epoch : this.#placementEpoch(request, call);
  }

  async #replied(
    request: ClaimRequest,
    op: ClaimOperation,
    result: TrySetResult,
    unlessConditions: ClaimRefusal,
    call: PendingCall<ClaimOutcome>,
  ): Promise<void> {
    const { registry, store, pod, gate, logger, moved } = this.#parts;
    const { uid } = request;
    const { token } = result;
    if (!result.linked || token === undefined) {
      registry.apply(uid, { type: 'refused', op });
      const ofOther = result.podId !== undefined && result.podId !== pod.podId && token !== undefined;
      const why = ofOther ? 'held' : unlessConditions;
      if (why === 'full' && result.podId === pod.podId) {
        // Before the result, so that the next lookup does not lead here again.
        await store.refuse(uid, { timeoutMs: Math.max(1, call.leftMs()) }).catch((error: unknown) => {
          logger.warn(
            { err: error, uid },
            'the temporary link of a user whom this full pod refused was not removed',
          );
        });
      }
      call.resolve({ ...result, why });
      return;
    }
    moved.delete(uid);
    if (result.gapMs !== undefined) this.#parts.telemetry.claimedAfter(result.gapMs);
    const { previous } = result;
    if (request.forced && previous !== undefined && previous !== pod.podId) {
      this.#parts.telemetry.moves.forced.value += 1;
    }
    // The caller is gone, so the claim is nobody's, unless the user was suspended here before.
    if (call.over && registry.life(uid).state.at === 'claiming') registry.apply(uid, { type: 'unknown', op });
    const { state } = registry.apply(uid, { type: 'linked', op, token, untilRelease: request.untilRelease });
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

  /** Handles a failed attempt until nothing is in doubt. Returns whether to try again. */
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
        // The connection is another one: a heartbeat gets the new epoch.
        call.deadlineError = error;
        const epoch = gate.epoch();
        await gate.beat();
        if (gate.epoch() === epoch) await call.pause(this.#parts.retryMs);
        return !call.over;
      }
      const inMs = isRouteError(error, 'FENCED') ? await gate.fencedForMs(error) : Number.POSITIVE_INFINITY;
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

  /** Waits until a claim in doubt can no longer act, and removes it if it did. */
  async #settle(uid: string, op: ClaimOperation, deadline: number): Promise<void> {
    const { registry, store, ended, clock, retryMs } = this.#parts;
    const { state } = registry.apply(uid, { type: 'unknown', op });
    if (state.at === 'suspended') {
      // The return or the next call claims the user again.
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

function toResult({ linked, token, podId, why = 'held' }: ClaimOutcome): ClaimResult {
  return linked && token !== undefined ? { claimed: true, token } : { claimed: false, podId, why };
}
