import { type CallOptions, type CancelTimer, type Clock, NOT_MINE, routeError } from '@stateful-route/core';
import { onAbort } from '@stateful-route/core/adapter';
import type { Timed } from './age-queue.ts';
import type { Hold } from './hold.ts';
import { withResolvers } from './waiting.ts';

/** The queue that a waiter is in. */
export interface WaiterQueue<State> {
  readonly clock: Clock;
  /** The waiter waits no longer. */
  readonly left: (waiter: Waiter<State>) => void;
  /** The waiter has waited for as long as it may where it is. */
  readonly due: (waiter: Waiter<State>) => void;
}

/** Somebody who asks for an entity: first waits for a turn to use the state, or to enter, then for the answer. */
export class Waiter<State> implements Timed {
  /** The hold that this waiter is bound to, if any. */
  readonly hold: Hold<State> | undefined;
  /** Whether the waiter needs a turn of its own. */
  readonly isUse: boolean;
  readonly #queue: WaiterQueue<State>;
  readonly #begin: () => void;
  readonly #resolve: (answer: typeof NOT_MINE) => void;
  readonly #reject: (error: unknown) => void;
  #isWaiting = true;
  #isOver = false;
  #cancelTimer: CancelTimer | undefined;
  #removeListener: (() => void) | undefined;

  private constructor(
    queue: WaiterQueue<State>,
    { hold, isUse, options }: WaiterInit<State>,
    answer: Pick<Waiter<State>, 'begin'> & {
      readonly resolve: (answer: typeof NOT_MINE) => void;
      readonly reject: (error: unknown) => void;
    },
  ) {
    this.hold = hold;
    this.isUse = isUse;
    this.#queue = queue;
    this.#begin = answer.begin;
    this.#resolve = answer.resolve;
    this.#reject = answer.reject;
    const { signal, timeoutMs } = options ?? {};
    if (timeoutMs !== undefined) {
      this.#cancelTimer = queue.clock.setTimeout(() => {
        this.fail(timedOut(isUse ? 'use' : 'enter', timeoutMs, this.#isWaiting ? 'none' : 'unknown'));
      }, timeoutMs);
    }
    if (signal) this.#removeListener = onAbort(signal, () => this.fail(signal.reason));
  }

  /** Makes a waiter, and the promise of what its turn returns, or of `NOT_MINE`. */
  static make<State, Result>(
    queue: WaiterQueue<State>,
    init: WaiterInit<State>,
    run: () => Promise<Result>,
  ): { readonly waiter: Waiter<State>; readonly answer: Promise<Result | typeof NOT_MINE> } {
    const { promise, resolve, reject } = withResolvers<Result | typeof NOT_MINE>();
    const begin = (): void => {
      run().then(
        (result) => {
          waiter.#end();
          resolve(result);
        },
        (error: unknown) => waiter.fail(error),
      );
    };
    const waiter = new Waiter<State>(queue, init, { begin, resolve, reject });
    return { waiter, answer: promise };
  }

  /** Whether the waiter still waits for its turn. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  due(): void {
    this.#queue.due(this);
  }

  /** The waiter's turn has come. The deadline and the signal of a use still apply; who enters has entered. */
  begin(): void {
    if (!this.#leave()) return;
    if (!this.isUse) this.#unlisten();
    this.#begin();
  }

  /** This pod cannot have the user. */
  turnAway(): void {
    if (this.#end()) this.#resolve(NOT_MINE);
  }

  fail(error: unknown): void {
    if (this.#end()) this.#reject(error);
  }

  #leave(): boolean {
    if (!this.#isWaiting) return false;
    this.#isWaiting = false;
    this.#queue.left(this);
    return true;
  }

  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#unlisten();
    this.#leave();
    return true;
  }

  #unlisten(): void {
    this.#cancelTimer?.();
    this.#removeListener?.();
  }
}

/** What a waiter waits for. */
export interface WaiterInit<State> {
  readonly hold?: Hold<State> | undefined;
  readonly isUse: boolean;
  readonly options: CallOptions | undefined;
}

/** The error of a wait that took too long. */
export function timedOut(operation: string, timeoutMs: number, effect: 'none' | 'unknown'): Error {
  const what = effect === 'none' ? 'did not begin' : 'did not end';
  return routeError(
    'TIMEOUT',
    `${operation} ${what} within ${timeoutMs} ms.`,
    { operation, timeoutMs, effect },
    { retryable: effect === 'none' },
  );
}
