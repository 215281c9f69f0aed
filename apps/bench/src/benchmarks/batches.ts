import { uniqueNamespace } from '@stateful-route/testkit/redis';
import type { Benchmark } from '../benchmark.ts';
import { inLab, SERVICE } from '../lab/bench-lab.ts';
import { linkAll, linkKeyOf } from '../lab/links.ts';
import { standalone } from '../lab/stores.ts';
import { uids } from '../lab/uids.ts';
import { ratio } from '../measure/estimate.ts';
import { ratioMetric, samplesTable, scaled } from '../measure/metric.ts';
import { interleaved } from '../measure/rounds.ts';
import { meanMs } from '../measure/mean-ms.ts';

const BATCH = 1_000;
const CALLS = 200;

/** Many users at once. */
export const batches: Benchmark = {
  name: 'batches',
  title: 'A thousand users in one call',
  about:
    '`client.batchGetLinkedPod` of 1,000 linked users, which returns the users of each of 20 pods, ' +
    'against `MGET` of the same 1,000 keys, which returns a list. One batch at a time.',
  run: (context) =>
    inLab(context, async (lab) => {
      const { executors, bare } = await standalone(lab);
      const namespace = uniqueNamespace();
      const users = uids(BATCH);
      await linkAll(executors.stateful, namespace, users, { pods: 20, seconds: 3_600 });
      const { client } = await lab.caller(executors, namespace);
      const keys = users.map((uid) => linkKeyOf(namespace, uid));
      const calls = scaled(CALLS, context.scale, 2);
      const times = await interleaved(context.rounds, {
        batchGetLinkedPod: () => meanMs(calls, () => client.batchGetLinkedPod(namespace, users, SERVICE)),
        MGET: () => meanMs(calls, () => bare.raw.mget(keys)),
        'MGET, auto-pipelined': () => meanMs(calls, () => bare.autoPipelined.mget(keys)),
      });
      return {
        metrics: [
          ratioMetric(
            'batch1000VsRawMget',
            'look-up of 1,000 users in one call: time over that of raw `MGET`',
            ratio(times.batchGetLinkedPod, times.MGET),
            { atMost: 1.3 },
          ),
        ],
        figures: [samplesTable('1,000 users', 'ms', times)],
      };
    }),
};
