/** The longest wait between two tries, in ms, where the first is not longer. */
const LONGEST_MS = 2_000;

/** The wait before the next try, in ms: it doubles with each try that failed. */
export function backoffMs(firstMs: number, failures: number): number {
  return Math.min(firstMs * 2 ** Math.min(failures, 20), Math.max(firstMs, LONGEST_MS));
}
