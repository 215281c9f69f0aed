import type { ManualClock } from '@stateful-route/core/testing';

/** A longer gap in a log passes as one day: it contains only heartbeats. */
const GAP_MS_MAX = 86_400_000;
const STEP_MS = 1_000;

/** Advances a manual clock to the times of the traffic: never back, and at most a day at once. */
export class SimulatedTime {
  readonly #clock: ManualClock;
  /** The traffic's time minus the clock's. */
  #ahead: number | undefined;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  /** The traffic's time, in ms since the epoch. */
  now(): number {
    return this.#clock.now() + (this.#ahead ?? 0);
  }

  /** Advances to a time of the traffic, unless it is past. */
  async moveTo(time: number): Promise<void> {
    this.#ahead ??= time - this.#clock.now();
    const gap = time - this.now();
    if (gap <= 0) return;
    const passed = Math.min(gap, GAP_MS_MAX);
    await this.#clock.advance(passed);
    this.#ahead += gap - passed;
  }

  /** Advances in steps, the first of 0 ms and then of seconds, until a promise has settled. */
  async pass(until: Promise<unknown>): Promise<void> {
    const wait = { over: false };
    const end = (): void => {
      wait.over = true;
    };
    until.then(end, end);
    for (let step = 0; !wait.over; step = STEP_MS) await this.#clock.advance(step);
  }
}
