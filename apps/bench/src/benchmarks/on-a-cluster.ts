import { createRedisExecutors, safeClusterOptions } from '@stateful-route/adapter-redis';
import { seededRandom } from '@stateful-route/core/testing';
import { startCluster } from '@stateful-route/harness';
import { uniqueNamespace } from '@stateful-route/testkit/redis';
import { Cluster } from 'ioredis';
import type { Benchmark } from '../benchmark.ts';
import { inLab, type BenchLab } from '../lab/bench-lab.ts';
import { linkAll, linkKeyOf } from '../lab/links.ts';
import { BeatingPods } from '../lab/pods.ts';
import { uids } from '../lab/uids.ts';
import { ratio } from '../measure/estimate.ts';
import { ratioMetric, samplesTable, scaled } from '../measure/metric.ts';
import { lookUpRates } from './look-ups.ts';
import { placementRates, PODS } from './placements.ts';

const CALLERS = 512;
const USERS = 10_000;
const LOOK_UPS = 20_000;
const PLACEMENTS = 8_000;

/** The same on several servers. */
export const onACluster: Benchmark = {
  name: 'on-a-cluster',
  title: 'On a Cluster',
  about:
    'The look-ups and placements of 512 callers above, on a Cluster of three masters that is started for ' +
    'this. The raw sides use an ioredis `Cluster` of their own with its defaults; ours has ' +
    "`safeClusterOptions()`. The masters, the callers and both sides share the machine's cores.",
  run: (context) =>
    inLab(context, async (lab) => {
      const cluster = await startCluster({ masters: 3, replicas: 0 });
      lab.defer(() => cluster.stop());
      const nodes = cluster.nodes.map(({ host, port }) => ({ host, port }));
      const raw = await clusterClient(lab, new Cluster(nodes));
      const own = await clusterClient(lab, new Cluster(nodes, safeClusterOptions()));
      const executors = createRedisExecutors({ client: own });
      lab.defer(() => executors.close());
      const namespace = uniqueNamespace();
      const users = uids(scaled(USERS, context.scale, 100));
      await linkAll(executors.stateful, namespace, users, { pods: PODS, seconds: 3_600 });
      const pods = new BeatingPods(executors.stateful, namespace, PODS);
      await pods.beat();
      const { client } = await lab.caller(executors, namespace);
      const lookUp = { callers: CALLERS, calls: scaled(LOOK_UPS, context.scale) };
      const place = { callers: CALLERS, calls: scaled(PLACEMENTS, context.scale) };
      const lookUps = await lookUpRates(
        context.rounds,
        { client, raw, namespace, users, keys: users.map((uid) => linkKeyOf(namespace, uid)) },
        { ours: lookUp, raw: lookUp },
      );
      const placements = await placementRates(
        context.rounds,
        { client, raw, namespace, pods, random: seededRandom(context.seed) },
        { ours: place, raw: place, naive: place },
      );
      return {
        metrics: [
          ratioMetric(
            'lookupVsRawGet512Cluster',
            'on three masters, look-ups of 512 callers: rate over that of raw `GET`',
            ratio(lookUps.ours, lookUps.raw),
            'more',
          ),
          ratioMetric(
            'placeVsRawEvalsha512Cluster',
            'on three masters, new users placed by 512 callers: rate over that of a raw `EVALSHA`',
            ratio(placements.ours, placements.raw),
            'more',
          ),
          ratioMetric(
            'placeVsNaive512Cluster',
            'on three masters, new users placed by 512 callers: rate over that of the naive router',
            ratio(placements.ours, placements.naive),
            'more',
          ),
        ],
        figures: [
          samplesTable('Look-ups on three masters', 'look-ups/s', lookUps),
          samplesTable('Placements on three masters', 'placements/s', placements),
        ],
      };
    }),
};

async function clusterClient(lab: BenchLab, client: Cluster): Promise<Cluster> {
  lab.defer(() => client.disconnect());
  await client.get('ready');
  return client;
}
