/** Ends a pending timer; does nothing once the timer has fired. */
export type CancelTimer = () => void;

/** Options of a timer. */
export interface TimerOptions {
  /** Keeps the process alive until the timer fires. Default false. */
  readonly keepsAlive?: boolean | undefined;
}

/**
 * Time, as a port. Everything that waits or measures takes a clock, so that tests can pass a {@link ManualClock}.
 *
 * `now` is the wall clock, which may be stepped. Measure durations with `monotonic` only.
 */
export interface Clock {
  /** Ms since the epoch. */
  now(): number;
  /** Ms since some fixed moment; never goes back. */
  monotonic(): number;
  /** Calls `callback` once after `ms`; in a later turn of the event loop if that is 0 or less. */
  setTimeout(callback: () => void, ms: number, options?: TimerOptions): CancelTimer;
}

/** The longest delay a platform timer takes; it would fire at once above it. */
const MAX_DELAY_MS = 2_147_483_647;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout(callback, ms, { keepsAlive = false } = {}) {
    // Node warns about a delay that is negative or NaN. What is already over is due now.
    const timer = setTimeout(callback, ms > 0 ? Math.min(ms, MAX_DELAY_MS) : 0);
    if (!keepsAlive) timer.unref?.();
    return () => {
      clearTimeout(timer);
    };
  },
};

/**
 * Calls `expire` when a deadline is over: after `ms` and one more turn of the event loop. After a pause of the whole process
 * timers run before sockets; the extra turn lets replies that have arrived count first.
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
