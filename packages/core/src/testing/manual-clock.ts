import type { CancelTimer, Clock } from '../time/clock.ts';

interface ManualTimer {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Taken at load, so that a test's fake timers do not stop it. */
const nextTurn: (callback: () => void) => void =
  typeof setImmediate === 'function' ? setImmediate : setTimeout;

/**
 * A clock that stands still until it is told to advance. One instance drives a store and its drivers together.
 *
 * @example
 * const clock = new ManualClock();
 * let fired = false;
 * clock.setTimeout(() => { fired = true; }, 1_000);
 * await clock.advance(1_000);
 * // fired is true
 */
export class ManualClock implements Clock {
  #elapsed = 0;
  #wallStart: number;
  #order = 0;
  readonly #timers = new Set<ManualTimer>();

  /** @param start - the wall clock's first reading, ms since the epoch. */
  constructor(start = 1_700_000_000_000) {
    this.#wallStart = start;
  }

  now(): number {
    return this.#wallStart + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  setTimeout(callback: () => void, ms: number): CancelTimer {
    const timer = { due: this.#elapsed + (ms > 0 ? ms : 0), order: this.#order++, callback };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Steps the wall clock alone, as an operator or NTP would; timers and `monotonic` do not notice. */
  stepWallClock(ms: number): void {
    this.#wallStart += ms;
  }

  /**
   * Moves time on by `ms`, firing due timers in order. Work that a timer starts is let run before the next one fires,
   * as far as it needs no more than promises.
   */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    await settle();
    for (let timer = this.#next(end); timer; timer = this.#next(end)) {
      this.#timers.delete(timer);
      this.#elapsed = Math.max(this.#elapsed, timer.due);
      timer.callback();
      await settle();
    }
    // two that run at once both end, at the later time
    this.#elapsed = Math.max(this.#elapsed, end);
  }

  #next(end: number): ManualTimer | undefined {
    let first: ManualTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.due > end) continue;
      if (!first || timer.due < first.due || (timer.due === first.due && timer.order < first.order)) {
        first = timer;
      }
    }
    return first;
  }
}

function settle(): Promise<void> {
  return new Promise((resolve) => {
    nextTurn(resolve);
  });
}
