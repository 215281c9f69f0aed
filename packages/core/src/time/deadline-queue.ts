import { type CancelTimer, type Clock, setDeadline } from './clock.ts';

/** Something that must have ended by a deadline. */
export interface Awaiting {
  /** By the monotonic clock. */
  readonly deadline: number;
  /** Called once the deadline has passed. */
  expire(): void;
}

/**
 * Ends what waits for too long. One timer serves all of it, since nearly everything ends long before: it is left running
 * when that happens, and keeps no process alive.
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

  /** It has come to its end. */
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
