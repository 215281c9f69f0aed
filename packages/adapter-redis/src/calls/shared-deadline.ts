import type { Clock } from '@stateful-route/core';
import type { Awaiting, DeadlineQueue } from '@stateful-route/core/adapter';

/** One of the calls that share a deadline. */
export interface Expiring {
  /** Whether it has come to its end already. */
  readonly over: boolean;
  /** Called at the deadline, where that comes first. */
  expire(): void;
}

/** The deadline of all calls that began in one tick with the same time. */
export class SharedDeadline implements Awaiting {
  readonly timeoutMs: number;
  readonly deadline: number;
  readonly awaited: () => string | undefined;
  readonly #clock: Clock;
  readonly #queue: DeadlineQueue;
  readonly #onExpired: () => void;
  readonly #calls: Expiring[] = [];
  #pending = 0;

  /**
   * @param onExpired - called when it passes while somebody still waits.
   * @param awaited - what calls wait for that were not sent yet.
   */
  constructor(
    timeoutMs: number,
    clock: Clock,
    queue: DeadlineQueue,
    onExpired: () => void,
    awaited: () => string | undefined = () => undefined,
  ) {
    this.awaited = awaited;
    this.timeoutMs = timeoutMs;
    this.deadline = clock.monotonic() + timeoutMs;
    this.#clock = clock;
    this.#queue = queue;
    this.#onExpired = onExpired;
  }

  leftMs(): number {
    return this.deadline - this.#clock.monotonic();
  }

  join(call: Expiring): void {
    this.#calls.push(call);
    this.#pending += 1;
    if (this.#pending === 1) this.#queue.add(this);
  }

  /** One of the calls has come to its end. */
  leave(): void {
    this.#pending -= 1;
    if (this.#pending === 0) this.#queue.delete(this);
  }

  expire(): void {
    const late = this.#calls.filter(({ over }) => !over);
    for (const call of late) call.expire();
    if (late.length > 0) this.#onExpired();
  }
}
