import { uniqueNamespace } from '@stateful-route/testkit/redis';
import type { Cluster, Redis } from 'ioredis';
import { type BenchLab, SERVICE } from '../lab/bench-lab.ts';
import { linkAll, linkKeyOf } from '../lab/links.ts';
import type { Store } from '../lab/stores.ts';
import { uids } from '../lab/uids.ts';
import { scaled } from '../measure/metric.ts';
import { pacedLoop } from '../measure/paced-loop.ts';
import type { BareSide, Work } from './work.ts';

const USERS = 10_000;

/** Look-ups of linked users that read the store. */
export async function lookUpWork(
  lab: BenchLab,
  { executors, bare }: Store,
  scale: number,
): Promise<Work<'ours' | BareSide>> {
  const namespace = uniqueNamespace();
  const users = uids(scaled(USERS, scale, 100));
  await linkAll(executors.stateful, namespace, users, { pods: 20, seconds: 3_600 });
  const keys = users.map((uid) => linkKeyOf(namespace, uid));
  const { client } = await lab.caller(executors, namespace);
  return {
    sides: async (pace) => {
      const get = (redis: Redis | Cluster) =>
        pacedLoop(pace, () => (at) => redis.get(keys[at % keys.length]!));
      return {
        ours: pacedLoop(
          pace,
          () => (at) => client.getLinkedPodNotCache(namespace, users[at % users.length]!, SERVICE),
        ),
        raw: get(bare.raw),
        'auto-pipelined': get(bare.autoPipelined),
      };
    },
  };
}
