/** The mean time of a call, one call at a time. */
export async function meanMs(calls: number, call: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  for (let at = 0; at < calls; at++) await call();
  return (performance.now() - start) / calls;
}
