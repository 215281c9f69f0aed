import { onAbort, setDeadline } from '@stateful-route/core/adapter';
import type { CallTiming } from './call-timing.ts';
import type { Progress, StoreCall } from './store-call.ts';
import { storeError, timedOut } from './store-error.ts';

/**
 * Bounds a call by its deadline and its signal, and gives its faults the types of the port. Work that finds
 * `progress.over` set has no caller any more.
 *
 * @param awaited - what a call waits for that was not sent yet.
 */
export async function withinDeadline<T>(
  call: StoreCall,
  { clock, timeoutMs: defaultTimeoutMs }: CallTiming,
  work: (progress: Progress) => Promise<T>,
  awaited: () => string | undefined = () => undefined,
): Promise<T> {
  const timeoutMs = call.options?.timeoutMs ?? defaultTimeoutMs;
  const signal = call.options?.signal;
  const deadline = clock.monotonic() + timeoutMs;
  const progress = { sent: false, over: false, leftMs: () => deadline - clock.monotonic() };
  const attempt = async (): Promise<T> => {
    try {
      return await work(progress);
    } catch (error) {
      throw storeError(error, call, timeoutMs, progress.sent);
    }
  };
  const releases: (() => void)[] = [];
  const limit = new Promise<never>((_, reject) => {
    const expire = (): void => reject(timedOut(call, timeoutMs, progress.sent, awaited()));
    releases.push(setDeadline(clock, expire, timeoutMs, { keepsAlive: true }));
    if (signal) releases.push(onAbort(signal, () => reject(signal.reason)));
  });
  try {
    return await Promise.race([attempt(), limit]);
  } finally {
    progress.over = true;
    for (const release of releases) release();
  }
}
