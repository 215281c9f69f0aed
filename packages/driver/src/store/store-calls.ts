import { type CallOptions, type Clock, isRouteError } from '@stateful-route/core';
import {
  type AroundCall,
  checkCallBounds,
  isSafeToRepeat,
  type PortCall,
} from '@stateful-route/core/adapter';
import { inject, injectable } from 'tsyringe';
import type { RouteConfig } from '../config/route-config.ts';
import type { RouteTelemetry } from '../telemetry/route-telemetry.ts';
import { pause } from '../waiting/pause.ts';
import { tokens } from '../wiring/tokens.ts';

/** How the store has answered lately. */
export interface StoreHealthReport {
  /** `unknown` until the first call ended. */
  readonly state: 'unknown' | 'ok' | 'failing';
  /** How long ago a call last succeeded, in ms; `undefined` if none did. */
  readonly lastSuccessAgeMs: number | undefined;
  /** The error of the last call, while failing. */
  readonly error: unknown;
}

/** Records how the calls of the store end. */
export interface StoreHealth {
  succeeded(): void;
  failed(error: unknown): void;
  report(): StoreHealthReport;
}

/** The errors of a store that does not work. `INVALID_CONFIG` comes from a server that cannot be used as it is set up. */
const FAILURES = ['STORE_ERROR', 'TIMEOUT', 'INVALID_CONFIG'] as const;

/** A refusal of one call's arguments is no failure of the store; `FENCED` is an answer. */
@injectable()
export class StoreCallHealth implements StoreHealth {
  readonly #clock: Clock;
  #lastSuccessAt: number | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(@inject(tokens.clock) clock: Clock) {
    this.#clock = clock;
  }

  succeeded(): void {
    this.#lastSuccessAt = this.#clock.monotonic();
    this.#failure = undefined;
  }

  failed(error: unknown): void {
    if (FAILURES.some((code) => isRouteError(error, code))) this.#failure = { error };
    else if (isRouteError(error, 'FENCED')) this.succeeded();
  }

  report(): StoreHealthReport {
    const lastSuccessAgeMs =
      this.#lastSuccessAt === undefined ? undefined : this.#clock.monotonic() - this.#lastSuccessAt;
    if (this.#failure) return { state: 'failing', lastSuccessAgeMs, error: this.#failure.error };
    return { state: lastSuccessAgeMs === undefined ? 'unknown' : 'ok', lastSuccessAgeMs, error: undefined };
  }
}

/** An option of the driver's own calls: called before a call is repeated. */
export const ON_RETRY: unique symbol = Symbol('onRetry');

/** Options of the driver's own calls. */
export interface RetryOptions {
  readonly [ON_RETRY]?: (() => void) | undefined;
}

/** Options with a deadline, one for all attempts. */
type BoundedOptions = CallOptions & RetryOptions & { readonly timeoutMs: number };

/** The bound of a wait doubles at most so often. */
const DOUBLINGS_MAX = 10;

/**
 * What a route puts around each call of its store. Each call has one deadline, of `timeoutMs` unless its options give another.
 * A call that failed temporarily is repeated within it, after growing, jittered waits, if that is safe. Every attempt counts
 * for the store's health; telemetry sees calls.
 */
export function aroundStoreCalls(
  config: RouteConfig,
  clock: Clock,
  health: StoreHealth,
  random: () => number,
  telemetry: RouteTelemetry,
): AroundCall {
  const defaults: BoundedOptions = { timeoutMs: config.timeoutMs };

  const succeeded = (result: unknown): unknown => {
    health.succeeded();
    return result;
  };

  const run = (call: PortCall, options: BoundedOptions): Promise<unknown> => {
    const began = clock.monotonic();
    return call.run(options).then(succeeded, (error: unknown) => failed(call, options, began, error));
  };

  /** Repeats a call whose first attempt failed, if it may be. */
  const failed = (
    call: PortCall,
    options: BoundedOptions,
    began: number,
    error: unknown,
  ): Promise<unknown> => {
    const end = (last: unknown): never => {
      telemetry.store?.failed(call, last, clock.monotonic() - began);
      throw last;
    };
    health.failed(error);
    if (config.maxRetryCount === 0 || !isTemporary(error) || !isSafeToRepeat(call)) return end(error);
    const leftMs = (): number => options.timeoutMs - (clock.monotonic() - began);
    return repeat(call, options, leftMs, error).catch(end);
  };

  const repeat = async (
    call: PortCall,
    options: BoundedOptions,
    leftMs: () => number,
    first: unknown,
  ): Promise<unknown> => {
    const { signal } = options;
    let last = first;
    let unknown = mayHaveActed(first) ? first : undefined;
    for (let attempt = 0; attempt < config.maxRetryCount; attempt++) {
      const bound = config.retryDelayMs * 2 ** Math.min(attempt, DOUBLINGS_MAX);
      await pause(clock, Math.max(0, Math.min(random() * bound, leftMs())), signal);
      // The caller's own reason comes before the store's error.
      signal?.throwIfAborted();
      // The wait used up the deadline: the last failure says more than a timeout.
      if (leftMs() <= 0) throw last;
      options[ON_RETRY]?.();
      try {
        return succeeded(await call.run({ ...options, timeoutMs: Math.max(1, leftMs()) }));
      } catch (error) {
        health.failed(error);
        signal?.throwIfAborted();
        // It says that this attempt wrote nothing; an earlier one may have.
        if (isOfAnotherEpoch(error)) throw last;
        if (!isTemporary(error)) throw (isUnreachable(error) ? unknown : undefined) ?? error;
        last = error;
        unknown = mayHaveActed(error) ? error : unknown;
      }
    }
    throw last;
  };

  return (call) => {
    const { options } = call;
    try {
      // Before the spread, which would turn a value that is no object into empty options.
      checkCallBounds(options);
    } catch (error) {
      return Promise.reject(error);
    }
    const bounded = !options ? defaults : isBounded(options) ? options : { ...options, ...defaults };
    return telemetry.store ? telemetry.store.around(call, bounded, run) : run(call, bounded);
  };
}

function isBounded(options: CallOptions): options is BoundedOptions {
  return options.timeoutMs !== undefined;
}

/** Whether the same call may succeed later. */
function isTemporary(error: unknown): boolean {
  return isRouteError(error) && error.retryable && !isOfAnotherEpoch(error);
}

/** Whether nothing was sent, for want of a connection. */
function isUnreachable(error: unknown): boolean {
  return isRouteError(error, 'STORE_ERROR') && error.unreachable !== undefined;
}

function mayHaveActed(error: unknown): boolean {
  return isRouteError(error, 'TIMEOUT') && error.effect === 'unknown';
}

/** Whether the caller has to decide again, from a new read. */
function isOfAnotherEpoch(error: unknown): boolean {
  return isRouteError(error, 'STORE_ERROR') && error.epoch !== undefined;
}
