import { seededRandom } from '@stateful-route/core/testing';
import type { LoggedRequest } from '@stateful-route/lab/log';
import { poissonArrivals } from './arrivals.ts';
import type { Scenario, SimulatedPod } from './scenario.ts';

const PODS = 20;
const CALLERS = 8;
const LINKS_PER_SECOND = 2_000;
const PERIOD_MS = 5_000;
/** The share of the heavy caller. */
const HEAVY_SHARE = 0.8;
const STAY_MS = 20_000;

/** How a scenario differs from the baseline. */
export interface Twist {
  /** `'counted'`: the callers count themselves. */
  readonly routingPeers?: number | 'counted';
  readonly counting?: boolean;
  readonly refreshMs?: number;
  /** Half of the pods join after so many periods. */
  readonly joinAfterPeriods?: number;
  readonly oneHeavyCaller?: boolean;
  /** Every second pod has twice the capacity. */
  readonly unequalPods?: boolean;
  readonly usersLeave?: boolean;
}

/** The seed and the length of a scenario. */
export interface Making {
  readonly seed: number;
  readonly periods: number;
}

/** 20 pods with heartbeats every 5 s, spread over the period, and 8 callers that make 2,000 links/s in total. */
export function synthetic(twist: Twist, { seed, periods }: Making): Scenario {
  const random = seededRandom(seed);
  const durationMs = periods * PERIOD_MS;
  const { oneHeavyCaller, usersLeave, routingPeers = CALLERS, counting = true, refreshMs } = twist;
  const pods = beatingPods(twist, random);
  const shares = Array.from({ length: CALLERS }, (_, caller) => {
    if (!oneHeavyCaller) return 1 / CALLERS;
    return caller === 0 ? HEAVY_SHARE : (1 - HEAVY_SHARE) / (CALLERS - 1);
  });
  const stayMs = usersLeave ? STAY_MS : undefined;
  const arrivals = poissonArrivals({ durationMs, perSecond: LINKS_PER_SECOND, shares, stayMs, random });
  return {
    pods,
    periodMs: PERIOD_MS,
    refreshMs,
    callers: CALLERS,
    routingPeers: routingPeers === 'counted' ? undefined : routingPeers,
    counting,
    durationMs,
    arrivals,
  };
}

/**
 * The users of a log, `speed` times as fast. Each is linked once, at the first request, by one of 8 callers, and stays. The pods
 * are those of the baseline.
 *
 * @param requests - at least one, in order.
 */
export function replayed(requests: readonly LoggedRequest[], speed: number, seed: number): Scenario {
  const random = seededRandom(seed);
  const first = new Map<string, number>();
  for (const { uid, time } of requests) if (!first.has(uid)) first.set(uid, time);
  const startMs = requests[0]!.time;
  const arrivals = Array.from(first, ([uid, atMs]) => ({
    uid,
    atMs: (atMs - startMs) / speed,
    caller: Math.floor(random() * CALLERS),
  }));
  return {
    pods: beatingPods({}, random),
    periodMs: PERIOD_MS,
    callers: CALLERS,
    routingPeers: CALLERS,
    counting: true,
    durationMs: arrivals.at(-1)!.atMs + PERIOD_MS,
    arrivals,
  };
}

/** Pods whose heartbeats are spread evenly over the period, in random order. */
function beatingPods({ joinAfterPeriods = 0, unequalPods }: Twist, random: () => number): SimulatedPod[] {
  const order = Array.from({ length: PODS }, (_, at) => ({ at, key: random() })).toSorted(
    (a, b) => a.key - b.key,
  );
  return order.map(({ at }, podId) => {
    const joins = joinAfterPeriods > 0 && podId >= PODS / 2;
    return {
      podId,
      firstBeatMs: (at / PODS - 1 + (joins ? joinAfterPeriods + 1 : 0)) * PERIOD_MS,
      capacity: unequalPods && podId % 2 === 1 ? 2 : 1,
    };
  });
}
