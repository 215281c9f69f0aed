import type { Clock, TimerOptions } from '@stateful-route/core';
import { onAbort } from '@stateful-route/core/adapter';

/** Resolves after `ms`, or as soon as the signal fires. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal, options?: TimerOptions): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      removeListener?.();
      resolve();
    };
    const cancel = clock.setTimeout(done, ms, options);
    const removeListener = signal && onAbort(signal, done);
  });
}
