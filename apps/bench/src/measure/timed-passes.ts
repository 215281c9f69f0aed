import { setImmediate } from 'node:timers/promises';

/**
 * How often a second something is done in memory, `each` times in a pass. Between the passes, which are all that is timed,
 * the process does what else it has to do: a loop that never comes back to the event loop would let connections die.
 * `prepare` is called before each pass.
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
  // The sum is used, so that the compiler leaves nothing out, and an answer that is missing is noticed.
  if (!Number.isFinite(sum)) throw new Error('A call had no answer.');
  return (passes * each * 1_000) / elapsedMs;
}
