import { safeClusterOptions } from '@stateful-route/adapter-redis';
import { Cluster } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClusterNode, type ClusterTopology, startCluster, until } from '@stateful-route/harness';
import { inLab, type Lab, SERVICE } from '../lab/lab.ts';
import { startWriting } from '../lab/writing.ts';
import { scenario } from '../scenario.ts';

const NODE_TIMEOUT_MS = 2_000;
const GAP_MS = 2 * NODE_TIMEOUT_MS + 1_500;

/** A cluster client with safe options. */
export function clusterClient(lab: Lab, { nodes }: ClusterTopology): Cluster {
  const client = new Cluster(
    nodes.map(({ host, port }) => ({ host, port })),
    safeClusterOptions(),
  );
  client.on('error', () => {});
  lab.defer(() => client.disconnect());
  return client;
}

export const clusterFailover = scenario({
  name: 'cluster-failover',
  rows: {
    killed: { shown: "gap of a user's writes when their master is killed", bound: GAP_MS, unit: 'ms' },
    stopped: { shown: "gap of a user's writes when their master is stopped", bound: GAP_MS, unit: 'ms' },
  },
  run: () =>
    inLab(async (lab) => {
      const cluster = await startCluster({ masters: 3, replicas: 3, nodeTimeoutMs: NODE_TIMEOUT_MS });
      lab.defer(() => cluster.stop());
      const { stateful } = lab.executors({ client: clusterClient(lab, cluster), timeoutMs: 500 });

      const gapOf = async (uid: string, fault: (master: ClusterNode) => unknown): Promise<number> => {
        const key = `sf:{game:lk:${uid}}`;
        const writing = startWriting(() => stateful.setLinkedPod('game', uid, SERVICE, 1, 300), 2);
        await until('a write', () => writing.succeededSince(0));
        await sleep(500);
        const before = await cluster.owner(key);
        await fault(before);
        await until('another master', async () => (await cluster.owner(key)) !== before, { everyMs: 50 });
        const promotedAt = performance.now();
        await until('a write after it', () => writing.succeededSince(promotedAt));
        return (await writing.stop()).gapMs;
      };
      const [first, second] = await usersOfTwoMasters(cluster);
      const killed = await gapOf(first, (master) => master.kill());
      const stopped = await gapOf(second, (master) => master.pause());
      return { killed, stopped };
    }),
});

/** Users whose links are on different masters. */
async function usersOfTwoMasters(cluster: ClusterTopology): Promise<[string, string]> {
  const owner = await cluster.owner('sf:{game:lk:user-0}');
  for (let at = 1; ; at++) {
    if ((await cluster.owner(`sf:{game:lk:user-${at}}`)) !== owner) return ['user-0', `user-${at}`];
  }
}
