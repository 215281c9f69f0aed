import type { CancelTimer, Clock } from '@stateful-route/core';

/** Something that must have ended by a deadline. */
export interface Awaited {
  /** Monotonic. */
  readonly deadline: number;
  readonly expire: () => void;
}

/** Ends what waits for too long. One timer serves all of it, since nearly everything ends long before. */
export class DeadlineQueue {
  readonly #clock: Clock;
  readonly #awaited = new Set<Awaited>();
  #cancelTimer: CancelTimer | undefined;
  #due = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(awaited: Awaited): void {
    this.#awaited.add(awaited);
    if (awaited.deadline < this.#due) this.#wakeAt(awaited.deadline);
  }

  /** It has come to its end. */
  delete(awaited: Awaited): void {
    this.#awaited.delete(awaited);
  }

  #wakeAt(due: number): void {
    this.#cancelTimer?.();
    this.#due = due;
    // After a pause of the whole process timers run before sockets: a reply that has arrived counts first.
    this.#cancelTimer = this.#clock.setTimeout(() => {
      this.#cancelTimer = this.#clock.setTimeout(() => this.#expire(), 0);
    }, due - this.#clock.monotonic());
  }

  #expire(): void {
    const now = this.#clock.monotonic();
    this.#due = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    for (const awaited of this.#awaited) {
      if (awaited.deadline > now) {
        next = Math.min(next, awaited.deadline);
        continue;
      }
      this.#awaited.delete(awaited);
      awaited.expire();
    }
    if (next < Number.POSITIVE_INFINITY) this.#wakeAt(next);
  }
}
