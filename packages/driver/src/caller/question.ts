import type { CallOptions, Clock } from '@stateful-route/core';

/** What counts as no time: calls of one tick are given the same, so that one timer can serve them all. */
const NO_TIME_MS = 1;

/** A user who is asked about, and the one deadline for all the calls that the answer takes. */
export class Question {
  readonly namespace: string;
  readonly uid: string;
  readonly serviceName: string;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #began: number;

  constructor(clock: Clock, namespace: string, uid: string, serviceName: string, timeoutMs: number) {
    this.namespace = namespace;
    this.uid = uid;
    this.serviceName = serviceName;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#began = clock.monotonic();
  }

  /** How long is left, in ms. */
  leftMs(): number {
    return this.#timeoutMs - (this.#clock.monotonic() - this.#began);
  }

  /** The options of the next call: it has what the earlier ones have left. */
  options(): CallOptions {
    const spentMs = this.#clock.monotonic() - this.#began;
    return { timeoutMs: spentMs < NO_TIME_MS ? this.#timeoutMs : Math.max(1, this.#timeoutMs - spentMs) };
  }
}
