import type { Clock } from '@stateful-route/core';

/** The deadline of a call where nobody says another one, in ms. */
export const DEFAULT_TIMEOUT_MS = 5_000;

/** By which time calls are bounded. */
export interface CallTiming {
  readonly clock: Clock;
  /** The whole deadline of a call that gives none, in ms. */
  readonly timeoutMs: number;
}
