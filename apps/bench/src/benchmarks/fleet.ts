import { seededRandom } from '@stateful-route/core/testing';
import { readLog } from '@stateful-route/lab/log';
import type { Benchmark, BenchContext, Findings, Goal, Metric } from '../benchmark.ts';
import { fleetPlots } from '../fleet/fleet-plots.ts';
import { movesWhileSteady, planMs } from '../fleet/large-fleets.ts';
import { innocentQuarantined, podsLostToPoison } from '../fleet/poison.ts';
import { raceForPlaces, type RacingClaims } from '../fleet/racing-claims.ts';
import {
  type Grown,
  growFleet,
  growTwo,
  meetHotUser,
  randomPods,
  type Updated,
  updateTen,
} from '../fleet/random-fleets.ts';
import { estimate, median, quantile } from '../measure/estimate.ts';
import { scaled } from '../measure/metric.ts';
import type { Table } from '../report/figure.ts';
import { synthetic } from '../simulation/scenarios.ts';
import { trialsOf } from '../simulation/trial.ts';

const FLEETS = 1_000;
const UPDATES = 200;
const STEADY_HOURS = 24;
const STEADY_PODS = [10, 100, 1_000];
const CLAIMS = 1_000_000;
const TIMED_PLANS = 40;
/** Of 100,000 users, a hundred a pod. */
const LARGEST = 1_000;

/** Whether a fleet stays even: simulated, with the planner, the choice of users and the picking of the product. */
export const fleet: Benchmark = {
  name: 'fleet',
  title: 'A fleet that stays even',
  about:
    'A simulation in simulated time, made of the pure parts of the product: callers pick with `Placements`, pods send a ' +
    'heartbeat every 3 s, the pod of the lowest ordinal plans every 15 s, pods choose the users to shed, a user who was ' +
    'moved comes back after 2 s on average. Everything has its default. Each number is a quantile over random fleets of ' +
    '60 to 200 users a pod, who weigh the same unless it says otherwise. The time that the budget needs is that of the ' +
    'moves at 5 % of the users a minute, and 90 s. The claims that race for places are of real drivers in memory, and ' +
    'the time of a plan is measured.',
  run: async (context) => findings(context),
};

async function findings(context: BenchContext): Promise<Findings> {
  const { seed, scale, say } = context;
  const log = context.log ? await readLog(context.log) : [];
  const fleets = scaled(FLEETS, scale, 5);
  const updates = scaled(UPDATES, scale, 3);
  const each = <Result>(what: string, count: number, trial: (random: () => number) => Result): Result[] => {
    say(`${what}: ${count} fleets`);
    return Array.from({ length: count }, (_, at) => trial(seededRandom(seed * 1_000_003 + at)));
  };
  const grown = each('2 pods grow to 4', fleets, (random) => growTwo(random, 'alike'));
  const grownSkewed = each('the same, users of different weights', updates, (random) =>
    growTwo(random, 'skewed'),
  );
  const grownChurning = each('the same, and users come and go', updates, (random) =>
    growTwo(random, 'skewed', true),
  );
  const updated = each('10 pods are updated', updates, (random) => updateTen(random, 'alike'));
  const updatedSkewed = each('the same, users of different weights', updates, (random) =>
    updateTen(random, 'skewed'),
  );
  const hot = each('a hot user comes', fleets, meetHotUser);
  say('fleets of many pods');
  const sizes = [10, 100, LARGEST].filter((pods) => pods <= LARGEST * Math.max(scale, 0.01));
  const large = sizes.map((pods): [number, Grown] => {
    const random = seededRandom(seed + pods);
    return [pods, growFleet(random, randomPods(random, { pods: 0.9 * pods, users: 111 }), pods)];
  });
  say('even fleets, for a day');
  const steady = STEADY_PODS.map((pods) =>
    movesWhileSteady(pods, STEADY_HOURS * scale, seededRandom(seed + pods)),
  );
  const times = Array.from({ length: TIMED_PLANS }, (_, at) => planMs(1_000, seededRandom(seed + at)));
  say('claims that race for places');
  const race = await raceForPlaces(scaled(CLAIMS, scale, 1_000));
  return {
    metrics: [
      peakOverFairAlone(context),
      ...growthMetrics(grown),
      ...updateMetrics(updated),
      metric('steadyMoves', 'users moved in a day while 10, 100 and 1,000 pods are even, at noise of ±5 %', {
        value: Math.max(...steady),
        unit: 'users',
        goal: { atMost: 0 },
      }),
      metric(
        'hotUserImbalance',
        "fullest pod over the mean after a user with a fifth of a pod's load came, p99",
        {
          value: quantile(hot, 0.99),
          goal: { atMost: 1.15 },
        },
      ),
      metric('capExceeded', 'users over `maxUsers`, at most, in 1,000,000 claims that race for places', {
        value: Math.max(0, race.over),
        unit: 'users',
        goal: { atMost: 0 },
      }),
      metric('poisonPods', 'pods lost to a user who kills whoever opens him, of 20, at most', {
        value: Math.max(...POISON_RESTARTS.flatMap((range) => fleetsOf(fleets, seed, range))),
        unit: 'pods',
        goal: { atMost: 3 },
      }),
      metric('innocentQuarantined', 'users quarantined by three crashes of all 20 pods in ten minutes', {
        value: Math.max(
          ...Array.from({ length: fleets }, (_, at) => innocentQuarantined(seededRandom(seed + at))),
        ),
        unit: 'users',
        goal: { atMost: 0 },
      }),
      metric('plannerMs1000', 'one plan for 1,000 pods, 100 of which just came', {
        value: median(times),
        unit: 'ms',
        goal: { atMost: 20 },
      }),
    ],
    figures: [
      fleetsTable({ grown, grownSkewed, grownChurning, updated, updatedSkewed, hot }),
      largeTable(large),
      raceTable(race),
      ...fleetPlots(seed, log),
    ],
  };
}

/** After how many ms a dead pod starts again: soon after the take-over, as Kubernetes backs off, and never. */
const POISON_RESTARTS: readonly (readonly [number, number])[] = [
  [16_000, 20_000],
  [16_000, 60_000],
  [60_000, 120_000],
  [3_600_000, 3_600_000],
];

/** The pods lost in so many fleets. */
function fleetsOf(fleets: number, seed: number, restartMs: readonly [number, number]): number[] {
  return Array.from({ length: fleets }, (_, at) => podsLostToPoison(seededRandom(seed + at), restartMs));
}

/** The periods of a simulation of callers. */
const PERIODS = 8;

/** New users are spread evenly although nobody says how many callers there are. */
function peakOverFairAlone({ seed, rounds, scale, say }: BenchContext): Metric {
  say('callers that count themselves');
  const peaks = Array.from({ length: rounds }, (_, round) => {
    const scenario = synthetic(
      { routingPeers: 'counted' },
      { seed: seed + round, periods: Math.max(3, Math.round(PERIODS * scale)) },
    );
    return trialsOf(scenario, ['power-of-two'], seed + round).get('power-of-two')!.peak;
  });
  return {
    name: 'peakOverFairAlone',
    shown: 'new links of the fullest pod in any window over its fair share: 8 callers, nothing configured',
    ...estimate(peaks),
    unit: 'ratio',
    goal: { atMost: 1.05 },
  };
}

function metric(
  name: string,
  shown: string,
  { value, unit = 'ratio', goal }: { value: number; unit?: Metric['unit']; goal: Goal },
): Metric {
  return { name, shown, value, unit, goal };
}

function growthMetrics(grown: readonly Grown[]): Metric[] {
  return [
    metric(
      'scaleOutImbalance',
      'fullest pod over the mean after 2 pods grew to 4, in the time the budget needs, p95',
      {
        value: quantile(
          grown.map(({ imbalance }) => imbalance),
          0.95,
        ),
        goal: { atMost: 1.1 },
      },
    ),
    metric('scaleOutMoves', 'users moved then, over the least that brings every pod within ±10 %, p95', {
      value: quantile(
        grown.map(({ movesOverLeast }) => movesOverLeast),
        0.95,
      ),
      goal: { atMost: 1.15 },
    }),
  ];
}

function updateMetrics(updated: readonly Updated[]): Metric[] {
  const p95 = (read: (of: Updated) => number): number => quantile(updated.map(read), 0.95);
  return [
    metric('updateMoves10', 'moves a user by the drains of a rolling update of 10 pods, p95', {
      value: p95(({ removals }) => removals),
      goal: { atMost: 1.12 },
    }),
    metric('updateMovesAll10', 'all moves a user, until the pods are even, p95', {
      value: p95(({ moves }) => moves),
      goal: { atMost: 1.25 },
    }),
    metric('updatePeak10', 'fullest pod over the mean of those that are up, at the worst moment of it, p95', {
      value: p95(({ peak }) => peak),
      goal: { atMost: 1.25 },
    }),
    metric('updateImbalance10', 'fullest pod over the mean afterwards, in the time the budget needs, p95', {
      value: p95(({ imbalance }) => imbalance),
      goal: { atMost: 1.1 },
    }),
  ];
}

interface Trials {
  readonly grown: readonly Grown[];
  readonly grownSkewed: readonly Grown[];
  readonly grownChurning: readonly Grown[];
  readonly updated: readonly Updated[];
  readonly updatedSkewed: readonly Updated[];
  readonly hot: readonly number[];
}

function fleetsTable({ grown, grownSkewed, grownChurning, updated, updatedSkewed, hot }: Trials): Table {
  const row = (what: string, values: readonly number[]): Table['rows'][number] => [
    what,
    values.length,
    ...[0.5, 0.95, 0.99, 1].map((share) => quantile(values, share)),
  ];
  const imbalance = (trials: readonly { imbalance: number }[]): number[] =>
    trials.map((trial) => trial.imbalance);
  return {
    kind: 'table',
    caption: 'The fullest pod over the mean, over random fleets',
    columns: ['', 'fleets', 'median', 'p95', 'p99', 'most'],
    rows: [
      row('2 pods grew to 4', imbalance(grown)),
      row('the same, users of different weights', imbalance(grownSkewed)),
      row('the same, and users come and go', imbalance(grownChurning)),
      row(
        'during an update of 10 pods',
        updated.map(({ peak }) => peak),
      ),
      row(
        'the same, users of different weights',
        updatedSkewed.map(({ peak }) => peak),
      ),
      row('after it', imbalance(updated)),
      row('the same, users of different weights', imbalance(updatedSkewed)),
      row('after a hot user came', hot),
    ],
  };
}

function largeTable(large: readonly (readonly [pods: number, grown: Grown])[]): Table {
  return {
    kind: 'table',
    caption: 'Fleets to which a ninth of their pods came, of 100 users a pod',
    columns: ['pods', 'fullest over the mean', 'moves over the least'],
    rows: large.map(([pods, { imbalance, movesOverLeast }]) => [pods, imbalance, movesOverLeast]),
  };
}

function raceTable({ claimed, refused, over }: RacingClaims): Table {
  return {
    kind: 'table',
    caption: 'Claims that race for the 200 places of 4 pods, 128 at a time',
    columns: ['claimed', 'refused', 'most users of a pod over its `maxUsers`'],
    rows: [[claimed, refused, over]],
  };
}
