import { checkFunction, checkLoad, type DrainOptions, invalidParameter } from '@stateful-route/core';

/** How one drain goes about it. */
export interface DrainPlan extends DrainOptions {
  /** Users a second at most. */
  readonly ratePerSecond: number;
}

/** The options of a call over the route's own, checked: each may come from a caller without types. */
export function drainPlan(configured: DrainOptions, given: DrainOptions): DrainPlan {
  const options = { ...configured, ...given };
  const { deadlineMs, onHandOff, ratePerSecond = Number.POSITIVE_INFINITY } = options;
  if (deadlineMs !== undefined) checkLoad(deadlineMs, 'deadlineMs');
  if (typeof ratePerSecond !== 'number' || !(ratePerSecond > 0)) {
    throw invalidParameter('ratePerSecond', 'must be a number above 0');
  }
  if (onHandOff !== undefined) checkFunction(onHandOff, 'onHandOff');
  return { ...options, ratePerSecond };
}
