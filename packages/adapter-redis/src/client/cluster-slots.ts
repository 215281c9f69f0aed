import { Command } from 'ioredis';
import { isCluster, type RedisClient, type RedisCluster } from './redis-client.ts';

/** The addresses of the nodes that hold a key, its master first, as the client knows them. */
export function nodesOf(cluster: RedisCluster, key: string): readonly string[] {
  return cluster.slots[new Command('get', [key]).getSlot()] ?? [];
}

/** The name of the only server of a client that is no Cluster. */
export const THE_SERVER = '';

/** A name for the server that holds a key: the same as long as the same one does. */
export function serverOf(client: RedisClient, key: string): string {
  return isCluster(client) ? nodesOf(client, key).join(';') : THE_SERVER;
}

/** A node that does not answer may have been replaced: a cluster is asked now, and not when that is next due. */
export function lookAround(client: RedisClient): void {
  if (isCluster(client) && client.status === 'ready') client.refreshSlotsCache();
}
