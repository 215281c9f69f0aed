/** The longest wait between two attempts, in ms. */
const BACKOFF_MAX_MS = 10_000;

/** The wait in ms after so many failures in a row: `firstMs`, doubling to 10 s. */
export function backoffMs(firstMs: number, failures: number): number {
  return Math.min(BACKOFF_MAX_MS, firstMs * 2 ** Math.min(30, failures - 1));
}
