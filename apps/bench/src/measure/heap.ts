/** Collects what nobody needs any more, so that no measurement pays for the garbage of the one before. */
export function collectGarbage(): void {
  if (!globalThis.gc) throw new Error('The garbage cannot be collected: start node with --expose-gc.');
  globalThis.gc();
}

/** The bytes of everything that is still needed, typed arrays included. */
export function heapBytes(): number {
  // What the first collection only marks as unreachable, the second one frees.
  collectGarbage();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
