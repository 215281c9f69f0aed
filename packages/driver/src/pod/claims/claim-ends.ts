import type { CallOptions, Clock, RemoveLinkedPodOptions } from '@stateful-route/core';
import { type ClaimOperation, isIdle, type LimitedLogger, onAbort } from '@stateful-route/core/adapter';
import { backoffMs } from '../../waiting/backoff.ts';
import { notRunning } from '../../waiting/lifecycle.ts';
import { pause } from '../../waiting/pause.ts';
import { PendingCall } from '../../waiting/pending-call.ts';
import type { ClaimRegistry } from './claim-registry.ts';
import type { ClaimStore } from './claim-store.ts';
import type { Roster } from './roster.ts';

/** What the ends of claims stand on. */
export interface ClaimEndsParts {
  readonly registry: ClaimRegistry;
  readonly store: ClaimStore;
  /** Only with `deadOwner: 'wait'`. */
  readonly roster: Roster | undefined;
  readonly clock: Clock;
  readonly logger: LimitedLogger;
  readonly timeoutMs: number;
  readonly userTimeoutMs: number;
  readonly retryMs: number;
  /** Fires when the run is over: what is still in doubt then is left to the lease. */
  readonly ended: AbortSignal;
}

/** The operations that let a user go. Each takes its turn with the others on the same uid. */
export class ClaimEnds {
  readonly #parts: ClaimEndsParts;

  constructor(parts: ClaimEndsParts) {
    this.#parts = parts;
  }

  /** Gives the user up. The removal goes on until the store has answered, whatever becomes of the call. */
  release(uid: string, { keepSeconds, ...options }: RemoveLinkedPodOptions = {}): Promise<boolean> {
    const call = this.#call<boolean>('release', options);
    const { registry } = this.#parts;
    if (registry.life(uid).state.at === 'none' && !registry.isBusy(uid)) return Promise.resolve(false);
    registry
      .takeLeavingTurn(uid, async () => {
        // Who gave up before the turn came may drop it; a deadline that passed drops nothing.
        if (call.signal?.aborted) return;
        const op = this.#beginRelease(uid);
        if (op === undefined) {
          call.resolve(false);
          return;
        }
        await this.scopesEnded(uid, registry.scopesEnded(uid));
        if (await this.remove(uid, op, keepSeconds, call)) call.resolve(true);
        else
          call.reject(
            call.deadlineError ?? notRunning('pod', 'The pod stopped before the store had answered.'),
          );
      })
      .catch((error: unknown) => call.reject(error));
    return call.promise;
  }

  /** Gives up a user whom no scope and no `claim()` holds any more, if that is still so in its turn. */
  letGo(uid: string): void {
    const { registry, logger } = this.#parts;
    registry
      .takeTurn(uid, async () => {
        const op = isIdle(registry.life(uid)) ? this.#beginRelease(uid) : undefined;
        if (op === undefined) return;
        await this.scopesEnded(uid, registry.scopesEnded(uid));
        await this.remove(uid, op);
      })
      .catch((error: unknown) => {
        logger.warn({ err: error, uid }, 'the end of a scope did not release the user');
      });
  }

  /**
   * Gives the user up by linking somebody else: `link` is sent once nobody serves the user here, with the time that is left.
   * It checks itself whether the pod may still link.
   */
  giveAway<T>(
    uid: string,
    options: CallOptions | undefined,
    link: (left: CallOptions) => Promise<T>,
  ): Promise<T> {
    const { registry } = this.#parts;
    const call = this.#call<T>('setLinkedPod', options);
    registry
      .takeLeavingTurn(uid, async () => {
        if (call.over) return;
        const op = this.#beginRelease(uid);
        if (op !== undefined) await this.scopesEnded(uid, registry.scopesEnded(uid));
        if (!call.over) {
          const left = { signal: call.signal, timeoutMs: Math.max(1, call.leftMs()) };
          await link(left).then(
            (linked) => call.resolve(linked),
            (error: unknown) => call.reject(error),
          );
        }
        // Whether the link was made or not, this pod's claim is not to stand.
        if (op !== undefined) await this.remove(uid, op);
      })
      .catch((error: unknown) => call.reject(error));
    return call.promise;
  }

  /** Waits until a release that is under way has been answered, but no longer than a call may take. */
  async released(uid: string): Promise<void> {
    const { registry, clock, timeoutMs, ended } = this.#parts;
    if (registry.life(uid).state.at !== 'releasing') return;
    const over = new AbortController();
    const unhear = onAbort(ended, () => over.abort());
    await Promise.race([registry.turnEnded(uid), pause(clock, timeoutMs, over.signal)]);
    unhear();
    over.abort();
  }

  /** Waits for scopes whose signal has fired, but no longer than a user may take. */
  async scopesEnded(
    uid: string,
    scopes: Promise<unknown> | undefined,
    userTimeoutMs: number = this.#parts.userTimeoutMs,
  ): Promise<void> {
    if (!scopes) return;
    const { clock, logger, ended, registry } = this.#parts;
    const over = new AbortController();
    const unhear = onAbort(ended, () => over.abort());
    const late = await Promise.race([
      scopes.then(() => false),
      pause(clock, userTimeoutMs, over.signal).then(() => !over.signal.aborted),
    ]);
    unhear();
    over.abort();
    if (!late) return;
    registry.forgetScopes(uid);
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
    for (let failures = 0; ; failures++) {
      const { state } = registry.life(uid);
      const isOut = state.at === 'releasing' || state.at === 'moving' || state.at === 'doubt';
      if (!isOut || state.op !== op || state.token === undefined) return false;
      const { token } = state;
      try {
        await store.remove(uid, token, keepSeconds);
        registry.apply(uid, { type: 'removed', op });
        await this.#parts.roster?.leave(uid);
        return true;
      } catch (error) {
        registry.apply(uid, { type: 'unknown', op });
        if (call) call.deadlineError = error;
      }
      if (ended.aborted) return false;
      await pause(clock, backoffMs(retryMs, failures), ended);
    }
  }

  /** Removes a claim by its token, of a user who is not believed to be here. */
  async removeClaim(uid: string, token: number): Promise<void> {
    await this.#parts.store.remove(uid, token);
    await this.#parts.roster?.leave(uid);
  }

  /** Takes a user out of the roster whose claim is known to have ended: not one who is forgotten as the run is over. */
  async leaveRoster(uid: string): Promise<void> {
    const { registry, roster, ended } = this.#parts;
    if (registry.life(uid).state.at === 'none' && !ended.aborted) await roster?.leave(uid);
  }

  /** Removes a claim that this process made and nobody holds. */
  undo(uid: string, token: number): void {
    const { registry, store, logger } = this.#parts;
    this.removeClaim(uid, token).catch((error: unknown) => {
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
      const { at } = registry.life(uid).state;
      if (at !== 'none' && at !== 'suspended') return;
      const { token } = await store.settle(uid, deadline, ended);
      if (token === undefined) return;
      if (registry.life(uid).state.at !== 'none') {
        registry.apply(uid, { type: 'found', token });
        return;
      }
      // Within the turn: a claim that came between two tries would get this token, and be removed by the second.
      for (let failures = 0; ; failures++) {
        try {
          await this.removeClaim(uid, token);
          return;
        } catch {
          ended.throwIfAborted();
          await pause(clock, backoffMs(retryMs, failures), ended);
        }
      }
    };
    const later = async (): Promise<void> => {
      await pause(clock, Math.max(0, deadline - clock.monotonic()), ended);
      // It fails only with the end of the run, which ends what is in doubt.
      if (!ended.aborted) await registry.takeTurn(uid, verify).catch(() => {});
    };
    void later();
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
}
