import { AIM, type BalanceLabel, LEAST_GAIN, ROUNDING } from './balance-options.ts';
import { deviationOf, type FleetShares, type PodShare, sum } from './fleet-shares.ts';

/** Users that should move from one pod to another. */
export interface UserFlow {
  readonly from: PodShare;
  readonly to: PodShare;
  /** How many users at most. */
  readonly users: number;
  /** Their work, if they are like the others of the pod. */
  readonly work: number;
  /** The most work that may move: what brings neither pod beyond its fair share, but one user at least. */
  readonly mostWork: number;
  readonly label: BalanceLabel;
}

/** What limits the flows. */
export interface FlowLimits {
  readonly canGive: (pod: PodShare, to: BalanceLabel) => boolean;
  readonly canGet: (pod: PodShare) => boolean;
  /** How many users a pod may get now. */
  readonly roomOf: (pod: PodShare) => number;
  /** How many users may move now, by label. */
  readonly budget: Readonly<Record<BalanceLabel, number>>;
}

/** A pod that should give or get work. */
interface Part {
  readonly pod: PodShare;
  /** What it still should give or get. */
  left: number;
  /** What it has, with the flows so far, each with the most that may move. */
  work: number;
  hasMoved: boolean;
}

/**
 * The fewest moves that bring the pods to be corrected near to their fair shares, the largest first.
 *
 * Pods to be corrected give or get what they are beyond ±5 %. Where they give more than they get, or the other way round,
 * others take the rest: those that are furthest from their fair shares on that side, down to a level that they then share.
 * Nobody gives or gets more than leads to the fair share, so that no move overshoots it by more than one user.
 */
export function userFlows(shares: FleetShares, limits: FlowLimits): readonly UserFlow[] {
  const givers = shares.pods.filter(
    (pod) => limits.canGive(pod, 'addition') || limits.canGive(pod, 'balance'),
  );
  const getters = shares.pods.filter(limits.canGet);
  const must = {
    give: (pod: PodShare) => (pod.memory.corrected > 0 ? Math.max(0, pod.work - pod.fair * (1 + AIM)) : 0),
    get: (pod: PodShare) => (pod.memory.corrected < 0 ? Math.max(0, pod.fair * (1 - AIM) - pod.work) : 0),
  };
  const total = Math.max(sum(givers.map(must.give)), sum(getters.map(must.get)));
  if (total === 0) return [];
  const gives = levelled(givers, total, must.give, (pod, level) => pod.work - pod.fair * (1 + level));
  const gets = levelled(getters, total, must.get, (pod, level) => pod.fair * (1 - level) - pod.work);
  return matched(gives, gets, limits);
}

/** How often the interval of levels is halved: to less than a thousandth of a fair share, whatever the loads. */
const HALVINGS = 40;

/** What each pod gives or gets, so that they are `total` together: what it must, and what it is beyond a common level. */
function levelled(
  pods: readonly PodShare[],
  total: number,
  mustOf: (pod: PodShare) => number,
  beyond: (pod: PodShare, level: number) => number,
): Part[] {
  const partOf = (pod: PodShare, level: number): number => Math.max(mustOf(pod), beyond(pod, level), 0);
  let [low, high] = [0, Math.max(0, ...pods.map((pod) => Math.abs(deviationOf(pod))))];
  for (let halving = 0; halving < HALVINGS; halving++) {
    const level = (low + high) / 2;
    if (pods.reduce((parts, pod) => parts + partOf(pod, level), 0) > total) low = level;
    else high = level;
  }
  return pods
    .map((pod) => ({ pod, left: partOf(pod, high), work: pod.work, hasMoved: false }))
    .filter(({ left }) => left > 0)
    .toSorted((a, b) => b.left - a.left);
}

/** Pairs those that give most with those that get most. */
function matched(gives: readonly Part[], gets: readonly Part[], limits: FlowLimits): UserFlow[] {
  const budget = { ...limits.budget };
  const flows: UserFlow[] = [];
  for (const get of gets) {
    const label: BalanceLabel = get.pod.memory.isNew ? 'addition' : 'balance';
    let room = limits.roomOf(get.pod);
    for (const give of gives) {
      if (budget[label] <= 0 || room <= 0 || get.left === 0) break;
      if (give.left === 0 || !limits.canGive(give.pod, label)) continue;
      const users = Math.min(budget[label], room, usersWorthMoving(give, get));
      if (users <= 0) continue;
      const work = users * give.pod.workPerUser;
      const toFair = Math.min(give.work - give.pod.fair, get.pod.fair - get.work);
      const mostWork = setsLoad(give.pod) ? Math.max(work, toFair) : work;
      flows.push({ from: give.pod, to: get.pod, users, work, mostWork, label });
      budget[label] -= users;
      room -= users;
      for (const part of [give, get]) {
        part.left = Math.max(0, part.left - mostWork);
        part.hasMoved = true;
      }
      give.work -= mostWork;
      get.work += mostWork;
    }
  }
  return flows;
}

/** Whether a pod's load is another number than that of its users. */
export function setsLoad({ workPerUser }: PodShare): boolean {
  return Math.abs(workPerUser - 1) > ROUNDING;
}

/** As many users as have the work to move; one, if that is less than he has but moving him pays. */
function usersWorthMoving(give: Part, get: Part): number {
  const { workPerUser } = give.pod;
  const toMove = Math.min(give.left, get.left);
  if (workPerUser === 0 || toMove <= ROUNDING * get.pod.fair) return 0;
  const users = Math.floor(toMove / workPerUser + ROUNDING);
  if (users > 0) return users;
  return !give.hasMoved && !get.hasMoved && pays(give, get, workPerUser) ? 1 : 0;
}

/**
 * Whether moving so much work pays: it brings the two pods nearer to their fair shares by enough. The gain is the fall of
 * Σ|work − fair| over 2 × Σwork, and it must be a quarter of the share of all work that is moved.
 */
function pays(give: Part, get: Part, work: number): boolean {
  const apart = (given: number): number =>
    Math.abs(give.work - given - give.pod.fair) + Math.abs(get.work + given - get.pod.fair);
  return apart(0) - apart(work) >= 2 * LEAST_GAIN * work;
}
