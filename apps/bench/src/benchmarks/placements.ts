import type { Benchmark, Metric } from '../benchmark.ts';
import { inLab } from '../lab/bench-lab.ts';
import { standalone } from '../lab/stores.ts';
import { loopsTable, rateRatio } from '../measure/loops.ts';
import { ratioMetric } from '../measure/metric.ts';
import type { Figure } from '../report/figure.ts';
import { againstBare, PLACEMENTS } from '../work/against-bare.ts';
import { placementWork } from '../work/placements.ts';
import { COMPARED, measured, SAMPLE_MS } from '../work/work.ts';

const FEWER = [
  { callers: 1, 'auto-pipelined': 0.9 },
  { callers: 8, raw: 0.7, 'auto-pipelined': 1 },
  { callers: 32, raw: 0.8, 'auto-pipelined': 1.1 },
];

const ALL = ['ours', 'adapter', 'raw', 'auto-pipelined', 'naive'] as const;

/** Placements of new users. */
export const placements: Benchmark = {
  name: 'placements',
  title: 'A new user, placed',
  about:
    'New users are placed on 20 pods. Ours is `client.computeLinkedPod`: it picks a pod by load, makes the ' +
    'link with a deadline, and caches it. `raw` and `auto-pipelined` are `EVALSHA` of the shortest script ' +
    'that sets one key (`SET NX EX`, else renew and read) to a pod that the client picks at random: it ' +
    'checks no claim and knows no loads. `adapter` is the Redis adapter alone, without picking and ' +
    'remembering: `executors.stateful.setLinkedPodIfAbsent`. `naive` is the router that one would write first: ' +
    '`GET` of the link; if there is none, `HGETALL` of the pods, parsed, the least loaded picked; then ' +
    '`EVAL` of a set-if-absent.',
  notes:
    "On both sides the caller's process is the limit. The adapter (`placeByAdapterVsRawEvalsha512`) looks at " +
    'three keys instead of one, checks arguments, and gives each placement a deadline by the time of the ' +
    'server: a script that only reads the time, looks at three keys and sets one costs the server about half ' +
    'as much again as the bare one. The route adds the pick, its count, one shared request for concurrent ' +
    "calls about a user, and the cache: two thirds of the caller's time for a placement. About a fifth of it " +
    'is garbage collection, a tenth the maps of remembered users; no function has more than a twentieth. With ' +
    'few calls in flight most of the time is writes to a socket whose reader sleeps.',
  run: (context) =>
    inLab(context, async (lab) => {
      const forMs = SAMPLE_MS * context.scale;
      const work = await placementWork(lab, await standalone(lab), context.seed);
      const metrics: Metric[] = [];
      const figures: Figure[] = [];
      for (const { callers, ...goals } of FEWER) {
        const loops = await measured(work, COMPARED, { callers, forMs }, context.rounds);
        metrics.push(...againstBare(PLACEMENTS, callers, loops, goals));
        figures.push(loopsTable(`${callers} in flight`, 'placements/s', loops));
      }
      const many = await measured(work, ALL, { callers: 512, forMs }, context.rounds);
      metrics.push(
        ...againstBare(PLACEMENTS, 512, many, { raw: 1.3, 'auto-pipelined': 1.3 }),
        ratioMetric(
          'placeVsNaive512',
          'new users placed by 512 callers: rate over that of the naive router',
          rateRatio(many.ours, many.naive),
          { atLeast: 4 },
        ),
        ratioMetric(
          'placeByAdapterVsRawEvalsha512',
          'the Redis adapter alone, without picking and remembering: rate over that of a raw one-key `EVALSHA`',
          rateRatio(many.adapter, many.raw),
          'more',
        ),
      );
      figures.push(loopsTable('512 in flight', 'placements/s', many));
      return { metrics, figures };
    }),
};
