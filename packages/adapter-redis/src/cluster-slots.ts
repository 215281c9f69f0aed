import { type Cluster, Command } from 'ioredis';
import { isCluster, type RedisClient } from './redis-client.ts';

/** The addresses of the nodes that hold a key, its master first, as the client knows them. */
export function nodesOf(cluster: Cluster, key: string): readonly string[] {
  return cluster.slots[new Command('get', [key]).getSlot()] ?? [];
}

/** The positions of keys, grouped by the nodes that hold them. */
export function groupedByNode(cluster: Cluster, keys: readonly string[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const [at, key] of keys.entries()) {
    const nodes = serverOf(cluster, key);
    const group = groups.get(nodes);
    if (group) group.push(at);
    else groups.set(nodes, [at]);
  }
  return [...groups.values()];
}

/** A name for the server that holds a key: the same as long as the same one does. */
export function serverOf(client: RedisClient, key: string): string {
  return isCluster(client) ? nodesOf(client, key).join(';') : '';
}
