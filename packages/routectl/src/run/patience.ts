import { isRouteError } from '@stateful-route/core';
import type { Context } from './context.ts';
import { pause } from './pause.ts';

const EVERY_MS = 500;
/** Longer than a failover takes. */
const PATIENCE_MS = 30_000;

/** Repeats a reading that fails for a reason that may pass, so that a wait of minutes outlives a failover of the store. */
export async function patiently<T>(
  context: Pick<Context, 'clock' | 'signal'>,
  read: () => Promise<T>,
): Promise<T> {
  const began = context.clock.monotonic();
  for (;;) {
    try {
      return await read();
    } catch (error) {
      const mayPass = isRouteError(error) && error.retryable;
      if (!mayPass || context.clock.monotonic() - began >= PATIENCE_MS) throw error;
    }
    await pause(EVERY_MS, context);
  }
}
