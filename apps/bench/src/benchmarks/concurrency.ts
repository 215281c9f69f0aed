import type { Benchmark, BenchContext, Findings } from '../benchmark.ts';
import { inLab, type BenchLab } from '../lab/bench-lab.ts';
import { standalone, type Store, threeMasters } from '../lab/stores.ts';
import type { Loop } from '../measure/closed-loop.ts';
import { estimate, median } from '../measure/estimate.ts';
import { latencies, rateRatio } from '../measure/loops.ts';
import type { Samples } from '../measure/rounds.ts';
import type { Figure, Plot, Table } from '../report/figure.ts';
import { figure } from '../report/metric-line.ts';
import { claimWork } from '../work/claims.ts';
import { lookUpWork } from '../work/look-ups.ts';
import { placementWork } from '../work/placements.ts';
import { type BareSide, COMPARED, measured, type Work } from '../work/work.ts';

const IN_FLIGHT = [1, 2, 4, 8, 16, 32, 64, 512];
/** A curve needs fewer rounds than a ratio with a goal, and shorter samples. */
const ROUNDS_MAX = 3;
const SAMPLE_MS = 200;

const LABELS = {
  ours: 'stateful-route',
  raw: 'ioredis',
  'auto-pipelined': 'ioredis, auto-pipelined',
  naive: 'naive router',
};

type SideName = keyof typeof LABELS;

/** Throughput and latency against the number of calls in flight. */
export const concurrency: Benchmark = {
  name: 'concurrency',
  title: 'Throughput against calls in flight',
  about:
    'The look-ups, placements and first claims above, for 1 to 512 calls in flight, with fewer rounds and ' +
    'shorter samples. The tables have our rate over that of each rival, and the latencies of the calls of ' +
    'the same samples: the median and the 99th percentile.',
  notes:
    'Calls that share a command are answered together, and their callers ask again together. With all calls ' +
    'in one command, the caller would wait while the server works, and the server while the caller does. So ' +
    'a call is sent as soon as as many are gathered as a fourth of those that were in flight lately, 128 at ' +
    'most: about four commands are in flight at a time. Of up to 16 calls in flight half share a command, ' +
    'four at most, as a command costs both sides as much as several calls do: a write to a socket whose ' +
    'reader sleeps takes longer than the look-up that it carries. A single call is sent at the end of its ' +
    'tick, by itself. On a Cluster each call is a command of its own, as each user has a slot of its own; ' +
    'the commands for a node are one write.',
  run: (context) => inLab(context, async (lab) => curves(lab, context, await standalone(lab))),
};

/** The same on several servers. */
export const clusterConcurrency: Benchmark = {
  name: 'concurrency-on-a-cluster',
  title: 'Throughput against calls in flight, on a Cluster',
  about: 'The same on three masters, with the clients of the Cluster above.',
  run: (context) =>
    inLab(context, async (lab) => {
      return curves(lab, context, await threeMasters(lab), { name: '-cluster', shown: ', on three masters' });
    }),
};

interface Place {
  readonly name: string;
  readonly shown: string;
}

async function curves(
  lab: BenchLab,
  context: BenchContext,
  store: Store,
  { name, shown }: Place = { name: '', shown: '' },
): Promise<Findings> {
  const lookUps = await curve(context, 'look-ups', await lookUpWork(lab, store, context.scale), COMPARED);
  const placing = [...COMPARED, 'naive'] as const;
  const placements = await curve(
    context,
    'placements',
    await placementWork(lab, store, context.seed),
    placing,
  );
  const claims = await curve(context, 'claims', await claimWork(lab, store), COMPARED);
  return {
    metrics: [],
    figures: [
      ...figures(`look-ups${name}`, `Look-ups of linked users${shown}`, 'look-ups/s', lookUps),
      ...figures(`placements${name}`, `First placements of new users${shown}`, 'placements/s', placements),
      ...figures(`claims${name}`, `First claims of new users${shown}`, 'claims/s', claims),
    ],
  };
}

/** What was measured with so many calls in flight. */
interface Point<Name extends string> {
  readonly inFlight: number;
  readonly loops: Samples<Name, Loop>;
}

async function curve<All extends string, Name extends All>(
  { rounds, scale, say }: BenchContext,
  calls: string,
  work: Work<All>,
  names: readonly Name[],
): Promise<readonly Point<Name>[]> {
  const points: Point<Name>[] = [];
  for (const inFlight of IN_FLIGHT) {
    say(`${calls}, ${inFlight} in flight`);
    const pace = { callers: inFlight, forMs: SAMPLE_MS * scale };
    points.push({ inFlight, loops: await measured(work, names, pace, Math.min(rounds, ROUNDS_MAX)) });
  }
  return points;
}

function figures<Name extends SideName>(
  name: string,
  caption: string,
  unit: string,
  points: readonly Point<Name | 'ours' | BareSide>[],
): Figure[] {
  const sides = Object.keys(points[0]!.loops) as Name[];
  const plot: Plot = {
    kind: 'plot',
    name,
    caption,
    x: { label: 'calls in flight', scale: 'log' },
    y: { label: unit, scale: 'log' },
    lines: sides.map((side) => ({
      label: LABELS[side],
      points: points.map(({ inFlight, loops }) => [
        inFlight,
        median(loops[side].map(({ perSecond }) => perSecond)),
      ]),
    })),
  };
  const table: Table = {
    kind: 'table',
    caption: `${caption}: rates, and latencies in µs`,
    columns: [
      'in flight',
      `ours, ${unit}`,
      'over raw',
      'over auto-pipelined',
      ...sides.map((side) => `${side}, p50 / p99`),
    ],
    rows: points.map(({ inFlight, loops }) => [
      inFlight,
      median(loops.ours.map(({ perSecond }) => perSecond)),
      rateRatio(loops.ours, loops.raw).value,
      rateRatio(loops.ours, loops['auto-pipelined']).value,
      ...sides.map((side) => latencyText(loops[side])),
    ]),
  };
  return [plot, table];
}

function latencyText(loops: readonly Loop[]): string {
  return [0.5, 0.99].map((share) => figure(estimate(latencies(loops, share)).value)).join(' / ');
}
