/** How much is asked, and by how many at once. */
export interface Load {
  readonly callers: number;
  readonly calls: number;
}

/**
 * Calls a second of so many callers, each of which awaits its answer and then asks again. `call` is given the number of
 * the call, from 0.
 */
export async function closedLoop(
  { callers, calls }: Load,
  call: (at: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const caller = async (): Promise<void> => {
    for (let at = next++; at < calls; at = next++) await call(at);
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: callers }, caller));
  return (calls * 1_000) / (performance.now() - start);
}
