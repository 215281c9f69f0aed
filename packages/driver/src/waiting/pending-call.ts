import type { CallOptions, Clock } from '@stateful-route/core';
import { onAbort, setDeadline } from '@stateful-route/core/adapter';
import { timedOut } from './abortable.ts';
import { pause } from './pause.ts';

/**
 * One call of the application, however many store calls and waits it takes. It has one end: an answer, or the deadline, or
 * the caller's signal. What is decided for it checks `over` in the same step, so that no answer comes too late unnoticed.
 */
export class PendingCall<T> {
  readonly promise: Promise<T>;
  readonly signal: AbortSignal | undefined;
  /** Whether it has ended. */
  over = false;
  /** What it fails with at its deadline, where more is known than that the time is over. */
  deadlineError: unknown;
  readonly #clock: Clock;
  readonly #deadline: number;
  #resolve!: (value: T) => void;
  #reject!: (error: unknown) => void;
  #cancelTimer: (() => void) | undefined;
  #unhear: (() => void) | undefined;

  constructor(
    clock: Clock,
    operation: string,
    defaultMs: number,
    { signal, timeoutMs = defaultMs }: CallOptions = {},
  ) {
    this.#clock = clock;
    this.#deadline = clock.monotonic() + timeoutMs;
    this.signal = signal;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Some calls are left to themselves.
    this.promise.catch(() => {});
    if (signal?.aborted) {
      this.reject(signal.reason);
      return;
    }
    this.#unhear = signal && onAbort(signal, () => this.reject(signal.reason));
    const expire = (): void => {
      this.reject(this.deadlineError ?? timedOut({ operation, effect: 'unknown' }, timeoutMs));
    };
    this.#cancelTimer = setDeadline(clock, expire, timeoutMs);
  }

  leftMs(): number {
    return this.#deadline - this.#clock.monotonic();
  }

  resolve(value: T): void {
    this.#end();
    this.#resolve(value);
  }

  reject(error: unknown): void {
    this.#end();
    this.#reject(error);
  }

  /** Waits, but no longer than the call has. */
  pause(ms: number): Promise<void> {
    return pause(this.#clock, Math.max(0, Math.min(ms, this.leftMs())), this.signal);
  }

  #end(): void {
    this.over = true;
    this.#cancelTimer?.();
    this.#unhear?.();
  }
}
