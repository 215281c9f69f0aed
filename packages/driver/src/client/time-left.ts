import type { CallOptions, Clock } from '@stateful-route/core';

/** What counts as no time: calls of one tick are given the same, so that one timer can serve them all. */
const NO_TIME_MS = 1;

/** One deadline for all the calls that a question takes. */
export class TimeLeft {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #began: number;

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#began = clock.monotonic();
  }

  /** The options of the next call: it has what the earlier ones have left. */
  options(): CallOptions {
    const spentMs = this.#clock.monotonic() - this.#began;
    return { timeoutMs: spentMs < NO_TIME_MS ? this.#timeoutMs : Math.max(1, this.#timeoutMs - spentMs) };
  }
}
