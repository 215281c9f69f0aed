import { setImmediate } from 'node:timers/promises';

/**
 * Operations per second in memory; a pass does `each` of them. Only passes are timed. Between them `prepare` runs and the event
 * loop turns, as connections would die otherwise.
 */
export async function timedPasses(
  passes: number,
  each: number,
  pass: () => number | Promise<number>,
  prepare?: () => void,
): Promise<number> {
  let elapsedMs = 0;
  let sum = 0;
  for (let at = 0; at < passes; at++) {
    prepare?.();
    await setImmediate();
    const start = performance.now();
    sum += await pass();
    elapsedMs += performance.now() - start;
  }
  // Uses the sum, so that the compiler drops no call; a missing result makes it NaN.
  if (!Number.isFinite(sum)) throw new Error('A call returned nothing.');
  return (passes * each * 1_000) / elapsedMs;
}
