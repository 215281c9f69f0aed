import { type CallOptions, type Clock, routeError, type RouteErrorFields } from '@stateful-route/core';
import { onAbort, setDeadline } from '@stateful-route/core/adapter';

/** What is told to a caller whose time is over. */
export type Waiting = Pick<RouteErrorFields['TIMEOUT'], 'operation' | 'effect'>;

/**
 * The promise's outcome, or the end of one caller's waiting if that comes first: the work that it shares with others goes
 * on. Such work is safe to repeat.
 */
export function abortable<T>(
  promise: Promise<T>,
  { signal, timeoutMs }: CallOptions,
  clock: Clock,
  waiting: Waiting,
): Promise<T> {
  if (!signal && timeoutMs === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const unhear = signal && onAbort(signal, () => reject(signal.reason));
    const cancelTimer =
      timeoutMs === undefined
        ? undefined
        : setDeadline(clock, () => reject(timedOut(waiting, timeoutMs)), timeoutMs);
    promise.then(resolve, reject).finally(() => {
      unhear?.();
      cancelTimer?.();
    });
  });
}

/** The error of a caller whose time is over. */
export function timedOut({ operation, effect }: Waiting, timeoutMs: number): Error {
  return routeError(
    'TIMEOUT',
    `${operation} took longer than ${timeoutMs} ms. Ask again.`,
    { operation, timeoutMs, effect },
    { retryable: true },
  );
}
