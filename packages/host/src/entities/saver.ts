import type { CancelTimer, Clock } from '@stateful-route/core';
import type { HostTelemetry, SaveOutcome } from '../telemetry/host-telemetry.ts';
import type { AgeQueue, Timed } from './age-queue.ts';
import { backoffMs } from './backoff.ts';
import type { Slots } from './slots.ts';
import { seenToken } from './stale-token.ts';

/** The wait after the first failure of a save, in ms. */
const RETRY_MS = 100;

/** What a saver depends on. */
export interface SaverParts {
  /** Stores the state. */
  readonly save: (signal: AbortSignal) => void | Promise<void>;
  /** Whether a use is running: no save may begin beside it. `isLate`: it has run for longer than `useTimeoutMs`. */
  readonly turns: { readonly isRunning: boolean; readonly isLate: boolean };
  readonly clock: Clock;
  /** The saves that run at a time on this pod. */
  readonly slots: Slots;
  /** Calls `due` once the state has been unsaved for `saveEveryMs`. */
  readonly unsaved: AgeQueue;
  readonly telemetry: HostTelemetry;
  readonly onSaved: () => void;
  /** A save failed after `tookMs`; the next one begins after `retryMs`. */
  readonly onFailed: (error: unknown, retryMs: number, tookMs: number) => void;
  /** The storage knows a greater token. */
  readonly onOutdated: () => void;
}

interface Waiting {
  readonly version: number;
  readonly done: (isSaved: boolean) => void;
}

/**
 * Saves the state of one open entity: one save at a time, each begun while no use runs. Uses go on beside a save and make the
 * state unsaved again. A save that fails is repeated.
 */
export class Saver implements Timed {
  readonly #parts: SaverParts;
  /** Counts the changes. */
  #version = 0;
  /** The version that was saved last. */
  #saved = 0;
  #running: AbortController | undefined;
  #isDue = false;
  #isDropped = false;
  #failures = 0;
  #cancelRetry: CancelTimer | undefined;
  /** Whether this saver has a slot, and no save runs yet. */
  #hasSlot = false;
  #isSealed = false;
  #cancelSlot: (() => void) | undefined;
  #waiting: Waiting[] = [];
  /** The last saves: the version up to which the next one must save, and how many may follow it; below 0: they are over. */
  #last = { upTo: 0, more: -1 };

  constructor(parts: SaverParts) {
    this.#parts = parts;
  }

  /** Whether there are changes that no successful save has seen. */
  get isUnsaved(): boolean {
    return this.#version > this.#saved;
  }

  /** Whether nothing is unsaved and no save runs. */
  get isAtRest(): boolean {
    return !this.isUnsaved && this.#running === undefined;
  }

  /** Whether the saves that `saveLast` began are over; `isUnsaved` tells whether a change came during the very last. */
  get isLastOver(): boolean {
    return this.isAtRest || this.#last.more < 0;
  }

  /** Notes a change. */
  changed(): void {
    if (this.#isDropped) return;
    this.#version += 1;
    if (!this.#isDue && !this.#parts.unsaved.has(this)) this.#parts.unsaved.add(this);
  }

  /** Saves as soon as no use runs. */
  due(): void {
    if (this.#isDropped || !this.isUnsaved) return;
    this.#isDue = true;
    this.#parts.unsaved.delete(this);
    this.tryBegin();
  }

  /** Like `due`, but does not wait for the retry of a save that failed. */
  dueNow(): void {
    this.#failures = 0;
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    this.due();
  }

  /** The state leaves: what there is now is saved, and once more what changes meanwhile. A save may itself change the state. */
  saveLast(): void {
    this.#last = { upTo: this.#version, more: 1 };
    this.dueNow();
  }

  /** Resolves with true once everything until now is saved by a save that begins from now on; with false if it never will be. */
  saved(): Promise<boolean> {
    if (this.#isDropped) return Promise.resolve(false);
    if (!this.isUnsaved) return Promise.resolve(true);
    const version = this.#version;
    const saved = new Promise<boolean>((done) => {
      this.#waiting.push({ version, done });
    });
    this.due();
    return saved;
  }

  /** Begins a save that is due, if it may begin now. Called when a use has ended. */
  tryBegin(): void {
    const isReady = this.#isDue && !this.#running && !this.#cancelRetry && !this.#isSealed;
    if (!isReady || this.#parts.turns.isRunning) return;
    if (this.#hasSlot) {
      this.#hasSlot = false;
      void this.#save();
    } else if (!this.#cancelSlot) {
      let isGranted = false;
      const cancel = this.#parts.slots.take(() => {
        isGranted = true;
        this.#cancelSlot = undefined;
        this.#hasSlot = true;
        this.tryBegin();
        if (this.#parts.turns.isLate) this.giveSlotBack();
      });
      // It may have been granted at once.
      if (!isGranted) this.#cancelSlot = cancel;
    }
  }

  /** Others get the slot that this saver keeps. Called when the use that it waits for takes longer than `useTimeoutMs`. */
  giveSlotBack(): void {
    if (!this.#hasSlot) return;
    this.#hasSlot = false;
    this.#parts.slots.give();
  }

  /** Gives a running save up, which may go on: the storage must refuse it by its token. None begins until `unseal`. */
  seal(): void {
    this.#isSealed = true;
    this.giveSlotBack();
    this.#running?.abort(new Error('the save is given up'));
  }

  /** Saves again. */
  unseal(): void {
    this.#isSealed = false;
    this.dueNow();
  }

  /** Ends everything: nothing is saved any more. */
  drop(): void {
    if (this.#isDropped) return;
    this.#isDropped = true;
    this.#parts.unsaved.delete(this);
    this.#cancelRetry?.();
    this.#cancelSlot?.();
    this.#cancelSlot = undefined;
    this.seal();
    // A save that hangs must not keep the others' slot.
    if (this.#running) this.#parts.slots.give();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { done } of waiting) done(false);
  }

  async #save(): Promise<void> {
    const { save, slots, clock } = this.#parts;
    const begunAt = clock.monotonic();
    const version = this.#version;
    const running = new AbortController();
    this.#running = running;
    this.#isDue = false;
    let failure: { readonly error: unknown } | undefined;
    try {
      const saving = save(running.signal);
      // A synchronous save has ended.
      if (saving !== undefined) await saving;
    } catch (error) {
      failure = { error };
    }
    const tookMs = clock.monotonic() - begunAt;
    this.#parts.telemetry.saveEnded(outcomeOf(failure), tookMs);
    if (this.#isDropped) return;
    this.#running = undefined;
    slots.give();
    if (failure) this.#failed(failure.error, tookMs);
    else this.#succeeded(version);
  }

  #succeeded(version: number): void {
    this.#saved = version;
    this.#failures = 0;
    const { upTo, more } = this.#last;
    if (more >= 0 && version >= upTo) this.#last = { upTo: this.#version, more: more - 1 };
    const waiting = this.#waiting;
    this.#waiting = waiting.filter((each) => each.version > version);
    for (const each of waiting) if (each.version <= version) each.done(true);
    this.#isDue = (this.#isDue || this.#waiting.length > 0 || !this.isLastOver) && this.isUnsaved;
    if (this.#isDue) this.#parts.unsaved.delete(this);
    // It may end the saving.
    this.#parts.onSaved();
    this.tryBegin();
  }

  #failed(error: unknown, tookMs: number): void {
    if (seenToken(error) !== undefined) {
      this.#parts.onOutdated();
      return;
    }
    this.#failures += 1;
    const retryMs = backoffMs(RETRY_MS, this.#failures);
    this.#isDue = true;
    this.#parts.unsaved.delete(this);
    this.#cancelRetry = this.#parts.clock.setTimeout(() => {
      this.#cancelRetry = undefined;
      this.tryBegin();
    }, retryMs);
    this.#parts.onFailed(error, retryMs, tookMs);
  }
}

function outcomeOf(failure: { readonly error: unknown } | undefined): SaveOutcome {
  if (!failure) return 'saved';
  return seenToken(failure.error) === undefined ? 'failed' : 'outdated';
}
