import { type HandOffUser, routeError } from '@stateful-route/core';
import { onAbort } from '@stateful-route/core/adapter';
import { isGoing } from './entity-life.ts';
import type { EntityEvent, EntityOperation, EntityState } from './entity-state.ts';
import type { HostParts } from './host-parts.ts';
import type { Saver } from './saver.ts';
import { timedOut } from './waiter.ts';
import { pause, withResolvers } from './waiting.ts';

/** The entity that leaves. */
export interface LeavingEntity {
  readonly uid: string;
  readonly state: EntityState;
  readonly saver: Saver | undefined;
  readonly turns: { readonly isRunning: boolean };
  dispatch(event: EntityEvent): void;
  nextChange(): Promise<void>;
}

/** The driver's hand-off, which waits for an answer. */
interface PendingHandOff {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The steps of an entity that leaves: the running use ends, the state is saved, and the link goes. Each is limited in time. */
export class Departure<State> {
  readonly #parts: HostParts<State>;
  readonly #entity: LeavingEntity;
  #handOff: PendingHandOff | undefined;
  /** By when the hand-off's save must have succeeded, by the monotonic clock. */
  #saveBy = Number.POSITIVE_INFINITY;
  /** How the present hand-off is answered. */
  #answered: 'saved' | 'unsaved' | 'kept' | undefined;
  /** Ends the limits of the present step. */
  #stepOver = new AbortController();
  /** Why the user could not leave, the last time. */
  failure: { readonly error: unknown } | undefined;

  constructor(parts: HostParts<State>, entity: LeavingEntity) {
    this.#parts = parts;
    this.#entity = entity;
  }
  /** As `Entity.end`. */
  async end(): Promise<boolean> {
    for (;;) {
      const { at } = this.#entity.state;
      if (at === 'none') return false;
      if (at === 'open' || at === 'parked') {
        this.failure = undefined;
        this.#entity.dispatch({ type: 'end', op: this.#parts.nextOperation() });
      }
      const wasGoing = isGoing(this.#entity.state);
      while (isGoing(this.#entity.state)) await this.#entity.nextChange();
      const now = this.#entity.state.at;
      if (wasGoing && now !== 'open' && now !== 'parked') return true;
      const { failure } = this;
      if (now === 'open' && failure) throw failure.error;
      // It was moved in vain, and is ended now; or it opens, and is ended then.
      if (!wasGoing) await this.#entity.nextChange();
    }
  }

  /** As `Entity.handOff`. Rejects with `NOT_SAVED` if the user is to be moved unsaved, else if the user is to stay. */
  handOff({ signal, timeoutMs }: HandOffUser): Promise<void> {
    const { promise, resolve, reject } = withResolvers<void>();
    this.#handOff?.resolve();
    this.#handOff = { resolve, reject };
    this.#saveBy = this.#parts.options.clock.monotonic() + timeoutMs;
    this.#entity.dispatch({ type: 'handOff', op: this.#parts.nextOperation() });
    const { state } = this.#entity;
    if (state.at !== 'leaving') return promise;
    const removeListener = onAbort(signal, () => this.#entity.dispatch({ type: 'givenUp', op: state.op }));
    return promise.finally(removeListener);
  }

  /** Waits for the use that runs. */
  awaitUses(op: EntityOperation): void {
    if (!this.#entity.turns.isRunning) {
      this.#entity.dispatch({ type: 'usesEnded', op });
      return;
    }
    const { useTimeoutMs } = this.#parts.options;
    this.#limitStep(useTimeoutMs, () => {
      this.failure = { error: timedOut('use', useTimeoutMs, 'unknown') };
      this.#entity.dispatch({ type: 'usesLate', op });
    });
  }

  /** Saves for the last time. */
  save(op: EntityOperation): void {
    const { saver } = this.#entity;
    if (!saver || saver.isAtRest) {
      this.#entity.dispatch({ type: 'saved', op, isAll: true });
      return;
    }
    const { useTimeoutMs } = this.#parts.options;
    this.#limitStep(useTimeoutMs, () => {
      // The driver gives a hand-off's save up.
      if (this.#entity.state.at === 'leaving' && this.#entity.state.why === 'handOff') return;
      this.failure ??= { error: timedOut('save', useTimeoutMs, 'unknown') };
      this.#entity.dispatch({ type: 'saveFailed', op });
    });
    saver.saveLast();
  }

  /** A save has succeeded. */
  saved(saver: Saver): void {
    const { state } = this.#entity;
    if (state.at !== 'leaving' || state.step !== 'save') return;
    if (saver.isLastOver) this.#entity.dispatch({ type: 'saved', op: state.op, isAll: saver.isAtRest });
  }

  /** A save has failed, and is repeated after `retryMs`. */
  saveFailed(error: unknown, retryMs: number, tookMs: number): void {
    const { counts, logger, options } = this.#parts;
    counts.saveFailures += 1;
    this.failure = { error };
    logger.warn(
      { err: error, uid: this.#entity.uid, retryMs },
      'the state of a user could not be saved; trying again',
    );
    const { state } = this.#entity;
    if (state.at !== 'leaving' || state.step !== 'save') return;
    // The next attempt will hardly take less time. If it were given up, the user would move unsaved.
    const endsAt = options.clock.monotonic() + retryMs + tookMs;
    const isTooLate = state.why === 'handOff' && endsAt >= this.#saveBy;
    if (isTooLate || state.why === 'fenced') this.#entity.dispatch({ type: 'saveFailed', op: state.op });
  }

  /** Releases the user; `op` is told when that is known. */
  async release(op?: EntityOperation): Promise<void> {
    const { server, logger } = this.#parts;
    const { saver, uid } = this.#entity;
    if (op !== undefined && saver?.isUnsaved) {
      logger.warn({ uid }, 'the state of a user changed during its last save, and that change is lost');
    }
    saver?.seal();
    try {
      await server.release(uid);
    } catch (error) {
      // The driver repeats the removal until the store replies.
      logger.warn({ err: error, uid }, 'the release of a user is not confirmed yet');
    }
    if (op !== undefined) this.#entity.dispatch({ type: 'released', op });
  }

  /** Answers the driver's hand-off. */
  answer(as: 'saved' | 'unsaved' | 'kept'): void {
    const { logger } = this.#parts;
    const { state } = this.#entity;
    // The save of a fence goes on.
    if (state.at !== 'leaving' || state.why !== 'fenced') this.#entity.saver?.seal();
    // A hand-off may have been found out before the driver asked.
    this.#answered ??= as;
    const pending = this.#handOff;
    if (!pending) return;
    this.#handOff = undefined;
    if (this.#answered === 'kept') {
      pending.reject(this.failure?.error);
    } else if (this.#answered === 'unsaved' && this.#entity.saver) {
      logger.warn({ uid: this.#entity.uid }, 'the user is moved unsaved');
      pending.reject(
        routeError('NOT_SAVED', `The user ${this.#entity.uid} could not be saved.`, {
          uid: this.#entity.uid,
        }),
      );
    } else {
      pending.resolve();
    }
  }

  /** The entity's state has changed. */
  changed(before: EntityState, after: EntityState): void {
    if (before.at !== 'leaving' && after.at === 'leaving') this.#answered = undefined;
    const isSameStep = before.at === 'leaving' && after.at === 'leaving' && before.step === after.step;
    if (isSameStep) return;
    this.#stepOver.abort();
    this.#stepOver = new AbortController();
  }

  /** Calls `late` after `ms`, unless the step has ended by then. */
  #limitStep(ms: number, late: () => void): void {
    const { signal } = this.#stepOver;
    void pause(this.#parts.options.clock, ms, signal).then(() => {
      if (!signal.aborted) late();
    });
  }
}
