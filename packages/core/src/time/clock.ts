/** Cancels a pending timer. Does nothing once the timer has fired. */
export type CancelTimer = () => void;

/** Options of a timer. */
export interface TimerOptions {
  /** Whether the process must stay alive until the timer fires. Default false. */
  readonly keepsAlive?: boolean | undefined;
}

/**
 * Time, as a port. Everything that waits or measures takes a clock, so that tests can pass a `ManualClock`.
 *
 * `now` is the wall clock, which may step. Durations are measured with `monotonic` only.
 */
export interface Clock {
  /** Ms since the epoch. */
  now(): number;
  /** Ms since some fixed moment; never goes back. */
  monotonic(): number;
  /**
   * Calls `callback` once after `ms`; with `ms` ≤ 0 in a later turn of the event loop. A pending timer does not keep the
   * process alive, unless its options say so.
   */
  setTimeout(callback: () => void, ms: number, options?: TimerOptions): CancelTimer;
}

/** The longest delay of a platform timer. A longer one would fire at once. */
const MAX_DELAY_MS = 2_147_483_647;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout(callback, ms, { keepsAlive = false } = {}) {
    // Node warns of a delay that is negative or NaN. Both are due now.
    const timer = setTimeout(callback, ms > 0 ? Math.min(ms, MAX_DELAY_MS) : 0);
    if (!keepsAlive) timer.unref?.();
    return () => {
      clearTimeout(timer);
    };
  },
};

/**
 * Calls `expire` one turn of the event loop after a deadline of `ms`. After the process was paused, timers run before
 * sockets are read: the extra turn lets a reply that has already arrived win.
 */
export function setDeadline(
  clock: Pick<Clock, 'setTimeout'>,
  expire: () => void,
  ms: number,
  options?: TimerOptions,
): CancelTimer {
  let cancel = clock.setTimeout(
    () => {
      cancel = clock.setTimeout(expire, 0, options);
    },
    ms,
    options,
  );
  return () => {
    cancel();
  };
}

/** Something that must end by a deadline. */
export interface Awaiting {
  /** The deadline, by the monotonic clock. */
  readonly deadline: number;
  /** Called once the deadline has passed. */
  expire(): void;
}

/**
 * Expires entries at their deadlines with one timer for all of them. Nearly every entry is deleted long before its deadline,
 * so a deletion leaves the timer running. The timer does not keep the process alive.
 */
export class DeadlineQueue {
  readonly #clock: Clock;
  readonly #awaiting = new Set<Awaiting>();
  #cancelTimer: CancelTimer | undefined;
  #due = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(awaiting: Awaiting): void {
    this.#awaiting.add(awaiting);
    if (awaiting.deadline < this.#due) this.#wakeAt(awaiting.deadline);
  }

  delete(awaiting: Awaiting): void {
    this.#awaiting.delete(awaiting);
  }

  #wakeAt(due: number): void {
    this.#cancelTimer?.();
    this.#due = due;
    this.#cancelTimer = setDeadline(this.#clock, () => this.#expire(), due - this.#clock.monotonic());
  }

  #expire(): void {
    const now = this.#clock.monotonic();
    this.#due = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    for (const awaiting of this.#awaiting) {
      if (awaiting.deadline > now) {
        next = Math.min(next, awaiting.deadline);
        continue;
      }
      this.#awaiting.delete(awaiting);
      awaiting.expire();
    }
    if (next < Number.POSITIVE_INFINITY) this.#wakeAt(next);
  }
}
