import { seededRandom } from '@stateful-route/core/testing';
import { uniqueNamespace } from '@stateful-route/testkit/redis';
import type { Benchmark, BenchContext } from '../benchmark.ts';
import { inLab, type BenchLab } from '../lab/bench-lab.ts';
import { linkAll, linkKeyOf } from '../lab/links.ts';
import { BeatingPods } from '../lab/pods.ts';
import { uids } from '../lab/uids.ts';
import type { Load } from '../measure/closed-loop.ts';
import { median } from '../measure/estimate.ts';
import { scaled } from '../measure/metric.ts';
import type { Samples } from '../measure/rounds.ts';
import type { Axis, Line, Plot } from '../report/figure.ts';
import { lookUpRates } from './look-ups.ts';
import { placementRates, PODS } from './placements.ts';

const CALLERS = [1, 4, 16, 64, 256, 1_024];
/** A curve needs fewer rounds than a ratio. */
const ROUNDS_MAX = 3;
const LOOK_UPS_MAX = 15_000;
const PLACEMENTS_MAX = 4_000;
const CALLS_EACH = 400;
const X: Axis = { label: 'callers at once', scale: 'log' };

const LABELS = { ours: 'stateful-route', raw: 'raw ioredis', naive: 'naive router' };

/** Throughput against the number of callers. */
export const concurrency: Benchmark = {
  name: 'concurrency',
  title: 'Throughput against concurrency',
  about:
    'The look-ups and the placements above, for 1 to 1,024 callers at a time. A naive router looks up a ' +
    'linked user by `GET`, as the raw side does.',
  run: (context) =>
    inLab(context, async (lab) => {
      const calls = (callers: number, most: number): Load => ({
        callers,
        calls: scaled(Math.min(most, callers * CALLS_EACH), context.scale, callers),
      });
      return {
        metrics: [],
        figures: [await lookUps(lab, context, calls), await placements(lab, context, calls)],
      };
    }),
};

/** A larger load, for a side that would be done with the others' before it is warm. */
function quick({ callers, calls }: Load): Load {
  return { callers, calls: calls * 4 };
}

type LoadOf = (callers: number, most: number) => Load;

async function lookUps(lab: BenchLab, { rounds, scale, say }: BenchContext, loadOf: LoadOf): Promise<Plot> {
  const url = await lab.redisUrl();
  const executors = lab.executors({ url });
  const namespace = uniqueNamespace();
  const users = uids(scaled(10_000, scale, 100));
  await linkAll(executors.stateful, namespace, users, { pods: PODS, seconds: 3_600 });
  const { client } = await lab.caller(executors, namespace);
  const keys = users.map((uid) => linkKeyOf(namespace, uid));
  const asked = { client, raw: await lab.raw(url), namespace, users, keys };
  const lines = new Lines(['ours', 'raw']);
  for (const callers of CALLERS) {
    say(`look-ups, ${callers} callers`);
    const load = loadOf(callers, LOOK_UPS_MAX);
    lines.add(
      callers,
      await lookUpRates(Math.min(rounds, ROUNDS_MAX), asked, { ours: quick(load), raw: load }),
    );
  }
  return {
    kind: 'plot',
    name: 'look-ups',
    caption: 'Look-ups of linked users',
    x: X,
    y: { label: 'look-ups/s' },
    lines: lines.all,
  };
}

async function placements(lab: BenchLab, { rounds, seed, say }: BenchContext, loadOf: LoadOf): Promise<Plot> {
  const url = await lab.redisUrl();
  const executors = lab.executors({ url });
  const namespace = uniqueNamespace();
  const pods = new BeatingPods(executors.stateful, namespace, PODS);
  await pods.beat();
  const { client } = await lab.caller(executors, namespace);
  const placing = { client, raw: await lab.raw(url), namespace, pods, random: seededRandom(seed) };
  const lines = new Lines(['ours', 'raw', 'naive']);
  for (const callers of CALLERS) {
    say(`placements, ${callers} callers`);
    const load = loadOf(callers, PLACEMENTS_MAX);
    lines.add(
      callers,
      await placementRates(Math.min(rounds, ROUNDS_MAX), placing, {
        ours: quick(load),
        raw: load,
        naive: load,
      }),
    );
  }
  return {
    kind: 'plot',
    name: 'placements',
    caption: 'First placements of new users',
    x: X,
    y: { label: 'placements/s' },
    lines: lines.all,
  };
}

/** The lines of a plot, point by point. */
class Lines<Name extends keyof typeof LABELS> {
  readonly #points: ReadonlyMap<Name, [number, number][]>;

  constructor(names: readonly Name[]) {
    this.#points = new Map(names.map((name) => [name, []]));
  }

  add(x: number, samples: Samples<Name>): void {
    for (const [name, points] of this.#points) points.push([x, median(samples[name])]);
  }

  get all(): Line[] {
    return [...this.#points].map(([name, points]) => ({ label: LABELS[name], points }));
  }
}
