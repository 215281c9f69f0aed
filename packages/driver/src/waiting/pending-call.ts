import type { CallOptions, Clock } from '@stateful-route/core';
import { type Awaiting, DeadlineQueue, onAbort } from '@stateful-route/core/adapter';
import { timedOut } from '../errors.ts';
import { pause } from './pause.ts';

/**
 * One call of the application, however many store calls and waits it takes. It settles once: with a result, at its deadline, or
 * by the caller's signal. Code that acts for it checks `over` in the same step, so that it notices when it is too late.
 */
export class PendingCall<T> implements Awaiting {
  /** Monotonic. */
  readonly deadline: number;
  readonly promise: Promise<T>;
  readonly signal: AbortSignal | undefined;
  /** Whether it has settled. */
  over = false;
  /** The error at the deadline, instead of a plain `TIMEOUT`. */
  deadlineError: unknown;
  readonly #clock: Clock;
  readonly #operation: string;
  readonly #timeoutMs: number;
  #resolve!: (value: T) => void;
  #reject!: (error: unknown) => void;
  #removeListener: (() => void) | undefined;

  constructor(
    clock: Clock,
    operation: string,
    defaultMs: number,
    { signal, timeoutMs = defaultMs }: CallOptions = {},
  ) {
    this.#clock = clock;
    this.#operation = operation;
    this.#timeoutMs = timeoutMs;
    this.deadline = clock.monotonic() + timeoutMs;
    this.signal = signal;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Nobody may be waiting for it: then a rejection is not unhandled.
    this.promise.catch(() => {});
    if (signal?.aborted) {
      this.reject(signal.reason);
      return;
    }
    this.#removeListener = signal && onAbort(signal, () => this.reject(signal.reason));
    deadlinesOf(clock).add(this);
  }

  /** The deadline has passed. */
  expire(): void {
    const timeout = (): Error => timedOut({ operation: this.#operation, effect: 'unknown' }, this.#timeoutMs);
    this.reject(this.deadlineError ?? timeout());
  }

  leftMs(): number {
    return this.deadline - this.#clock.monotonic();
  }

  resolve(value: T): void {
    this.#settle();
    this.#resolve(value);
  }

  reject(error: unknown): void {
    this.#settle();
    this.#reject(error);
  }

  /** Waits, at most until the deadline, or until the signal fires. */
  pause(ms: number, signal: AbortSignal | undefined = this.signal): Promise<void> {
    return pause(this.#clock, Math.max(0, Math.min(ms, this.leftMs())), signal);
  }

  #settle(): void {
    this.over = true;
    deadlinesOf(this.#clock).delete(this);
    this.#removeListener?.();
  }
}

const byClock = new WeakMap<Clock, DeadlineQueue>();

/** The deadlines of all calls on a clock: they share its timer. */
function deadlinesOf(clock: Clock): DeadlineQueue {
  let queue = byClock.get(clock);
  if (!queue) byClock.set(clock, (queue = new DeadlineQueue(clock)));
  return queue;
}
