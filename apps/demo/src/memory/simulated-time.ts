import type { ManualClock } from '@stateful-route/core/testing';

/** A longer silence of a log passes as one day: nothing happens in it but heartbeats. */
const GAP_MS_MAX = 86_400_000;
const STEP_MS = 1_000;

/** The traffic's time, by which a manual clock is moved on: never back, and not through years of silence. */
export class SimulatedTime {
  readonly #clock: ManualClock;
  /** How far the traffic's time is ahead of the clock's, whose own beginning means nothing. */
  #ahead: number | undefined;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  /** Ms since the epoch, as the traffic tells it. */
  now(): number {
    return this.#clock.now() + (this.#ahead ?? 0);
  }

  /** Moves on to a moment of the traffic, unless it is past. */
  async moveTo(time: number): Promise<void> {
    this.#ahead ??= time - this.#clock.now();
    const gap = time - this.now();
    if (gap <= 0) return;
    const passed = Math.min(gap, GAP_MS_MAX);
    await this.#clock.advance(passed);
    this.#ahead += gap - passed;
  }

  /** Moves on, first not at all and then by seconds, until something has happened. */
  async pass(until: Promise<unknown>): Promise<void> {
    const wait = { over: false };
    const end = (): void => {
      wait.over = true;
    };
    until.then(end, end);
    for (let step = 0; !wait.over; step = STEP_MS) await this.#clock.advance(step);
  }
}
