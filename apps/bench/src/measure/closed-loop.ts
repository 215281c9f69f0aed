/** How many calls, by how many callers at a time. */
export interface Load {
  readonly callers: number;
  readonly calls: number;
}

/** The share of the calls before the clock starts: the heap grows again after a garbage collection. */
const WARM_UP = 0.25;

/** Calls per second of a closed loop: each caller awaits a call before the next one. `call` gets its number, from 0. */
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
