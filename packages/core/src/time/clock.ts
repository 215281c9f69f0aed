/** Ends a pending timer; does nothing once the timer has fired. */
export type CancelTimer = () => void;

/** What a timer may be told. */
export interface TimerOptions {
  /** Somebody waits for it: the process must not end before. Default false. */
  readonly keepsAlive?: boolean | undefined;
}

/**
 * Time, as a port. Everything that waits or measures takes a clock, so that tests hand in a {@link ManualClock}.
 *
 * `now` is the wall clock and may be stepped; durations are measured with `monotonic` only.
 */
export interface Clock {
  /** Ms since the epoch. */
  now(): number;
  /** Ms since some fixed moment; never goes back. */
  monotonic(): number;
  /**
   * Calls `callback` once after `ms`, and in a later turn of the event loop where that is not above 0. A timer keeps no process
   * alive alone, unless it is told to.
   */
  setTimeout(callback: () => void, ms: number, options?: TimerOptions): CancelTimer;
}

/** The longest delay a platform timer takes; it would fire at once above it. */
const MAX_DELAY_MS = 2_147_483_647;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout(callback, ms, { keepsAlive = false } = {}) {
    // Node warns of a delay that is negative, or no number. What is over already is due now.
    const timer = setTimeout(callback, ms > 0 ? Math.min(ms, MAX_DELAY_MS) : 0);
    if (!keepsAlive) timer.unref?.();
    return () => {
      clearTimeout(timer);
    };
  },
};

/**
 * Calls `expire` when a deadline is over: after `ms`, and one turn of the event loop later. After a pause of the whole process
 * timers run before sockets: a reply that has arrived counts first.
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
