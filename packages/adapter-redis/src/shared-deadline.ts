/** Something that waits for a deadline. */
export interface Awaiting {
  /** Whether it has come to its end already. */
  readonly over: boolean;
  /** Called at the deadline, where that comes first. */
  expire(): void;
}

/** The deadline of all calls that began in one tick with the same time: a timer each would cost more than the calls. */
export class SharedDeadline {
  readonly timeoutMs: number;
  readonly #at: number;
  readonly #onExpired: () => void;
  readonly #calls: Awaiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #pending = 0;

  /** @param onExpired - called when it passes while somebody still waits. */
  constructor(timeoutMs: number, onExpired: () => void) {
    this.timeoutMs = timeoutMs;
    this.#onExpired = onExpired;
    this.#at = performance.now() + timeoutMs;
  }

  leftMs(): number {
    return this.#at - performance.now();
  }

  join(call: Awaiting): void {
    this.#calls.push(call);
    this.#pending += 1;
    // After a pause of the whole process timers run before sockets: a reply that has arrived counts first.
    this.#timer ??= setTimeout(() => setImmediate(() => this.#expire()), Math.max(0, this.leftMs()));
  }

  /** One of the calls has come to its end. */
  leave(): void {
    this.#pending -= 1;
    if (this.#pending > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #expire(): void {
    const late = this.#calls.filter(({ over }) => !over);
    for (const call of late) call.expire();
    if (late.length > 0) this.#onExpired();
  }
}
