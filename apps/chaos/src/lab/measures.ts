import { isRouteError } from '@stateful-route/core';
import { until } from '@stateful-route/harness';

/** The quantile of a list; 0 for an empty one. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** The greatest value; 0 for an empty list. */
export function greatest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

/** How a call ended, and when. */
export interface Ended<T> {
  readonly ms: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly value?: T;
  readonly error?: unknown;
}

/** Measures a call, whether it succeeds or fails. */
export async function timed<T>(call: () => Promise<T>): Promise<Ended<T>> {
  const startedAt = performance.now();
  try {
    const value = await call();
    return ended(startedAt, { value });
  } catch (error) {
    return ended(startedAt, { error });
  }
}

function ended<T>(startedAt: number, how: { value?: T; error?: unknown }): Ended<T> {
  const endedAt = performance.now();
  return { ms: endedAt - startedAt, startedAt, endedAt, ...how };
}

/** How long `until` waits, in ms. */
export async function msUntil(...args: Parameters<typeof until>): Promise<number> {
  const start = performance.now();
  await until(...args);
  return performance.now() - start;
}

/** Whether an error is a `RouteError` with a specific code. */
export function isTyped(error: unknown): boolean {
  return isRouteError(error) && error.code !== 'INTERNAL_ERROR';
}
