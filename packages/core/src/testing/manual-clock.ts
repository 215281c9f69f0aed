import type { CancelTimer, Clock } from '../time/clock.ts';

interface ManualTimer {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Taken when the module loads, so that a test's fake timers do not stop it. */
const nextTurn: (callback: () => void) => void =
  typeof setImmediate === 'function' ? setImmediate : setTimeout;

/**
 * A clock that stands still until `advance` is called. One instance drives a store and its drivers together.
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

  /** Steps the wall clock alone, as an operator or NTP would. Timers and `monotonic` are not affected. */
  stepWallClock(ms: number): void {
    this.#wallStart += ms;
  }

  /**
   * Advances time by `ms`, and fires due timers in order. After each one it waits until the promises that the timer has
   * resolved are handled.
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
    // Concurrent calls both end, at the later time.
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
