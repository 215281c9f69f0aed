import { seededRandom } from '@stateful-route/core/testing';
import type { LoggedRequest } from '@stateful-route/lab/log';
import type { Plot } from '../report/figure.ts';
import {
  type Arrivals,
  churning,
  type FleetScript,
  flapping,
  play,
  rollingUpdate,
  scaleOut,
  skew,
  weightOf,
} from './fleet-scripts.ts';
import { randomPods } from './random-fleets.ts';
import { type Comer, SimulatedFleet } from './simulated-fleet.ts';

const USERS = 150;
const STAY_S = 1_200;
const SECONDS = 1_500;
/** The log's requests come so much faster than they did. */
const SPEED = 60;

/** A plot of the fullest pod over time, kept even and not, on the same arrivals. */
interface Shown {
  readonly name: string;
  readonly caption: string;
  readonly pods: number;
  readonly script: (settled: ReturnType<typeof randomPods>, arrivals: Arrivals) => FleetScript;
}

const shown: readonly Shown[] = [
  {
    name: 'fleet-scale-out',
    caption: 'Two empty pods come to four full ones',
    pods: 4,
    script: (settled, arrivals) => ({ ...scaleOut(settled, 6, arrivals), seconds: SECONDS }),
  },
  {
    name: 'fleet-update',
    caption: 'A rolling update of ten pods',
    pods: 10,
    script: (settled, arrivals) => ({ ...rollingUpdate(settled, arrivals), seconds: SECONDS }),
  },
  {
    name: 'fleet-skew',
    caption: "One pod's users become 1.6 times as heavy",
    pods: 6,
    script: (settled, arrivals) => skew(settled, 2, 1.6, SECONDS, arrivals),
  },
  {
    name: 'fleet-flapping',
    caption: 'One pod dies and starts again every 150 s, until half of the time is over',
    pods: 6,
    script: (settled, arrivals) => flapping(settled, 2, SECONDS, arrivals),
  },
];

/** The plots. Users come as in the log, if there is one, else at random; they stay for 20 minutes on average. */
export function fleetPlots(seed: number, log: readonly LoggedRequest[]): readonly Plot[] {
  return shown.map(({ name, caption, pods, script }): Plot => {
    const line = (rebalance: boolean): Plot['lines'][number] => {
      const random = seededRandom(seed);
      const settled = randomPods(random, { pods, users: USERS, population: 'skewed' });
      const arrivals = log.length > 0 ? logged(log, random) : steady(pods, random);
      const fleet = new SimulatedFleet({ random: seededRandom(seed + 1), rebalance });
      const fullest = play(fleet, script(settled, arrivals));
      const points = fullest.map((value, second): readonly [number, number] => [second, value]);
      return { label: rebalance ? 'kept even' : 'no rebalancing', points };
    };
    return {
      kind: 'plot',
      name,
      caption,
      x: { label: 'seconds' },
      y: { label: 'load of the fullest pod over the mean' },
      lines: [line(true), line(false)],
    };
  });
}

function steady(pods: number, random: () => number): Arrivals {
  return churning({ users: pods * USERS, seconds: SECONDS, staySeconds: STAY_S, random });
}

/** The users of a log, each once, when he came first. */
function logged(log: readonly LoggedRequest[], random: () => number): Arrivals {
  const arrivals = new Map<number, Comer[]>();
  const known = new Set<string>();
  for (const { uid, time } of log) {
    const second = Math.floor((time - log[0]!.time) / 1_000 / SPEED);
    if (second >= SECONDS || known.has(uid)) continue;
    known.add(uid);
    const comer = { uid, weight: weightOf(random), staysMs: -Math.log(1 - random()) * STAY_S * 1_000 };
    arrivals.set(second, [...(arrivals.get(second) ?? []), comer]);
  }
  return arrivals;
}
