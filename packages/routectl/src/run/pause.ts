import { onAbort } from '@stateful-route/core/adapter';
import type { Context } from './context.ts';

/** Waits. Rejects with the signal's reason when the command shall end. */
export function pause(ms: number, { clock, signal }: Pick<Context, 'clock' | 'signal'>): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const cancel = clock.setTimeout(
      () => {
        removeListener();
        resolve();
      },
      ms,
      { keepsAlive: true },
    );
    const removeListener = onAbort(signal, () => {
      cancel();
      reject(signal.reason as Error);
    });
  });
}
