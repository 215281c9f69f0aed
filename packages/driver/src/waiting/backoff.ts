/** The longest wait between two attempts, in ms, unless the first is longer. */
const LONGEST_MS = 2_000;

/** The wait before the next attempt, in ms: it doubles with each failure. */
export function backoffMs(firstMs: number, failures: number): number {
  return Math.min(firstMs * 2 ** Math.min(failures, 20), Math.max(firstMs, LONGEST_MS));
}
