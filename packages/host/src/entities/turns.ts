import { type NOT_MINE, routeError } from '@stateful-route/core';
import type { UseState } from '../host.ts';
import type { Timed } from './age-queue.ts';
import type { Hold } from './hold.ts';
import { type HostParts, type InsideUse, insideUse, runningUse } from './host-parts.ts';
import { RecentUse } from './recent-use.ts';
import { timedOut, Waiter, type WaiterInit, type WaiterQueue } from './waiter.ts';

/** When those who were refused, as a queue is full, may ask again, in ms. */
const RETRY_AFTER_MS = 1_000;

/** Where those who ask wait: for an entity that is not open, for one that is, for one on its way out. */
export type WaitingPlace = 'opening' | 'open' | 'going';

/** A use that runs. */
export interface RunningUse extends Timed {
  readonly startedAt: number;
  /** Whether it has run for longer than `useTimeoutMs`. */
  isLate: boolean;
}

/** What turns depend on. */
export interface TurnsListener {
  readonly place: () => WaitingPlace;
  /** Somebody came or left. */
  readonly changed: () => void;
  /** A use runs for longer than `useTimeoutMs`. */
  readonly useLate: () => void;
}

/** Those who ask for one entity, in their order, and the use that runs. */
export class Turns<State> implements WaiterQueue<State> {
  readonly clock: HostParts<State>['options']['clock'];
  readonly #parts: HostParts<State>;
  readonly #uid: string;
  readonly #listener: TurnsListener;
  readonly #waiters = new Set<Waiter<State>>();
  /** How many of the waiters need no turn of their own. */
  #entering = 0;
  #running: RunningUse | undefined;
  #ranked: WaitingPlace = 'opening';
  /** How long uses have run, in ms. */
  usedMs = 0;
  readonly #recent = new RecentUse();

  constructor(parts: HostParts<State>, uid: string, listener: TurnsListener) {
    this.clock = parts.options.clock;
    this.#parts = parts;
    this.#uid = uid;
    this.#listener = listener;
  }

  /** How many wait. */
  get size(): number {
    return this.#waiters.size;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Whether a use has run for longer than `useTimeoutMs`. */
  get isLate(): boolean {
    return this.#running?.isLate ?? false;
  }

  /** Waits for a turn; `run` is called in it. Throws `OVERLOADED` if too many wait. */
  ask<Result>(init: WaiterInit<State>, run: () => Promise<Result>): Promise<Result | typeof NOT_MINE> {
    try {
      return this.#add(init, run);
    } finally {
      // Also if nobody was added: nothing is kept of a user for whom nobody waits.
      this.#listener.changed();
    }
  }

  #add<Result>(init: WaiterInit<State>, run: () => Promise<Result>): Promise<Result | typeof NOT_MINE> {
    const { counts, options } = this.#parts;
    const { useQueueMax, useQueueMaxPerUser } = options;
    if (this.#waiters.size >= useQueueMaxPerUser) {
      throw overloaded(`the queue of ${this.#uid}`, useQueueMaxPerUser);
    }
    if (counts.queued >= useQueueMax) throw overloaded('the queue of this pod', useQueueMax);
    const { waiter, answer } = Waiter.make(this, init, run);
    if (waiter.isWaiting) {
      this.#waiters.add(waiter);
      if (!waiter.isUse) this.#entering += 1;
      counts.queued += 1;
      this.#rank(waiter, this.#listener.place());
    }
    return answer;
  }

  /** Runs a use now; the caller has checked that none runs. `ended` is called in the step in which it ends. */
  async run<Result>(hold: Hold<State>, use: UseState<State, Result>, ended: () => void): Promise<Result> {
    const { server, uses, options } = this.#parts;
    const running: RunningUse = {
      startedAt: options.clock.monotonic(),
      isLate: false,
      due: () => this.#late(running),
    };
    const outer = runningUse(insideUse.getStore());
    const context: InsideUse = { server, uid: this.#uid, outer, isRunning: true };
    this.#running = running;
    uses.add(running);
    try {
      const { state, token } = hold.opened;
      return await insideUse.run(context, () => use(state, { token, signal: hold.signal }));
    } finally {
      context.isRunning = false;
      uses.delete(running);
      this.#measure(running);
      if (this.#running === running) this.#running = undefined;
      ended();
    }
  }

  #measure({ startedAt }: RunningUse): void {
    const { server, options } = this.#parts;
    const now = options.clock.monotonic();
    this.usedMs += now - startedAt;
    server.setWeight(this.#uid, this.#recent.add(now - startedAt, now));
  }

  /** Lets those in whose turn has come: all who enter, and the next use if none runs. Those of another hold are turned away. */
  serve(hold: Hold<State>): void {
    for (const waiter of this.#waiters) {
      if (this.#running && this.#entering === 0) return;
      if (waiter.hold && waiter.hold !== hold) waiter.turnAway();
      else if (!waiter.isUse || !this.#running) waiter.begin();
    }
  }

  /** The state is closed: the use that runs on does not keep the next state's uses waiting. */
  leaveRunning(): void {
    if (this.#running) this.#parts.uses.delete(this.#running);
    this.#running = undefined;
  }

  /** The hold is over: its stays' uses are turned away. */
  endHold(hold: Hold<State>): void {
    for (const waiter of this.#waiters) if (waiter.hold === hold) waiter.turnAway();
  }

  turnAwayAll(): void {
    for (const waiter of this.#waiters) waiter.turnAway();
  }

  failAll(error: unknown): void {
    for (const waiter of this.#waiters) waiter.fail(error);
  }

  /** The entity may have changed where those who ask wait: they wait by that place's clock from now on. */
  rankAll(): void {
    const place = this.#listener.place();
    if (place === this.#ranked) return;
    this.#ranked = place;
    for (const waiter of this.#waiters) {
      this.#unrank(waiter);
      this.#rank(waiter, place);
    }
  }

  left(waiter: Waiter<State>): void {
    if (!this.#waiters.delete(waiter)) return;
    if (!waiter.isUse) this.#entering -= 1;
    this.#parts.counts.queued -= 1;
    this.#unrank(waiter);
    this.#listener.changed();
  }

  due(waiter: Waiter<State>): void {
    const { openTimeoutMs } = this.#parts.options;
    const place = this.#listener.place();
    if (place === 'opening') waiter.fail(timedOut(nameOf(waiter), openTimeoutMs, 'none'));
    else if (place === 'going') waiter.turnAway();
    else if (this.#running?.isLate) this.#failBehind(waiter);
  }

  #rank(waiter: Waiter<State>, place: WaitingPlace): void {
    const { waiting, options } = this.#parts;
    if (place === 'going' && waiting.going.size >= options.moveWaitMax) waiter.turnAway();
    else waiting[place].add(waiter);
  }

  #unrank(waiter: Waiter<State>): void {
    const { waiting } = this.#parts;
    waiting.opening.delete(waiter);
    waiting.open.delete(waiter);
    waiting.going.delete(waiter);
  }

  /** Nobody waits for longer than `useTimeoutMs` behind one use: it may be waiting for them. */
  #late(running: RunningUse): void {
    if (running !== this.#running) return;
    running.isLate = true;
    for (const waiter of this.#waiters) {
      if (this.#listener.place() === 'open' && !this.#parts.waiting.open.has(waiter))
        this.#failBehind(waiter);
    }
    this.#listener.useLate();
  }

  #failBehind(waiter: Waiter<State>): void {
    waiter.fail(timedOut(nameOf(waiter), this.#parts.options.useTimeoutMs, 'none'));
  }
}

function nameOf({ isUse }: { readonly isUse: boolean }): string {
  return isUse ? 'use' : 'enter';
}

function overloaded(resource: string, limit: number): Error {
  return routeError('OVERLOADED', `Too many wait in ${resource}, which holds ${limit}. Try again later.`, {
    resource,
    limit,
    retryAfterMs: RETRY_AFTER_MS,
  });
}
