import {
  type CallOptions,
  type Clock,
  isRouteError,
  isSafeToRepeat,
  type PortCall,
} from '@stateful-route/core';
import {
  ExponentialBackoff,
  fullJitterGenerator,
  handleWhen,
  type IBackoff,
  type IBackoffFactory,
  retry,
} from 'cockatiel';
import type { RouteConfig } from '../config/route-config.ts';
import type { StoreHealth } from './store-health.ts';

/** Options with a deadline, which is one for all attempts. */
export type BoundedOptions = CallOptions & { readonly timeoutMs: number };

/** Runs a call within its options' deadline. */
export type RunCall = (call: PortCall, options: BoundedOptions) => Promise<unknown>;

/**
 * Makes store calls again that failed for a while, with growing and jittered waits, where a repetition is safe and the
 * call's deadline leaves time for it. Every attempt counts for the store's health.
 */
export function retrySafeCalls(config: RouteConfig, clock: Clock, health: StoreHealth): RunCall {
  const backoff = new ExponentialBackoff({
    initialDelay: config.retryDelayMs,
    generator: fullJitterGenerator,
  });
  const succeeded = (result: unknown): unknown => {
    health.succeeded();
    return result;
  };
  const failed = (error: unknown): never => {
    health.failed(error);
    throw error;
  };

  const again = async (
    call: PortCall,
    options: BoundedOptions,
    leftMs: () => number,
    first: unknown,
  ): Promise<unknown> => {
    const { signal } = options;
    const policy = retry(
      handleWhen((error) => isPassing(error) && leftMs() > 0),
      { maxAttempts: config.maxRetryCount, backoff: noLongerThan(leftMs, backoff) },
    );
    let last: { readonly error: unknown } | undefined;
    const attempts = policy.execute(async () => {
      signal?.throwIfAborted();
      // Waiting used the deadline up: what failed before says more than that.
      if (last && leftMs() <= 0) throw last.error;
      try {
        // The first attempt has been made.
        if (!last) throw first;
        return await call.run({ ...options, timeoutMs: Math.max(1, leftMs()) }).then(succeeded, failed);
      } catch (error) {
        last = { error };
        throw error;
      }
    }, signal);
    return attempts.catch((error: unknown) => {
      // Whoever gave up hears why they did, not what failed meanwhile.
      signal?.throwIfAborted();
      throw error;
    });
  };

  return (call, options) => {
    const began = clock.monotonic();
    // Nearly every call succeeds at once: no policy is made for those.
    return call.run(options).then(succeeded, (error: unknown) => {
      health.failed(error);
      if (config.maxRetryCount === 0 || !isPassing(error) || !isSafeToRepeat(call)) throw error;
      return again(call, options, () => options.timeoutMs - (clock.monotonic() - began), error);
    });
  };
}

function isPassing(error: unknown): boolean {
  return isRouteError(error) && error.retryable;
}

/** The same waits, none of them beyond the call's deadline. */
function noLongerThan(leftMs: () => number, waits: IBackoffFactory<unknown>): IBackoffFactory<unknown> {
  return {
    next(context): IBackoff<unknown> {
      const wait = waits.next(context);
      return { duration: Math.max(0, Math.min(wait.duration, leftMs())), ...noLongerThan(leftMs, wait) };
    },
  };
}
