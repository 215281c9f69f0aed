import type { Benchmark, Metric } from '../benchmark.ts';
import { inLab } from '../lab/bench-lab.ts';
import { standalone } from '../lab/stores.ts';
import { ratio } from '../measure/estimate.ts';
import { latencies, loopsTable } from '../measure/loops.ts';
import { ratioMetric } from '../measure/metric.ts';
import type { Figure } from '../report/figure.ts';
import { againstBare, LOOK_UPS } from '../work/against-bare.ts';
import { lookUpWork } from '../work/look-ups.ts';
import { COMPARED, measured, SAMPLE_MS } from '../work/work.ts';

const GOALS = [
  { callers: 8, raw: 0.9, 'auto-pipelined': 1.2 },
  { callers: 64, raw: 3, 'auto-pipelined': 2.2 },
  { callers: 512, raw: 5, 'auto-pipelined': 3 },
];

/** Look-ups that read the store. */
export const lookUps: Benchmark = {
  name: 'look-ups',
  title: 'Look-ups in Redis',
  about:
    '`client.getLinkedPodNotCache`, which always reads the store, against `GET` of the same key on two bare ' +
    "ioredis clients: `raw` has ioredis' defaults, `auto-pipelined` has `enableAutoPipelining`. There are " +
    '10,000 linked users. `loneLookupLatencyVsRaw` has one caller, and compares the median latency.',
  notes:
    "With 512 callers the caller's process is the limit, not the server: in one script Redis takes less " +
    'than half a µs for each of 512 look-ups. The rest of the time makes a look-up a call of the port: ' +
    "checked arguments, a deadline, a promise, a place in a batch, the store's health, retries. About a " +
    "tenth of the caller's time is garbage collection.",
  run: (context) =>
    inLab(context, async (lab) => {
      const forMs = SAMPLE_MS * context.scale;
      const work = await lookUpWork(lab, await standalone(lab), context.scale);
      const metrics: Metric[] = [];
      const figures: Figure[] = [];
      for (const { callers, ...goals } of GOALS) {
        const loops = await measured(work, COMPARED, { callers, forMs }, context.rounds);
        metrics.push(...againstBare(LOOK_UPS, callers, loops, goals));
        figures.push(loopsTable(`${callers} in flight`, 'look-ups/s', loops));
      }
      const lone = await measured(work, COMPARED, { callers: 1, forMs }, context.rounds);
      metrics.push(
        ratioMetric(
          'loneLookupLatencyVsRaw',
          'one look-up at a time: median latency over that of raw `GET`',
          ratio(latencies(lone.ours, 0.5), latencies(lone.raw, 0.5)),
          { atMost: 1.1 },
        ),
      );
      figures.push(loopsTable('1 in flight', 'look-ups/s', lone));
      return { metrics, figures };
    }),
};
