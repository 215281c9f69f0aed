import { type BalanceOptions, LEAST_GAIN, MINUTE_MS, ROUNDS_WITHOUT_GAIN } from './balance-options.ts';
import { type FleetShares, sum } from './fleet-shares.ts';
import type { UserFlow } from './user-flows.ts';

/** What the planner remembers of whether its orders help. */
export interface RoundMemory {
  /** The pods that take part, with their incarnations. If they change, everything starts anew. */
  readonly pods: string;
  /** The orders of one minute, and how uneven the fleet was before. */
  readonly round?:
    | { readonly startedAt: number; readonly imbalance: number; readonly workMoved: number }
    | undefined;
  /** How many rounds running had no gain. */
  readonly withoutGain: number;
  readonly stoppedUntil?: number | undefined;
}

/** Whether the planner has stopped, and what it remembers once it has given its orders. */
export interface RoundStep {
  readonly isStopped: boolean;
  readonly after: (flows: readonly UserFlow[]) => RoundMemory;
}

/** Ends a round that is over, and says whether the next may begin. */
export function stepRound(
  before: RoundMemory | undefined,
  shares: FleetShares,
  storeTime: number,
  options: BalanceOptions,
): RoundStep {
  const pods = shares.pods.map(({ podId, memory }) => `${podId}:${memory.incarnation}`).join(' ');
  const known = before?.pods === pods ? before : { pods, withoutGain: 0 };
  const imbalance = imbalanceOf(shares);
  const ended = roundEnded(known, imbalance, storeTime, options);
  const isStopped = ended.stoppedUntil !== undefined && storeTime < ended.stoppedUntil;
  return {
    isStopped,
    after: (flows) => {
      if (flows.length === 0) return ended;
      const { round = { startedAt: storeTime, imbalance, workMoved: 0 } } = ended;
      if (storeTime - round.startedAt >= MINUTE_MS) return ended;
      const workMoved = round.workMoved + sum(flows.map(({ work }) => work)) / shares.work;
      return { ...ended, round: { ...round, workMoved } };
    },
  };
}

/** How far the pods are from their fair shares, without the moves under way: 0 if each has its own, and below 1. */
function imbalanceOf({ pods }: FleetShares): number {
  const works = pods.map(({ users, workPerUser }) => users * workPerUser);
  const work = sum(works);
  const capacity = sum(pods.map((pod) => pod.capacity));
  if (work === 0) return 0;
  const apart = pods.map((pod, at) => Math.abs(works[at]! - (work * pod.capacity) / capacity));
  return sum(apart) / (2 * work);
}

/** A round's orders are carried out before its gain is measured. */
function roundEnded(
  memory: RoundMemory,
  imbalance: number,
  storeTime: number,
  { everyMs, cooldownMs }: BalanceOptions,
): RoundMemory {
  const { pods, round } = memory;
  if (!round || storeTime - round.startedAt < MINUTE_MS + 2 * everyMs) return memory;
  const hasGain = round.imbalance - imbalance >= LEAST_GAIN * round.workMoved;
  const withoutGain = hasGain ? 0 : memory.withoutGain + 1;
  if (withoutGain < ROUNDS_WITHOUT_GAIN) return { pods, withoutGain };
  return { pods, withoutGain: 0, stoppedUntil: storeTime + cooldownMs };
}
