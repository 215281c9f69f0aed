import { type Call, closedLoop, type Loop } from './closed-loop.ts';

/** How many callers at a time, and how long a loop should take with its warm-up. */
export interface Pace {
  readonly callers: number;
  readonly forMs: number;
}

/** The calls of a caller in the first loop. */
const FIRST_CALLS_EACH = 8;
/** A loop that took less than this share of its time is repeated with more calls. */
const LEAST_SHARE = 0.5;
const GROWTH_MAX = 8;

/**
 * A closed loop that takes about as long each time, whatever its calls cost: a fast side and a slow one are warm for as long.
 * The number of calls follows from the loop before; a loop that is far too short is not returned but repeated.
 *
 * @param newCalls Makes what so many calls need, before the clock starts.
 * @param now The clock, in ms.
 */
export function pacedLoop(
  { callers, forMs }: Pace,
  newCalls: (count: number) => Call | Promise<Call>,
  now: () => number = () => performance.now(),
): () => Promise<Loop> {
  const least = callers * FIRST_CALLS_EACH;
  let calls = least;
  return async () => {
    for (;;) {
      const made = calls;
      const call = await newCalls(made);
      const start = now();
      const loop = await closedLoop({ callers, calls: made }, call, now);
      const tookMs = now() - start;
      calls = Math.max(least, Math.ceil(made * Math.min(GROWTH_MAX, forMs / tookMs)));
      if (tookMs >= forMs * LEAST_SHARE) return loop;
    }
  };
}
