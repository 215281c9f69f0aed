import { routeError } from '@stateful-route/core';
import { onAbort, type PortCall } from '@stateful-route/core/adapter';
import type { ProcessClock } from '../time/process-clock.ts';
import { isWrite, subjectOf } from './wire-plan.ts';

/** One call to the store that is in flight. */
export class Flight {
  readonly call: PortCall;
  readonly subject: string;
  readonly timeoutMs: number;
  readonly promise: Promise<unknown>;
  /** The connection on which it was sent. `undefined` before. */
  epoch: number | undefined;
  /** The store time after which a write does nothing. */
  deadline: number;
  #settled = false;
  #resolve: (value: unknown) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  #release: () => void = () => {};

  constructor(call: PortCall, clock: ProcessClock, timeoutMs: number, storeTime: number) {
    this.call = call;
    this.timeoutMs = timeoutMs;
    this.subject = subjectOf(call.method, call.args);
    this.deadline = storeTime + timeoutMs;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#watch(clock);
  }

  get isSettled(): boolean {
    return this.#settled;
  }

  resolve(value: unknown): void {
    if (this.#settle()) this.#resolve(value);
  }

  reject(error: unknown): void {
    if (this.#settle()) this.#reject(error);
  }

  /** Fails as an unreachable store does. */
  fail(problem: string, epoch?: number): void {
    const operation = this.call.method;
    this.reject(
      routeError(
        'STORE_ERROR',
        `${operation}: ${problem}.`,
        epoch === undefined ? { operation } : { operation, epoch },
      ),
    );
  }

  #watch(clock: ProcessClock): void {
    const { signal } = this.call.options ?? {};
    const removeListener = signal && onAbort(signal, () => this.reject(signal.reason));
    // A reply that arrived during a pause is handled before the deadline that passed in it.
    let cancel = clock.setTimeout(() => {
      cancel = clock.setTimeout(() => {
        this.#timeOut();
      }, 0);
    }, this.timeoutMs);
    this.#release = () => {
      removeListener?.();
      cancel();
    };
  }

  #timeOut(): void {
    const { method } = this.call;
    const effect = this.epoch !== undefined && isWrite(method) ? 'unknown' : 'none';
    const fields = { operation: method, timeoutMs: this.timeoutMs, effect } as const;
    this.reject(routeError('TIMEOUT', `${method} took longer than ${this.timeoutMs} ms.`, fields));
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#release();
    return true;
  }
}
