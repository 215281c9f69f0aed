import type { CallOptions, Clock, RemoveLinkedPodOptions } from '@stateful-route/core';
import { type ClaimOperation, isIdle, type LimitedLogger, onAbort } from '@stateful-route/core/adapter';
import { notRunning } from '../../errors.ts';
import { backoffMs } from '../../waiting/backoff.ts';
import { pause } from '../../waiting/pause.ts';
import { PendingCall } from '../../waiting/pending-call.ts';
import type { ClaimRegistry } from './claim-registry.ts';
import type { ClaimStore } from './claim-store.ts';
import type { Roster } from './roster.ts';

/** What the ends of claims depend on. */
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
  /** Fires when the run is over. A claim in doubt then ends with the lease. */
  readonly ended: AbortSignal;
}

/** The operations that end a claim. Each takes its turn with the others on the same uid. */
export class ClaimEnds {
  readonly #parts: ClaimEndsParts;

  constructor(parts: ClaimEndsParts) {
    this.#parts = parts;
  }

  /** Ends the user's claim. The removal is repeated until the store has answered, even after the call's deadline. */
  release(uid: string, { keepSeconds, ...options }: RemoveLinkedPodOptions = {}): Promise<boolean> {
    const call = this.#call<boolean>('release', options);
    const { registry } = this.#parts;
    if (registry.life(uid).state.at === 'none' && !registry.isBusy(uid)) return Promise.resolve(false);
    registry
      .takeLeavingTurn(uid, async () => {
        // An abort before the turn cancels the release; a passed deadline does not.
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

  /** Releases a user whom no scope and no `claim()` holds any more, if that is still so in the user's turn. */
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
   * Ends the user's claim by linking the user to another pod. `link` is called once the user is not served here any more,
   * with the time left. It checks itself whether the pod may still link.
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
        // Whether or not the link was made, this pod's claim must end.
        if (op !== undefined) await this.remove(uid, op);
      })
      .catch((error: unknown) => call.reject(error));
    return call.promise;
  }

  /** Waits for a release under way, but no longer than a call may take. */
  async released(uid: string): Promise<void> {
    const { registry, clock, timeoutMs, ended } = this.#parts;
    if (registry.life(uid).state.at !== 'releasing') return;
    const over = new AbortController();
    const removeListener = onAbort(ended, () => over.abort());
    await Promise.race([registry.turnEnded(uid), pause(clock, timeoutMs, over.signal)]);
    removeListener();
    over.abort();
  }

  /** Waits for scopes whose signal has fired, for at most `userTimeoutMs`. */
  async scopesEnded(
    uid: string,
    scopes: Promise<unknown> | undefined,
    userTimeoutMs: number = this.#parts.userTimeoutMs,
  ): Promise<void> {
    if (!scopes) return;
    const { clock, logger, ended, registry } = this.#parts;
    const over = new AbortController();
    const removeListener = onAbort(ended, () => over.abort());
    const late = await Promise.race([
      scopes.then(() => false),
      pause(clock, userTimeoutMs, over.signal).then(() => !over.signal.aborted),
    ]);
    removeListener();
    over.abort();
    if (!late) return;
    registry.forgetScopes(uid);
    logger.warn({ uid, userTimeoutMs }, 'a scope did not end after its signal; continuing without it');
  }

  /**
   * Removes the user's claim by its token, and repeats that until the store has answered. Returns false if the run ended before.
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

  /** Removes a claim by its token, of a user who is not in the registry. */
  async removeClaim(uid: string, token: number): Promise<void> {
    await this.#parts.store.remove(uid, token);
    await this.#parts.roster?.leave(uid);
  }

  /** Removes a user from the roster if the claim is known to have ended, and not only forgotten at the run's end. */
  async leaveRoster(uid: string): Promise<void> {
    const { registry, roster, ended } = this.#parts;
    if (registry.life(uid).state.at === 'none' && !ended.aborted) await roster?.leave(uid);
  }

  /** Removes a claim that was made too late and that nobody holds. */
  undo(uid: string, token: number): void {
    const { registry, store, logger } = this.#parts;
    this.removeClaim(uid, token).catch((error: unknown) => {
      logger.warn({ err: error, uid, users: registry.users }, 'a claim that came too late was not removed');
      this.verifyAfter(uid, store.deadline());
    });
  }

  /**
   * Reads the user's link after the deadline of a write that may still act, whatever is decided until then. A claim of this run
   * that nobody holds here is removed.
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
      // Within the turn: a claim between two attempts would get this token, and the second attempt would remove it.
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
      // It rejects only at the end of the run, which ends all doubt.
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
