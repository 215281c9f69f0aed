import type { Clock } from '@stateful-route/core';

/** By which time calls are bounded. */
export interface CallTiming {
  readonly clock: Clock;
  /** The whole deadline of a call that gives none, in ms. */
  readonly timeoutMs: number;
}
