// oxlint-disable max-lines -- to be split
import { type CallOptions, type HandOffUser, NOT_MINE, routeError } from '@stateful-route/core';
import { onAbort } from '@stateful-route/core/adapter';
import type { CloseReason, HostEntity, UseState } from '../host.ts';
import type { Timed } from './age-queue.ts';
import { closeState } from './close-state.ts';
import { isGoing, NO_ENTITY, stepEntity } from './entity-life.ts';
import type { EntityEffect, EntityEvent, EntityOperation, EntityState } from './entity-state.ts';
import { Hold, type Opened } from './hold.ts';
import type { HostParts } from './host-parts.ts';
import { Opener, type OpenRun } from './opener.ts';
import { Saver } from './saver.ts';
import { Turns, type WaitingPlace } from './turns.ts';
import { timedOut } from './waiter.ts';
import { pause, withResolvers } from './waiting.ts';

/** The driver's hand-off, which waits for an answer. */
interface PendingHandOff {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** One user's entity: performs what the state machine decides. */
export class Entity<State> implements Timed {
  readonly uid: string;
  readonly #parts: HostParts<State>;
  readonly #opener: Opener<State>;
  readonly #turns: Turns<State>;
  #state: EntityState = NO_ENTITY;
  readonly #events: EntityEvent[] = [];
  #isStepping = false;
  #opening: OpenRun<State> | undefined;
  #hold: Hold<State> | undefined;
  #saver: Saver | undefined;
  #isVerifying = false;
  /** Whether the entity is let go once it is saved, unless it is used before. */
  #goesWhenSaved = false;
  #handOff: PendingHandOff | undefined;
  /** By when the hand-off's save must have succeeded, by the monotonic clock. */
  #saveBy = Number.POSITIVE_INFINITY;
  /** Why the last save failed. */
  #saveError: unknown;
  /** Ends the limits of the present step. */
  #stepOver = new AbortController();
  #changes: (() => void)[] = [];
  /** How the present hand-off was answered. */
  #answered: 'saved' | 'unsaved' | 'kept' | undefined;
  #isTidying = false;
  /** In the queue of users who were moved a short while ago. */
  readonly #movedMark: Timed = { due: () => this.#tidy() };

  constructor(parts: HostParts<State>, uid: string) {
    this.uid = uid;
    this.#parts = parts;
    this.#opener = new Opener(parts, uid, () => this.#tidy());
    this.#turns = new Turns(parts, uid, {
      place: () => this.#place(),
      changed: () => this.#tidy(),
      useLate: () => this.#saver?.giveSlotBack(),
    });
  }

  get state(): EntityState {
    return this.#state;
  }

  /** What `entities()` tells; `undefined` if the state is not open. */
  get view(): HostEntity | undefined {
    const hold = this.#hold;
    if (!hold) return undefined;
    return {
      uid: this.uid,
      token: hold.opened.token,
      stays: hold.stays,
      queued: this.#turns.size,
      unsaved: this.isUnsaved,
      usedMs: this.#turns.usedMs,
    };
  }

  get isUnsaved(): boolean {
    return this.#saver?.isUnsaved ?? false;
  }

  /** Whether nobody stays, uses or asks. */
  get isQuiet(): boolean {
    const { at } = this.#state;
    if (at !== 'open' && at !== 'parked') return false;
    return !this.#turns.isRunning && this.#turns.size === 0 && (this.#hold?.stays ?? 0) === 0;
  }

  /* What the application asks. */

  /** As `host.use`; with a hold, as its stay's `use`. Rejects, and throws nothing. */
  async use<Result>(
    use: UseState<State, Result>,
    options?: CallOptions,
    stayed?: Hold<State>,
  ): Promise<Result | typeof NOT_MINE> {
    if (stayed?.isOver) return NOT_MINE;
    const isPlain = options?.signal === undefined && options?.timeoutMs === undefined;
    if (isPlain && this.#isServing() && !this.#turns.isRunning && this.#turns.size === 0) {
      return this.#use(use);
    }
    return this.#ask({ isUse: true, options, hold: stayed }, () => this.#use(use));
  }

  /** Waits until the entity is open, and counts a stay in its hold. */
  async enter(options?: CallOptions): Promise<Hold<State> | typeof NOT_MINE> {
    const enter = async (): Promise<Hold<State>> => {
      const hold = this.#hold!;
      hold.stays += 1;
      this.#parts.counts.stays += 1;
      this.#tidy();
      return hold;
    };
    options?.signal?.throwIfAborted();
    if (this.#isServing()) return enter();
    return this.#ask({ isUse: false, options }, enter);
  }

  /** A stay left. */
  leave(hold: Hold<State>): void {
    hold.stays -= 1;
    this.#parts.counts.stays -= 1;
    this.#tidy();
  }

  /** The state was changed outside of a use. */
  changed(hold: Hold<State>): void {
    if (this.#hold?.opened === hold.opened) this.#saver?.changed();
  }

  /** Saves, closes and releases the user. Returns whether this pod had the user. Rejects if the save fails: the user stays. */
  async end(): Promise<boolean> {
    for (;;) {
      const { at } = this.#state;
      if (at === 'none') return false;
      if (at === 'open' || at === 'parked') {
        this.#saveError = undefined;
        this.dispatch({ type: 'end', op: this.#parts.nextOperation() });
      }
      const wasGoing = isGoing(this.#state);
      while (isGoing(this.#state)) await this.nextChange();
      const now = this.#state.at;
      if (wasGoing && now !== 'open' && now !== 'parked') return true;
      // oxlint-disable-next-line typescript/only-throw-error -- what `save` threw
      if (now === 'open' && this.#saveError !== undefined) throw this.#saveError;
      // It was moved in vain, and is ended now; or it opens, and is ended then.
      if (!wasGoing) await this.nextChange();
    }
  }

  /** Resolves at the entity's next change of state. */
  nextChange(): Promise<void> {
    return new Promise((resolve) => {
      this.#changes.push(resolve);
    });
  }

  /* What the driver tells. */

  /** Saves the user for a hand-off. Rejects with `NOT_SAVED` if the user is to be moved unsaved, else if the user is to stay. */
  handOff({ signal, timeoutMs }: HandOffUser): Promise<void> {
    const { promise, resolve, reject } = withResolvers<void>();
    this.#handOff?.resolve();
    this.#handOff = { resolve, reject };
    this.#saveBy = this.#parts.options.clock.monotonic() + timeoutMs;
    this.dispatch({ type: 'handOff', op: this.#parts.nextOperation() });
    const { state } = this;
    if (state.at !== 'leaving') return promise;
    const removeListener = onAbort(signal, () => this.dispatch({ type: 'givenUp', op: state.op }));
    return promise.finally(removeListener);
  }

  /** The idle time is over, or room is needed: lets the user go, once saved, unless somebody comes before. */
  due(): void {
    if (!this.isQuiet) return;
    this.#goesWhenSaved = true;
    this.#goIfSaved();
  }

  /** As `due`; resolves with whether the user has gone. */
  async evict(): Promise<boolean> {
    this.#parts.idle.delete(this);
    this.due();
    while (this.#goesWhenSaved || isGoing(this.#state)) await this.nextChange();
    return this.#state.at === 'none';
  }

  /** Applies an event to the state machine, after those that are being applied. */
  dispatch(event: EntityEvent): void {
    this.#events.push(event);
    if (this.#isStepping) return;
    this.#isStepping = true;
    for (let next = this.#events.shift(); next; next = this.#events.shift()) this.#step(next);
    this.#isStepping = false;
    this.#tidy();
  }

  #step(event: EntityEvent): void {
    const before = this.#state;
    const { state, effects } = stepEntity(before, event);
    this.#state = state;
    if (state !== before) this.#changed(before, state);
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: EntityEffect): void {
    switch (effect.type) {
      case 'claim':
        void this.#claim(effect.op);
        break;
      case 'open':
        void this.#open(effect.op, effect.token);
        break;
      case 'abandon':
        this.#opening?.abandon(effect.why);
        this.#opening = undefined;
        break;
      case 'signal':
        this.#hold?.controller.abort(new Error('the user leaves this pod'));
        break;
      case 'awaitUses':
        this.#awaitUses(effect.op);
        break;
      case 'save':
        this.#save(effect.op);
        break;
      case 'release':
        void this.#release(effect.op);
        break;
      case 'letGo':
        void this.#release(0);
        break;
      case 'answer':
        this.#answer(effect.as);
        break;
      case 'resume':
        this.#resume();
        break;
      case 'close':
        void this.#close(effect.op, effect.why, effect.to);
        break;
      case 'turnAway':
        this.#turns.turnAwayAll();
        this.#parts.moved.add(this.#movedMark);
        break;
    }
  }

  /* Claiming and opening. */

  async #claim(op: EntityOperation): Promise<void> {
    const outcome = await this.#opener.claim();
    const { state } = this;
    if (state.at !== 'claiming' || state.op !== op) return;
    if (outcome.type === 'claimed') {
      this.dispatch({ type: 'claimed', op, token: outcome.token });
      return;
    }
    if (outcome.type === 'failed') this.#turns.failAll(outcome.error);
    else this.#turns.turnAwayAll();
    this.dispatch({ type: 'refused', op, held: this.#isHeld() });
  }

  async #open(op: EntityOperation, token: number): Promise<void> {
    // What is changed before the state is known is loaded, not unsaved.
    let opened: Opened<State> | undefined;
    const run = this.#opener.open(token, () => {
      if (opened && this.#hold?.opened === opened) this.#saver?.changed();
    });
    this.#opening = run;
    const outcome = await run.outcome;
    if (this.#opening !== run) return;
    this.#opening = undefined;
    if (outcome.type === 'opened') {
      opened = outcome.opened;
      this.#hold = new Hold(this.uid, opened);
      this.#saver = this.#newSaver(opened);
      this.dispatch({ type: 'opened', op });
    } else if (outcome.type === 'stale') {
      this.dispatch({ type: 'stale', op });
    } else if (outcome.type === 'failed') {
      this.#turns.failAll(outcome.error);
      this.dispatch({ type: 'openFailed', op });
    }
  }

  /** The driver does not hold the user, and has not said why: it moves the user, or somebody released the user. */
  async #verify(): Promise<void> {
    if (this.#isVerifying) return;
    this.#isVerifying = true;
    const hold = this.#hold;
    const { server, nextOperation } = this.#parts;
    const result = await server.claim(this.uid).catch((error: unknown) => ({ error }));
    this.#isVerifying = false;
    if (this.#state.at !== 'open' || this.#hold !== hold) return;
    if ('error' in result) {
      this.#turns.failAll(result.error);
    } else if (!result.claimed && result.why === 'moving') {
      this.dispatch({ type: 'handOff', op: nextOperation() });
    } else if (!result.claimed || result.token !== hold?.opened.token) {
      this.dispatch({ type: 'lost', op: nextOperation() });
    } else {
      this.#tidy();
    }
  }

  /* Uses. */

  #ask<Result>(
    init: Parameters<Turns<State>['ask']>[0],
    run: () => Promise<Result>,
  ): Promise<Result | typeof NOT_MINE> {
    const { at } = this.#state;
    const isAbsent = at === 'none' || at === 'parked';
    if (isAbsent && !this.#isHeld() && this.#parts.moved.has(this.#movedMark))
      return Promise.resolve(NOT_MINE);
    const { failure } = this.#opener;
    if (isAbsent && failure) return Promise.reject(failure.error);
    return this.#turns.ask(init, run);
  }

  async #use<Result>(use: UseState<State, Result>): Promise<Result> {
    const hold = this.#hold!;
    this.#isWanted();
    let isSaved: Promise<boolean> | undefined;
    let failure: { readonly cause: unknown } | undefined;
    let result!: Result;
    try {
      result = await this.#turns.run(hold, use, () => {
        isSaved = this.#useEnded(hold);
      });
    } catch (cause) {
      failure = { cause };
    }
    if (isSaved && !(await isSaved)) {
      const message = `The user ${this.uid} left this pod before what a use did was saved.`;
      throw routeError('NOT_SAVED', message, { uid: this.uid }, failure);
    }
    if (failure) throw failure.cause;
    return result;
  }

  /** A use ended. Returns a promise if its answer must wait for a save; `false`: there will be none. */
  #useEnded(hold: Hold<State>): Promise<boolean> | undefined {
    const { save, savesAfterUse } = this.#parts.options;
    const { state } = this;
    const saver = this.#hold?.opened === hold.opened ? this.#saver : undefined;
    let isSaved: Promise<boolean> | undefined;
    if (saver) {
      saver.changed();
      // A user who is moved unsaved may still stay.
      const isUnsure = state.at === 'leaving' && state.step === 'link';
      if (savesAfterUse || isUnsure) isSaved = saver.saved();
      saver.tryBegin();
    } else if (save) {
      isSaved = Promise.resolve(false);
    }
    if (state.at === 'leaving') this.dispatch({ type: 'usesEnded', op: state.op });
    else this.#tidy();
    return isSaved;
  }

  /* Leaving. */

  #awaitUses(op: EntityOperation): void {
    if (!this.#turns.isRunning) {
      this.dispatch({ type: 'usesEnded', op });
      return;
    }
    const { useTimeoutMs } = this.#parts.options;
    this.#limitStep(useTimeoutMs, () => {
      this.#saveError = timedOut('use', useTimeoutMs, 'unknown');
      this.dispatch({ type: 'usesLate', op });
    });
  }

  #save(op: EntityOperation): void {
    if (!this.#saver || this.#saver.isAtRest) {
      this.dispatch({ type: 'saved', op });
      return;
    }
    const { useTimeoutMs } = this.#parts.options;
    this.#limitStep(useTimeoutMs, () => {
      // The driver gives a hand-off's save up.
      if (this.#state.at === 'leaving' && this.#state.why === 'handOff') return;
      this.#saveError ??= timedOut('save', useTimeoutMs, 'unknown');
      this.dispatch({ type: 'saveFailed', op });
    });
    this.#saver.dueNow();
  }

  #newSaver({ state, token }: Opened<State>): Saver | undefined {
    const { options, saveSlots, unsaved } = this.#parts;
    const { save, clock } = options;
    if (!save) return undefined;
    const saver: Saver = new Saver({
      save: (signal) => save({ uid: this.uid, token, state, signal }),
      isBusy: () => this.#turns.isRunning,
      clock,
      slots: saveSlots,
      unsaved,
      onSaved: () => this.#saved(saver),
      onFailed: (error, retryMs) => this.#saveFailed(error, retryMs),
      onOutdated: () => this.dispatch({ type: 'outdated', op: this.#parts.nextOperation() }),
    });
    return saver;
  }

  #saved(saver: Saver): void {
    this.#parts.counts.saves += 1;
    const { state } = this;
    if (state.at === 'leaving' && state.step === 'save') {
      if (saver.isAtRest) this.dispatch({ type: 'saved', op: state.op });
      else saver.dueNow();
    } else if (this.#goesWhenSaved) {
      this.#goIfSaved();
    }
  }

  #saveFailed(error: unknown, retryMs: number): void {
    const { counts, logger, options } = this.#parts;
    counts.saveFailures += 1;
    this.#saveError = error;
    logger.warn(
      { err: error, uid: this.uid, retryMs },
      'the state of a user could not be saved; trying again',
    );
    const { state } = this;
    if (state.at !== 'leaving' || state.step !== 'save') return;
    const isTooLate = state.why === 'handOff' && options.clock.monotonic() + retryMs >= this.#saveBy;
    if (isTooLate || state.why === 'fenced') this.dispatch({ type: 'saveFailed', op: state.op });
  }

  #goIfSaved(): void {
    if (!this.isQuiet) return;
    if (!this.#saver || this.#saver.isAtRest)
      this.dispatch({ type: 'idle', op: this.#parts.nextOperation() });
    else this.#saver.dueNow();
  }

  async #release(op: EntityOperation): Promise<void> {
    const { server, logger } = this.#parts;
    this.#saver?.seal();
    try {
      await server.release(this.uid);
    } catch (error) {
      // The driver repeats the removal until the store replies.
      logger.warn({ err: error, uid: this.uid }, 'the release of a user is not confirmed yet');
    }
    this.dispatch({ type: 'released', op });
  }

  #answer(as: 'saved' | 'unsaved' | 'kept'): void {
    const { logger } = this.#parts;
    this.#saver?.seal();
    // A hand-off may have been found out before the driver asked.
    this.#answered ??= as;
    const pending = this.#handOff;
    if (!pending) return;
    this.#handOff = undefined;
    if (this.#answered === 'kept') {
      pending.reject(this.#saveError);
    } else if (this.#answered === 'unsaved' && this.#saver) {
      logger.warn({ uid: this.uid }, 'the user is moved unsaved');
      pending.reject(routeError('NOT_SAVED', `The user ${this.uid} could not be saved.`, { uid: this.uid }));
    } else {
      pending.resolve();
    }
  }

  /** The user stays after all. The stays of before are over, as their signal has fired. */
  #resume(): void {
    const hold = this.#hold!;
    this.#hold = new Hold(this.uid, hold.opened);
    this.#turns.endHold(hold);
    hold.end({ why: 'handOff' });
    this.#saver?.unseal();
  }

  async #close(op: EntityOperation, why: CloseReason, to: number | undefined): Promise<void> {
    const hold = this.#hold;
    this.#hold = undefined;
    this.#saver?.drop();
    this.#saver = undefined;
    if (hold) {
      this.#turns.endHold(hold);
      hold.end({ why, to });
      await closeState(this.#parts, this.uid, hold.opened, why, to);
    }
    this.dispatch({ type: 'closed', op, held: this.#isHeld() });
  }

  /* The state as a whole. */

  #isHeld(): boolean {
    return this.#parts.server.holds(this.uid);
  }

  #isServing(): boolean {
    return this.#state.at === 'open' && this.#isHeld();
  }

  #place(): WaitingPlace {
    if (this.#state.at === 'open') return 'open';
    return isGoing(this.#state) ? 'going' : 'opening';
  }

  /** Calls `late` after `ms`, unless the step has ended by then. */
  #limitStep(ms: number, late: () => void): void {
    const { signal } = this.#stepOver;
    void pause(this.#parts.options.clock, ms, signal).then(() => {
      if (!signal.aborted) late();
    });
  }

  #changed(before: EntityState, after: EntityState): void {
    this.#parts.counts.held += Number(isHere(after)) - Number(isHere(before));
    if (before.at !== 'leaving' && after.at === 'leaving') this.#answered = undefined;
    const isSameStep = before.at === 'leaving' && after.at === 'leaving' && before.step === after.step;
    if (!isSameStep) {
      this.#stepOver.abort();
      this.#stepOver = new AbortController();
    }
    const changes = this.#changes;
    this.#changes = [];
    for (const changed of changes) changed();
  }

  #isWanted(): void {
    this.#goesWhenSaved = false;
    this.#parts.idle.delete(this);
  }

  /** Does what the present state calls for: asks, serves, notes the idle time, or forgets. */
  #tidy(): void {
    if (this.#isStepping || this.#isTidying) return;
    this.#isTidying = true;
    this.#turns.rankAll();
    const { at } = this.#state;
    if (at === 'open' && this.#turns.size > 0) {
      if (this.#isHeld()) this.#turns.serve(this.#hold!);
      else void this.#verify();
    }
    this.#isTidying = false;
    if ((at === 'none' || at === 'parked') && this.#turns.size > 0) {
      this.dispatch({ type: 'ask', op: this.#parts.nextOperation() });
      return;
    }
    const { idle, moved, forget } = this.#parts;
    if (!this.isQuiet) this.#isWanted();
    else if (!this.#goesWhenSaved && !idle.has(this)) idle.add(this);
    const isKept = this.#turns.size > 0 || moved.has(this.#movedMark) || !this.#opener.isForgettable;
    if (this.#state.at === 'none' && !isKept) forget(this);
  }
}

/** Whether the driver counts the user for this entity. */
function isHere({ at }: EntityState): boolean {
  return at === 'parked' || at === 'opening' || at === 'open' || at === 'leaving';
}
