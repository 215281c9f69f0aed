import {
  budgetSeconds,
  churning,
  hotUser,
  JOIN_AT_S,
  play,
  rollingUpdate,
  scaleOut,
  type Settled,
  weightOf,
} from './fleet-scripts.ts';
import { SimulatedFleet } from './simulated-fleet.ts';

/** How users of random fleets differ. */
export type Population = 'alike' | 'skewed';

/** Random pods with users: so many a pod, give or take a few. */
export function randomPods(
  random: () => number,
  { pods, users, population = 'alike' }: { pods: number; users: number; population?: Population },
): Settled {
  return Array.from({ length: pods }, (_, podId) =>
    Array.from({ length: Math.round(users * (0.97 + 0.06 * random())) }, (__, at) => ({
      uid: `user-${podId}-${at}`,
      weight: population === 'alike' ? 1 : weightOf(random),
    })),
  );
}

/** A number of users a pod: 60 to 200. */
function usersAPod(random: () => number): number {
  return 60 + Math.floor(random() * 140);
}

/** What came of a fleet that grew. */
export interface Grown {
  /** The fullest pod over the mean, after the time that the budget needs. */
  readonly imbalance: number;
  /** The users moved, over the least that brings every pod within ±10 %. */
  readonly movesOverLeast: number;
}

export function growFleet(
  random: () => number,
  settled: Settled,
  after: number,
  { churns = false }: { churns?: boolean } = {},
): Grown {
  const fleet = new SimulatedFleet({ random, rebalance: true });
  const users = settled.flat().length;
  const seconds = JOIN_AT_S + budgetSeconds(users, users);
  const arrivals = churns ? churning({ users, seconds, staySeconds: 1_800, random }) : undefined;
  const imbalance = play(fleet, scaleOut(settled, after, arrivals)).at(-1)!;
  const { addition, balance } = fleet.moves;
  return {
    imbalance,
    movesOverLeast:
      (addition + balance) /
      leastMoves(
        settled.map(({ length }) => length),
        after,
      ),
  };
}

/** The fewest moves of users who weigh the same after which every pod is within ±10 % of the mean. */
export function leastMoves(users: readonly number[], pods: number): number {
  const mean = users.reduce((sum, count) => sum + count, 0) / pods;
  const all = [...users, ...Array.from({ length: pods - users.length }, () => 0)];
  const must = all.map((count) => [Math.ceil(count - 1.1 * mean), Math.ceil(0.9 * mean - count)] as const);
  const sum = (side: 0 | 1): number => must.reduce((total, sides) => total + Math.max(0, sides[side]), 0);
  return Math.max(sum(0), sum(1));
}

/** A fleet of 2 pods that grows to 4. */
export function growTwo(random: () => number, population: Population, churns = false): Grown {
  const settled = randomPods(random, { pods: 2, users: usersAPod(random), population });
  return growFleet(random, settled, 4, { churns });
}

/** What came of a rolling update. */
export interface Updated {
  /** Moves a user, by drains and by all. */
  readonly removals: number;
  readonly moves: number;
  /** The fullest pod over the mean of those that are up, at the worst moment and at the end. */
  readonly peak: number;
  readonly imbalance: number;
}

export function updateTen(random: () => number, population: Population): Updated {
  const settled = randomPods(random, { pods: 10, users: usersAPod(random), population });
  const users = settled.flat().length;
  const fleet = new SimulatedFleet({ random, rebalance: true });
  const fullest = play(fleet, rollingUpdate(settled));
  const { removal, addition, balance } = fleet.moves;
  return {
    removals: removal / users,
    moves: (removal + addition + balance) / users,
    peak: Math.max(...fullest),
    imbalance: fullest.at(-1)!,
  };
}

/** How long a fleet has to even out after a hot user came. */
const HOT_S = 1_200;

/** The fullest pod over the mean, twenty minutes after a user with a fifth of a pod's load came to one of them. */
export function meetHotUser(random: () => number): number {
  const pods = 4 + Math.floor(random() * 6);
  const settled = randomPods(random, { pods, users: usersAPod(random) });
  const fleet = new SimulatedFleet({ random, rebalance: true });
  return play(fleet, hotUser(settled, Math.floor(random() * pods), HOT_S)).at(-1)!;
}
