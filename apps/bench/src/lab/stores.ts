import { createRedisExecutors, safeClusterOptions } from '@stateful-route/adapter-redis';
import type { Executors } from '@stateful-route/core';
import { startCluster } from '@stateful-route/harness';
import { Cluster, Redis } from 'ioredis';
import type { BenchLab } from './bench-lab.ts';

/** Where calls are measured: the ports, and what a user would use without them, each with connections of its own. */
export interface Store {
  readonly executors: Executors;
  readonly bare: {
    /** ioredis with its defaults. */
    readonly raw: Redis | Cluster;
    /** ioredis with `enableAutoPipelining`. */
    readonly autoPipelined: Redis | Cluster;
  };
}

const AUTO_PIPELINED = { enableAutoPipelining: true };

/** The one Redis to measure on. */
export async function standalone(lab: BenchLab): Promise<Store> {
  const url = await lab.redisUrl();
  const raw = await lab.raw(url);
  const autoPipelined = await lab.connected(new Redis(url, AUTO_PIPELINED));
  return { executors: lab.executors({ url }), bare: { raw, autoPipelined } };
}

/** A Cluster of three masters, started for this. */
export async function threeMasters(lab: BenchLab): Promise<Store> {
  const cluster = await startCluster({ masters: 3, replicas: 0 });
  lab.defer(() => cluster.stop());
  const nodes = cluster.nodes.map(({ host, port }) => ({ host, port }));
  const raw = await lab.connected(new Cluster(nodes));
  const autoPipelined = await lab.connected(new Cluster(nodes, AUTO_PIPELINED));
  const client = await lab.connected(new Cluster(nodes, safeClusterOptions()));
  const executors = createRedisExecutors({ client });
  lab.defer(() => executors.close());
  return { executors, bare: { raw, autoPipelined } };
}
