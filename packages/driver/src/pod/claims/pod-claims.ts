import {
  checkKeepSeconds,
  type ClaimLife,
  type ClaimOperation,
  type ClaimRefusal,
  type Clock,
  isRouteError,
  type Logger,
  type RemoveLinkedPodOptions,
  type RouteErrorOf,
  type TrySetResult,
} from '@stateful-route/core';
import { podNotAvailable } from '../../client/link-resolver.ts';
import { pause } from '../../waiting/pause.ts';
import { PendingCall } from '../../waiting/pending-call.ts';
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
  readonly gate: ClaimGate;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly pod: ClaimingPod;
  readonly timeoutMs: number;
  readonly userTimeoutMs: number;
  readonly retryMs: number;
  /** Fires when the run is over: what is still in doubt then is left to the lease. */
  readonly ended: AbortSignal;
}

/** The operations that take a user in and let a user go. Each takes its turn with the others on the same uid. */
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
        .takeTurn(request.uid, () => this.#attempt(request, call))
        .catch((error: unknown) => call.reject(error));
    }
    return call.promise;
  }

  /** Gives the user up. The removal goes on until the store has answered, whatever becomes of the call. */
  release(uid: string, { keepSeconds, ...options }: RemoveLinkedPodOptions = {}): Promise<boolean> {
    checkKeepSeconds(keepSeconds);
    const call = this.#call<boolean>('release', options);
    const { registry } = this.#parts;
    if (registry.life(uid).state.at === 'none' && !registry.isBusy(uid)) return Promise.resolve(false);
    registry
      .takeLeavingTurn(uid, async () => {
        if (call.over) return;
        const op = this.#beginRelease(uid);
        if (op === undefined) {
          call.resolve(false);
          return;
        }
        await this.scopesEnded(uid, registry.scopesEnded(uid));
        if (await this.remove(uid, op, keepSeconds, call)) call.resolve(true);
      })
      .catch((error: unknown) => call.reject(error));
    return call.promise;
  }

  /** Gives the user up by linking somebody else: `link` is sent once nobody serves the user here. */
  giveAway<T>(uid: string, link: () => Promise<T>): Promise<T> {
    const { registry } = this.#parts;
    if (registry.life(uid).state.at === 'none' && !registry.isBusy(uid)) return link();
    return new Promise((resolve, reject) => {
      registry
        .takeLeavingTurn(uid, async () => {
          const op = this.#beginRelease(uid);
          if (op !== undefined) await this.scopesEnded(uid, registry.scopesEnded(uid));
          await link().then(resolve, reject);
          // Whether the link was made or not, this pod's claim is not to stand.
          if (op !== undefined) await this.remove(uid, op);
        })
        .catch(reject);
    });
  }

  /** Waits for scopes whose signal has fired, but no longer than a user may take. */
  async scopesEnded(uid: string, scopes: Promise<unknown> | undefined): Promise<void> {
    if (!scopes) return;
    const { clock, userTimeoutMs, logger, ended } = this.#parts;
    const over = new AbortController();
    const either = AbortSignal.any([over.signal, ended]);
    const late = await Promise.race([
      scopes.then(() => false),
      pause(clock, userTimeoutMs, either).then(() => !either.aborted),
    ]);
    over.abort();
    if (late)
      logger.warn({ uid, userTimeoutMs }, 'a scope did not end after its signal; going on without it');
  }

  /**
   * Removes the user's claim by its token, again until the store has answered. Returns false where the run ended before.
   * Only for the operation that has the turn.
   */
  async remove(
    uid: string,
    op: ClaimOperation,
    keepSeconds?: number,
    call?: PendingCall<boolean>,
  ): Promise<boolean> {
    const { registry, store, clock, retryMs, ended } = this.#parts;
    for (;;) {
      const { state } = registry.life(uid);
      const isOut = state.at === 'releasing' || state.at === 'moving' || state.at === 'doubt';
      if (!isOut || state.op !== op || state.token === undefined) return false;
      const { token } = state;
      try {
        await store.remove(uid, token, keepSeconds);
        registry.apply(uid, { type: 'removed', op });
        await this.leaveRoster(uid);
        return true;
      } catch (error) {
        registry.apply(uid, { type: 'unknown', op });
        if (call) call.deadlineError = error;
      }
      if (ended.aborted) return false;
      await pause(clock, retryMs, ended);
    }
  }

  /** Takes a user out of the roster whose claim is known to have ended. */
  async leaveRoster(uid: string): Promise<void> {
    if (this.#parts.registry.life(uid).state.at === 'none') await this.#parts.roster?.leave(uid);
  }

  /** Removes a claim that this process made and nobody holds. */
  undo(uid: string, token: number): void {
    const { registry, store, logger } = this.#parts;
    store.remove(uid, token).catch((error: unknown) => {
      logger.warn({ err: error, uid, users: registry.users }, 'a claim that came too late was not removed');
      this.verifyAfter(uid, store.deadline());
    });
  }

  /**
   * Reads the user's link once more after the deadline of a write that may still act, whatever is decided until then: a
   * claim of this run that nobody holds here is removed.
   */
  verifyAfter(uid: string, deadline: number): void {
    const { registry, store, clock, retryMs, ended } = this.#parts;
    const verify = async (): Promise<void> => {
      if (registry.life(uid).state.at !== 'none') return;
      const token = await store.settle(uid, deadline, ended);
      if (token !== undefined) await store.remove(uid, token);
    };
    const again = async (): Promise<void> => {
      await pause(clock, Math.max(0, deadline - clock.monotonic()), ended);
      while (!ended.aborted) {
        try {
          await registry.takeTurn(uid, verify);
          return;
        } catch {
          // Until the store has answered.
          await pause(clock, retryMs, ended);
        }
      }
    };
    void again();
  }

  #call<T>(operation: string, options: ConstructorParameters<typeof PendingCall>[3]): PendingCall<T> {
    return new PendingCall<T>(this.#parts.clock, operation, this.#parts.timeoutMs, options);
  }

  #beginRelease(uid: string): ClaimOperation | undefined {
    const { registry } = this.#parts;
    const op = registry.nextOperation();
    const { state } = registry.apply(uid, { type: 'release', op });
    return state.at === 'releasing' && state.op === op ? op : undefined;
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

  /** One attempt, in the user's turn; another one follows where it was in vain and the call has time. */
  async #attempt(request: ClaimRequest, call: PendingCall<ClaimOutcome>): Promise<void> {
    const { registry, gate, store, roster } = this.#parts;
    const { uid, minToken } = request;
    while (!call.over) {
      gate.assertServing();
      if (this.#answer(request, registry.heldToken(uid), call)) return;
      if (registry.life(uid).state.at === 'none' && !request.forced) {
        await this.#placementAllowed(uid, call);
        if (call.over) return;
        gate.assertServing();
      }
      const before = registry.life(uid);
      const op = this.#begin(uid, before);
      if (op === undefined) return call.reject(this.#notHere(uid, 'in doubt'));
      const conditions = before.state.at === 'none' && !request.forced ? this.#conditions() : {};
      const timeoutMs = store.claimMs(call.leftMs());
      const deadline = store.deadline(timeoutMs);
      try {
        await roster?.enter(uid, call.signal);
      } catch (error) {
        // The claim was not sent: nothing was written but an entry too many.
        registry.apply(uid, { type: 'failed', op });
        throw error;
      }
      const attempt: ClaimAttempt = {
        ...conditions,
        minToken,
        timeoutMs,
        epoch: gate.epoch(),
        signal: call.signal,
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
        if (retried) this.verifyAfter(uid, deadline);
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

  async #placementAllowed(uid: string, call: PendingCall<ClaimOutcome>): Promise<void> {
    const { gate } = this.#parts;
    for (;;) {
      const holdMs = await gate.placementHoldMs(call.signal);
      if (holdMs === 0 || call.over) return;
      call.deadlineError = this.#notHere(uid, 'restored directory', holdMs);
      await call.pause(holdMs);
      if (call.over) return;
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
      call.resolve({ ...result, why });
      await this.leaveRoster(uid);
      if (why === 'full' && result.podId === pod.podId) {
        await store.refuse(uid).catch((error: unknown) => {
          logger.warn({ err: error, uid }, 'a user whom this full pod cannot take is still linked to it');
        });
      }
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
    await this.remove(uid, op);
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
      if (isRouteError(error, 'STORE_ERROR')) {
        // Another connection: what the claim rested on is read anew.
        call.deadlineError = error;
        await gate.beat();
        return !call.over;
      }
      const inMs = isRouteError(error, 'FENCED') ? await gate.outlives(error) : Number.POSITIVE_INFINITY;
      if (inMs === 0) return !call.over;
      await this.leaveRoster(uid);
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
      this.verifyAfter(uid, deadline);
      await pause(clock, retryMs, ended);
      return;
    }
    const token = await store.settle(uid, deadline, ended);
    const { state: after } = registry.apply(uid, { type: 'settled', op, token });
    if (after.at === 'releasing' && after.op === op) await this.remove(uid, op);
    else await this.leaveRoster(uid);
  }

  #notHere(
    uid: string,
    why: 'lease' | 'in doubt' | 'restored directory',
    retryAfterMs: number = this.#parts.retryMs,
  ): Error {
    return podNotAvailable({ ...this.#parts.pod, uid }, this.#parts.pod.podId, retryAfterMs, why);
  }
}
