import type { Benchmark } from '../benchmark.ts';
import { inLab } from '../lab/bench-lab.ts';
import { threeMasters } from '../lab/stores.ts';
import { loopsTable, rateRatio } from '../measure/loops.ts';
import { ratioMetric } from '../measure/metric.ts';
import { againstBare, CLAIMS, LOOK_UPS, type Place, PLACEMENTS } from '../work/against-bare.ts';
import { claimWork } from '../work/claims.ts';
import { lookUpWork } from '../work/look-ups.ts';
import { placementWork } from '../work/placements.ts';
import { COMPARED, measured, SAMPLE_MS } from '../work/work.ts';

const CALLERS = 512;
const ON_CLUSTER: Place = { metric: 'Cluster', shown: 'on three masters, ' };

/** The same on several servers. */
export const onACluster: Benchmark = {
  name: 'on-a-cluster',
  title: 'On a Cluster',
  about:
    'The look-ups, placements and claims of 512 callers above, on a Cluster of three masters that is started ' +
    'for this. The bare sides use an ioredis `Cluster` of their own, with its defaults and with ' +
    "`enableAutoPipelining`; ours has `safeClusterOptions()`. The masters, the callers and all sides share the machine's cores.",
  run: (context) =>
    inLab(context, async (lab) => {
      const pace = { callers: CALLERS, forMs: SAMPLE_MS * context.scale };
      const store = await threeMasters(lab);
      const { rounds, scale, seed } = context;
      const lookUps = await measured(await lookUpWork(lab, store, scale), COMPARED, pace, rounds);
      const placing = [...COMPARED, 'naive'] as const;
      const placements = await measured(await placementWork(lab, store, seed), placing, pace, rounds);
      const claims = await measured(await claimWork(lab, store), COMPARED, pace, rounds);
      return {
        metrics: [
          ...againstBare(LOOK_UPS, CALLERS, lookUps, { raw: 2.2 }, ON_CLUSTER),
          ...againstBare(PLACEMENTS, CALLERS, placements, { raw: 0.9 }, ON_CLUSTER),
          ratioMetric(
            'placeVsNaive512Cluster',
            'on three masters, new users placed by 512 callers: rate over that of the naive router',
            rateRatio(placements.ours, placements.naive),
            { atLeast: 4 },
          ),
          ...againstBare(CLAIMS, CALLERS, claims, {}, ON_CLUSTER),
        ],
        figures: [
          loopsTable('Look-ups on three masters', 'look-ups/s', lookUps),
          loopsTable('Placements on three masters', 'placements/s', placements),
          loopsTable('First claims on three masters', 'claims/s', claims),
        ],
      };
    }),
};
