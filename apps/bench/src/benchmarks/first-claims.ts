import type { Benchmark, Metric } from '../benchmark.ts';
import { inLab } from '../lab/bench-lab.ts';
import { standalone } from '../lab/stores.ts';
import { loopsTable } from '../measure/loops.ts';
import type { Figure } from '../report/figure.ts';
import { againstBare, CLAIMS } from '../work/against-bare.ts';
import { claimWork } from '../work/claims.ts';
import { COMPARED, measured, SAMPLE_MS } from '../work/work.ts';

const GOALS = [
  { callers: 32, raw: 0.6 },
  { callers: 512, raw: 1 },
];

/** First claims by a pod. */
export const firstClaims: Benchmark = {
  name: 'first-claims',
  title: 'A new user, claimed',
  about:
    'A pod claims users that nobody holds: `server.claim`, which stores the link, the claim and its token ' +
    'in one script, guarded by the incarnation of the pod, and holds the user. `raw` and `auto-pipelined` ' +
    'are the one-key `EVALSHA` of the placements above. Each sample has a new pod, which holds nobody.',
  notes:
    'A first claim writes three keys where the bare script writes one: the script alone takes the server more ' +
    "than twice as long. The rest is the pod's own bookkeeping, which lets no two pods hold one user: a state " +
    'machine for each user, a turn for each operation, a claim that never ends after the fence. It is more ' +
    "than half of the caller's time.",
  run: (context) =>
    inLab(context, async (lab) => {
      const forMs = SAMPLE_MS * context.scale;
      const work = await claimWork(lab, await standalone(lab));
      const metrics: Metric[] = [];
      const figures: Figure[] = [];
      for (const { callers, ...goals } of GOALS) {
        const loops = await measured(work, COMPARED, { callers, forMs }, context.rounds);
        metrics.push(...againstBare(CLAIMS, callers, loops, goals));
        figures.push(loopsTable(`${callers} in flight`, 'claims/s', loops));
      }
      return { metrics, figures };
    }),
};
