/** How many calls, by how many callers at a time. */
export interface Load {
  readonly callers: number;
  readonly calls: number;
}

/** A call, by its number from 0. */
export type Call = (at: number) => Promise<unknown>;

/** What a closed loop measured after its warm-up. */
export interface Loop {
  /** How many calls were made, those of the warm-up too. */
  readonly calls: number;
  /** Calls per second. */
  readonly perSecond: number;
  /** Latencies of calls, in µs. */
  readonly latenciesUs: readonly number[];
}

/** The share of the calls before the clock starts: the heap grows again after a garbage collection. */
const WARM_UP = 0.25;
/** About as many calls are timed one by one. Reading the clock for each would cost a fast side more of its rate than a slow one. */
const TIMED_CALLS = 2_000;

/**
 * Makes calls in a closed loop: each caller awaits a call before the next one.
 *
 * @param now The clock, in ms.
 */
export async function closedLoop(
  { callers, calls }: Load,
  call: Call,
  now: () => number = () => performance.now(),
): Promise<Loop> {
  const counted = Math.floor(calls * WARM_UP);
  // An odd stride times each caller's calls in turn, wherever a batch of them begins.
  const stride = Math.floor((calls - counted) / TIMED_CALLS) | 1;
  const latenciesUs: number[] = [];
  let next = 0;
  let start = now();
  const caller = async (): Promise<void> => {
    for (let at = next++; at < calls; at = next++) {
      if (at === counted) start = now();
      if (at < counted || (at - counted) % stride !== 0) {
        await call(at);
        continue;
      }
      const sent = now();
      await call(at);
      latenciesUs.push((now() - sent) * 1_000);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return { calls, perSecond: ((calls - counted) * 1_000) / (now() - start), latenciesUs };
}
