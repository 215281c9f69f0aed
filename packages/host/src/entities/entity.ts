import { type CallOptions, type HandOffUser, NOT_MINE, routeError } from '@stateful-route/core';
import type { CloseReason, HostEntity, UseState } from '../host.ts';
import type { Timed } from './age-queue.ts';
import { Arrival } from './arrival.ts';
import { closeState } from './close-state.ts';
import { Departure } from './departure.ts';
import { isAbsent, isGoing, isHere, NO_ENTITY, stepEntity } from './entity-life.ts';
import type { EntityEffect, EntityEvent, EntityOperation, EntityState } from './entity-state.ts';
import { Hold, type Opened } from './hold.ts';
import type { HostParts } from './host-parts.ts';
import { Saver } from './saver.ts';
import { Turns, type WaitingPlace } from './turns.ts';
import { within } from './waiting.ts';

/** One user's entity: performs what the state machine decides. */
export class Entity<State> implements Timed {
  readonly uid: string;
  readonly #parts: HostParts<State>;
  readonly turns: Turns<State>;
  readonly #arrival: Arrival<State>;
  readonly #departure: Departure<State>;
  #state: EntityState = NO_ENTITY;
  readonly #events: EntityEvent[] = [];
  #isStepping = false;
  #hold: Hold<State> | undefined;
  #saver: Saver | undefined;
  /** Whether the entity is let go once it is saved, unless it is used before. */
  #goesWhenSaved = false;
  #changes: (() => void)[] = [];
  #isTidying = false;
  /** In the queue of users who were moved a short while ago. */
  readonly #movedMark: Timed = { due: () => this.tidy() };

  constructor(parts: HostParts<State>, uid: string) {
    this.uid = uid;
    this.#parts = parts;
    this.#arrival = new Arrival(parts, this);
    this.turns = new Turns(parts, uid, {
      place: () => this.#place(),
      changed: () => this.tidy(),
      useLate: () => this.#saver?.giveSlotBack(),
    });
    this.#departure = new Departure(parts, this);
  }

  get state(): EntityState {
    return this.#state;
  }

  get saver(): Saver | undefined {
    return this.#saver;
  }

  get hold(): Hold<State> | undefined {
    return this.#hold;
  }

  /** Whether the driver holds the user. */
  get isHeld(): boolean {
    return this.#parts.server.holds(this.uid);
  }

  /** What `entities()` tells; `undefined` if the state is not open. */
  get view(): HostEntity | undefined {
    const { uid, turns, isUnsaved: unsaved } = this;
    if (!this.#hold) return undefined;
    const { stays, opened } = this.#hold;
    return { uid, token: opened.token, stays, queued: turns.size, unsaved, usedMs: turns.usedMs };
  }

  get isUnsaved(): boolean {
    return this.#saver?.isUnsaved ?? false;
  }

  /** Whether nobody stays, uses or asks. */
  get isQuiet(): boolean {
    const { at } = this.#state;
    if (at !== 'open' && at !== 'parked') return false;
    return !this.turns.isRunning && this.turns.size === 0 && (this.#hold?.stays ?? 0) === 0;
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
    if (isPlain && this.#isServing && !this.turns.isRunning && this.turns.size === 0) {
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
      this.tidy();
      return hold;
    };
    if (this.#isServing && !options?.signal?.aborted) return enter();
    return this.#ask({ isUse: false, options }, enter);
  }

  /** A stay left. */
  leave(hold: Hold<State>): void {
    hold.stays -= 1;
    this.#parts.counts.stays -= 1;
    this.tidy();
  }

  /** The state was changed outside of a use. */
  changed(hold: Hold<State>): void {
    if (this.#hold?.opened === hold.opened) this.#saver?.changed();
  }

  /** Saves, closes and releases the user. Returns whether this pod had the user. Rejects if the save fails: the user stays. */
  end(): Promise<boolean> {
    return this.#departure.end();
  }

  /** Resolves at the entity's next change. */
  nextChange(): Promise<void> {
    return new Promise((resolve) => {
      this.#changes.push(resolve);
    });
  }

  /* What the driver tells. */

  /** Saves the user for a hand-off. Rejects with `NOT_SAVED` if the user is to be moved unsaved, else if the user is to stay. */
  handOff(user: HandOffUser): Promise<void> {
    return this.#departure.handOff(user);
  }

  /** The idle time is over, or room is needed: lets the user go, once saved, unless somebody comes before. */
  due(): void {
    if (!this.isQuiet) return;
    this.#goesWhenSaved = true;
    this.#saver?.saveLast();
    this.#goIfSaved();
  }

  /** As `due`; resolves with whether the user has gone, after `useTimeoutMs` at the latest. */
  async evict(): Promise<boolean> {
    const { idle, options } = this.#parts;
    idle.delete(this);
    this.due();
    const over = async (): Promise<void> => {
      while (this.#goesWhenSaved || isGoing(this.#state)) await this.nextChange();
    };
    await within(options.clock, options.useTimeoutMs, over());
    return this.#state.at === 'none';
  }

  /** The state was opened. */
  opened(op: EntityOperation, opened: Opened<State>): void {
    this.#hold = new Hold(this.uid, opened);
    this.#saver = this.#newSaver(opened);
    this.dispatch({ type: 'opened', op });
  }

  /** Applies an event to the state machine, after those that are being applied. */
  dispatch(event: EntityEvent): void {
    this.#events.push(event);
    if (this.#isStepping) return;
    this.#isStepping = true;
    for (let next = this.#events.shift(); next; next = this.#events.shift()) this.#step(next);
    this.#isStepping = false;
    this.tidy();
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
        void this.#arrival.claim(effect.op);
        break;
      case 'open':
        void this.#arrival.open(effect.op, effect.token);
        break;
      case 'abandon':
        this.#arrival.abandon(effect.why);
        break;
      case 'signal':
        this.#hold?.controller.abort(new Error('the user leaves this pod'));
        break;
      case 'awaitUses':
        this.#departure.awaitUses(effect.op);
        break;
      case 'save':
        this.#departure.save(effect.op);
        break;
      case 'release':
        void this.#departure.release(effect.op);
        break;
      case 'letGo':
        void this.#departure.release();
        break;
      case 'answer':
        this.#departure.answer(effect.as);
        break;
      case 'resume':
        this.#resume();
        break;
      case 'close':
        void this.#close(effect.op, effect.why, effect.to);
        break;
      case 'turnAway':
        this.turns.turnAwayAll();
        this.#parts.moved.add(this.#movedMark);
        break;
    }
  }

  /* Uses. */

  #ask<Result>(
    init: Parameters<Turns<State>['ask']>[0],
    run: () => Promise<Result>,
  ): Promise<Result | typeof NOT_MINE> {
    if (isAbsent(this.#state)) {
      if (this.#wasMoved()) return Promise.resolve(NOT_MINE);
      const { failure } = this.#arrival;
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what `open` threw
      if (failure) return Promise.reject(failure.error);
    }
    return this.turns.ask(init, run);
  }

  async #use<Result>(use: UseState<State, Result>): Promise<Result> {
    const hold = this.#hold!;
    this.#isWanted();
    let isSaved: Promise<boolean> | undefined;
    let failure: { readonly cause: unknown } | undefined;
    let result!: Result;
    try {
      result = await this.turns.run(hold, use, () => {
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
    if (this.#hold?.opened !== hold.opened) return save && Promise.resolve(false);
    const { state } = this;
    const saver = this.#saver;
    let isSaved: Promise<boolean> | undefined;
    if (saver) {
      saver.changed();
      // A user who is moved unsaved may still stay.
      const isUnsure = state.at === 'leaving' && state.step === 'link';
      if (savesAfterUse || isUnsure) isSaved = saver.saved();
      saver.tryBegin();
    }
    if (state.at === 'leaving' && !this.turns.isRunning) this.dispatch({ type: 'usesEnded', op: state.op });
    else this.tidy();
    return isSaved;
  }

  /* Leaving. */

  #newSaver({ state, token }: Opened<State>): Saver | undefined {
    const { options, saveSlots, unsaved } = this.#parts;
    const { save, clock } = options;
    if (!save) return undefined;
    const saver: Saver = new Saver({
      save: (signal) => save({ uid: this.uid, token, state, signal }),
      turns: this.turns,
      clock,
      slots: saveSlots,
      unsaved,
      onSaved: () => this.#saved(saver),
      telemetry: this.#parts.telemetry,
      onFailed: (...failure) => this.#departure.saveFailed(...failure),
      onOutdated: () => this.dispatch({ type: 'outdated', op: this.#parts.nextOperation() }),
    });
    return saver;
  }

  #saved(saver: Saver): void {
    this.#parts.counts.saves += 1;
    if (this.#goesWhenSaved) this.#goIfSaved();
    else this.#departure.saved(saver);
  }

  #goIfSaved(): void {
    if (!this.isQuiet) return;
    if (!this.#saver || this.#saver.isLastOver)
      this.dispatch({ type: 'idle', op: this.#parts.nextOperation() });
  }

  /** The user stays after all. The stays of before are over, as their signal has fired. */
  #resume(): void {
    const hold = this.#hold!;
    this.#hold = new Hold(this.uid, hold.opened);
    this.turns.endHold(hold);
    hold.end({ why: 'handOff' });
    this.#saver?.unseal();
  }

  async #close(op: EntityOperation, why: CloseReason, to: number | undefined): Promise<void> {
    const hold = this.#hold;
    this.#hold = undefined;
    this.turns.leaveRunning();
    this.#saver?.drop();
    this.#saver = undefined;
    if (hold) {
      this.turns.endHold(hold);
      hold.end({ why, to });
      await closeState(this.#parts, this.uid, hold.opened, why, to);
    }
    this.dispatch({ type: 'closed', op, held: this.isHeld });
  }

  /* The state as a whole. */

  get #isServing(): boolean {
    return this.#state.at === 'open' && this.isHeld;
  }

  /** A claim would take the user back from the pod that the user was moved to. */
  #wasMoved(): boolean {
    return this.#parts.moved.has(this.#movedMark) && !this.isHeld;
  }

  #place(): WaitingPlace {
    if (this.#state.at === 'open') return 'open';
    return isGoing(this.#state) ? 'going' : 'opening';
  }

  #changed(before: EntityState, after: EntityState): void {
    this.#parts.counts.held += Number(isHere(after)) - Number(isHere(before));
    this.#departure.changed(before, after);
    this.#tell();
  }

  /** Wakes those who wait for a change. */
  #tell(): void {
    const changes = this.#changes;
    this.#changes = [];
    for (const changed of changes) changed();
  }

  #isWanted(): void {
    this.#parts.idle.delete(this);
    if (!this.#goesWhenSaved) return;
    this.#goesWhenSaved = false;
    this.#tell();
  }

  /** Does what the present state calls for: asks, serves, notes the idle time, or forgets. */
  tidy(): void {
    if (this.#isStepping || this.#isTidying) return;
    this.#isTidying = true;
    this.turns.rankAll();
    const { at } = this.#state;
    if (at === 'open' && this.turns.size > 0) {
      if (this.isHeld) this.turns.serve(this.#hold!);
      else void this.#arrival.verify();
    } else if (isAbsent(this.#state) && this.turns.size > 0) {
      const { failure } = this.#arrival;
      if (this.#wasMoved()) this.turns.turnAwayAll();
      else if (failure) this.turns.failAll(failure.error);
    }
    this.#isTidying = false;
    if (isAbsent(this.#state) && this.turns.size > 0) {
      this.dispatch({ type: 'ask', op: this.#parts.nextOperation() });
      return;
    }
    const { idle, moved, forget } = this.#parts;
    if (!this.isQuiet) this.#isWanted();
    else if (!this.#goesWhenSaved && !idle.has(this)) idle.add(this);
    const isKept = this.turns.size > 0 || moved.has(this.#movedMark) || !this.#arrival.isForgettable;
    if (this.#state.at === 'none' && !isKept) forget(this);
  }
}
