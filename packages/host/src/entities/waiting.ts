import type { Clock } from '@stateful-route/core';
import { onAbort } from '@stateful-route/core/adapter';

/** Resolves after `ms`, or as soon as the signal fires. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      cancelTimer();
      removeListener?.();
      resolve();
    };
    const cancelTimer = clock.setTimeout(done, ms);
    const removeListener = signal && onAbort(signal, done);
  });
}

/** Waits for work, at most `ms`. Returns whether it ended in time. The work goes on, and must not reject. */
export async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<boolean> {
  const over = new AbortController();
  const ended = await Promise.race([
    work.then(() => true),
    pause(clock, ms, over.signal).then(() => over.signal.aborted),
  ]);
  over.abort();
  return ended;
}

/** As `Promise.withResolvers`, which Node 20 lacks. */
export function withResolvers<T>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
