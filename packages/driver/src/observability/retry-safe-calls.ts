import { type Clock, isRouteError, isSafeToRepeat, type PortCall } from '@stateful-route/core';
import {
  ExponentialBackoff,
  fullJitterGenerator,
  handleWhen,
  type IBackoff,
  type IBackoffFactory,
  retry,
} from 'cockatiel';
import type { RouteConfig } from '../config/route-config.ts';

/** Runs one attempt of a call within what is left of its deadline, in ms. */
type RunAttempt = (timeoutMs: number) => Promise<unknown>;

/** Runs a call within a deadline, which is one for all its attempts. */
export type RunCall = (call: PortCall, timeoutMs: number, run: RunAttempt) => Promise<unknown>;

/**
 * Makes store calls again that failed for a while, with growing and jittered waits, where a repetition is safe and the
 * call's deadline leaves time for it.
 */
export function retrySafeCalls(config: RouteConfig, clock: Clock): RunCall {
  const backoff = new ExponentialBackoff({
    initialDelay: config.retryDelayMs,
    generator: fullJitterGenerator,
  });
  return async (call, timeoutMs, run) => {
    if (config.maxRetryCount === 0 || !isSafeToRepeat(call)) return run(timeoutMs);
    const deadline = clock.monotonic() + timeoutMs;
    const leftMs = (): number => deadline - clock.monotonic();
    const policy = retry(
      handleWhen((error) => isRouteError(error) && error.retryable && leftMs() > 0),
      { maxAttempts: config.maxRetryCount, backoff: noLongerThan(leftMs, backoff) },
    );
    let last: { readonly error: unknown } | undefined;
    const attempts = policy.execute(async () => {
      call.options?.signal?.throwIfAborted();
      // Waiting used the deadline up: what failed before says more than that.
      if (last && leftMs() <= 0) throw last.error;
      try {
        return await run(Math.max(1, leftMs()));
      } catch (error) {
        last = { error };
        throw error;
      }
    }, call.options?.signal);
    return attempts.catch((error: unknown) => {
      // Whoever gave up hears why they did, not what failed meanwhile.
      call.options?.signal?.throwIfAborted();
      throw error;
    });
  };
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
