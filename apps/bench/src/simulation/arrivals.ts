/** A user who is to be linked to a pod. */
export interface Arrival {
  readonly uid: string;
  readonly atMs: number;
  /** The caller that links them. */
  readonly caller: number;
  /** When the pod is rid of them again; `undefined`: they stay. */
  readonly leavesAtMs?: number | undefined;
}

/** How users come. */
export interface Traffic {
  readonly durationMs: number;
  readonly perSecond: number;
  /** How much of the traffic each caller gets; the parts add up to 1. */
  readonly shares: readonly number[];
  /** How long a user stays on average. `undefined`: for good. */
  readonly stayMs?: number | undefined;
  readonly random: () => number;
}

/** Users who come independently of each other at a constant rate, and stay for exponentially distributed times. */
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
