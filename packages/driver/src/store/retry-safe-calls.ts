import { type CallOptions, type Clock, isRouteError } from '@stateful-route/core';
import { isSafeToRepeat, type PortCall } from '@stateful-route/core/adapter';
import type { RouteConfig } from '../config/route-config.ts';
import { pause } from '../waiting/pause.ts';
import type { StoreHealth } from './store-health.ts';

/** Under it a caller inside the driver is told that a call is made again. */
export const RETRIED: unique symbol = Symbol('retried');

/** What a caller inside the driver may add to a call's options. */
export interface RetriedOption {
  readonly [RETRIED]?: (() => void) | undefined;
}

/** Options with a deadline, which is one for all attempts. */
export type BoundedOptions = CallOptions & RetriedOption & { readonly timeoutMs: number };

/** Runs a call within its options' deadline. */
export type RunCall = (call: PortCall, options: BoundedOptions) => Promise<unknown>;

/** How often the bound of a wait doubles at most. */
const DOUBLINGS_MAX = 10;

/**
 * Makes store calls again that failed for a while, with growing and jittered waits, where a repetition is safe and the
 * call's deadline leaves time for it. Every attempt counts for the store's health. The waits take the route's clock and end
 * with the caller's signal.
 */
export function retrySafeCalls(
  config: RouteConfig,
  clock: Clock,
  health: StoreHealth,
  random: () => number,
): RunCall {
  const succeeded = (result: unknown): unknown => {
    health.succeeded();
    return result;
  };

  const again = async (
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
      // Whoever gave up hears why they did, not what failed meanwhile.
      signal?.throwIfAborted();
      // Waiting used the deadline up: what failed before says more than that.
      if (leftMs() <= 0) throw last;
      options[RETRIED]?.();
      try {
        return succeeded(await call.run({ ...options, timeoutMs: Math.max(1, leftMs()) }));
      } catch (error) {
        health.failed(error);
        signal?.throwIfAborted();
        // An earlier attempt may have acted: that nothing was written now says less than that.
        if (isOfAnotherEpoch(error)) throw last;
        if (!isPassing(error)) throw (isUnreachable(error) ? unknown : undefined) ?? error;
        last = error;
        unknown = mayHaveActed(error) ? error : unknown;
      }
    }
    throw last;
  };

  return (call, options) => {
    const began = clock.monotonic();
    return call.run(options).then(succeeded, (error: unknown) => {
      health.failed(error);
      if (config.maxRetryCount === 0 || !isPassing(error) || !isSafeToRepeat(call)) throw error;
      return again(call, options, () => options.timeoutMs - (clock.monotonic() - began), error);
    });
  };
}

/** Whether the same call may succeed in a while. */
function isPassing(error: unknown): boolean {
  return isRouteError(error) && error.retryable && !isOfAnotherEpoch(error);
}

/** Nothing was sent, for want of a connection. */
function isUnreachable(error: unknown): boolean {
  return isRouteError(error, 'STORE_ERROR') && error.unreachable !== undefined;
}

function mayHaveActed(error: unknown): boolean {
  return isRouteError(error, 'TIMEOUT') && error.effect === 'unknown';
}

/** The caller has to decide anew. */
function isOfAnotherEpoch(error: unknown): boolean {
  return isRouteError(error, 'STORE_ERROR') && error.epoch !== undefined;
}
