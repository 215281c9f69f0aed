import type { CallOptions, Clock } from '@stateful-route/core';
import { onAbort, setDeadline } from '@stateful-route/core/adapter';
import { timedOut } from '../errors.ts';

/**
 * Waits for a promise that several callers share, until one caller's deadline or signal. The shared work goes on, so it must be
 * safe to repeat. `call` is what the `TIMEOUT` error says.
 */
export function abortable<T>(
  promise: Promise<T>,
  { signal, timeoutMs }: CallOptions,
  clock: Clock,
  call: Parameters<typeof timedOut>[0],
): Promise<T> {
  if (!signal && timeoutMs === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const removeListener = signal && onAbort(signal, () => reject(signal.reason));
    const cancelTimer =
      timeoutMs === undefined
        ? undefined
        : setDeadline(clock, () => reject(timedOut(call, timeoutMs)), timeoutMs);
    promise.then(resolve, reject).finally(() => {
      removeListener?.();
      cancelTimer?.();
    });
  });
}
