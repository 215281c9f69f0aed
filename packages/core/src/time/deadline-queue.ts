import { type CancelTimer, type Clock, setDeadline } from './clock.ts';

/** A wait with a deadline. */
export interface Awaiting {
  /** In ms of the monotonic clock. */
  readonly deadline: number;
  /** Called once the deadline has passed. */
  expire(): void;
}

/**
 * Expires waits at their deadlines. One timer serves all waits, as nearly all end long before: the timer is then left running,
 * and does not keep the process alive.
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

  /** The wait has ended. */
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
