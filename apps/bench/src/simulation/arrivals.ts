/** A user to link to a pod. */
export interface Arrival {
  readonly uid: string;
  readonly atMs: number;
  /** The caller that makes the link. */
  readonly caller: number;
  /** When the user leaves the pod; `undefined`: never. */
  readonly leavesAtMs?: number | undefined;
}

/** The arrival process. */
export interface Traffic {
  readonly durationMs: number;
  readonly perSecond: number;
  /** Each caller's share of the traffic; they add up to 1. */
  readonly shares: readonly number[];
  /** How long a user stays on average. `undefined`: until the end. */
  readonly stayMs?: number | undefined;
  readonly random: () => number;
}

/** A Poisson process: users come at a constant rate, and stay for exponentially distributed times. */
export function poissonArrivals({ durationMs, perSecond, shares, stayMs, random }: Traffic): Arrival[] {
  const exponential = (mean: number): number => -Math.log(1 - random()) * mean;
  const arrivals: Arrival[] = [];
  let atMs = exponential(1_000 / perSecond);
  while (atMs < durationMs) {
    arrivals.push({
      uid: `user-${arrivals.length}`,
      atMs,
      caller: callerAt(random(), shares),
      leavesAtMs: stayMs === undefined ? undefined : atMs + exponential(stayMs),
    });
    atMs += exponential(1_000 / perSecond);
  }
  return arrivals;
}

function callerAt(drawn: number, shares: readonly number[]): number {
  let left = drawn;
  for (const [caller, share] of shares.entries()) {
    left -= share;
    if (left < 0) return caller;
  }
  return shares.length - 1;
}
