/** How much is asked, and by how many at once. */
export interface Load {
  readonly callers: number;
  readonly calls: number;
}

/** The part of the calls that comes before the clock is started: a heap that was just collected has to grow again. */
const WARM_UP = 0.25;

/**
 * Calls a second of so many callers, each of which awaits its answer and then asks again. `call` is given the number of
 * the call, from 0.
 */
export async function closedLoop(
  { callers, calls }: Load,
  call: (at: number) => Promise<unknown>,
): Promise<number> {
  const counted = Math.floor(calls * WARM_UP);
  let next = 0;
  let start = performance.now();
  const caller = async (): Promise<void> => {
    for (let at = next++; at < calls; at = next++) {
      if (at === counted) start = performance.now();
      await call(at);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return ((calls - counted) * 1_000) / (performance.now() - start);
}
