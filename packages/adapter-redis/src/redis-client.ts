import type { Cluster, Redis } from 'ioredis';

/** A client of ioredis, however many servers it speaks to. */
export type RedisClient = Redis | Cluster;

/** Told by a property and not by class: the user's copy of ioredis need not be the one that is found from here. */
export function isCluster(client: RedisClient): client is Cluster {
  return client.isCluster;
}
