import { trialsOf } from '@stateful-route/harness';
import { inLab } from '../lab/lab.ts';
import { quantile } from '../lab/measures.ts';
import { partitionTrial } from '../lab/partition.ts';
import { sideBySide } from '@stateful-route/lab/measure';
import { scenario } from '../scenario.ts';

const AT_ONCE = 20;

export const podPartitioned = scenario({
  name: 'pod-partitioned',
  rows: {
    overlaps: {
      shown:
        'trials in which a partitioned pod served after its users were taken over, or was not fenced before',
      bound: 0,
      unit: 'trials',
    },
    unfenced: { shown: 'trials in which the pod was not fenced first', bound: 0, unit: 'trials' },
  },
  run: ({ seed, trials, check, say }) =>
    inLab(async (lab) => {
      const server = await lab.redis();
      const outcomes = await sideBySide(trialsOf(seed, trials), AT_ONCE, async (trial) => {
        const { history, leadMs } = await partitionTrial(trial, server);
        // No pod is paused, so pods must stop in time without a storage that refuses them.
        return { leadMs, found: check(history.events, { everyServeCounts: true, seed: trial.seed }) };
      });
      const leads = outcomes.map(({ leadMs }) => leadMs);
      say(`${trials} trials; fenced before the take-over by ${quantile(leads, 0.01).toFixed(0)} ms at least`);
      return {
        overlaps: outcomes.filter(({ found }) => found > 0).length,
        unfenced: leads.filter((lead) => !(lead > 0)).length,
      };
    }),
});
