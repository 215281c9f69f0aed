import type { CallOptions, Clock } from '@stateful-route/core';

/** One deadline for all the calls that a question takes. */
export class TimeLeft {
  readonly #clock: Clock;
  readonly #deadline: number;

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#deadline = clock.monotonic() + timeoutMs;
  }

  /** The options of the next call: it has what the earlier ones have left. */
  options(): CallOptions {
    return { timeoutMs: Math.max(1, this.#deadline - this.#clock.monotonic()) };
  }
}
