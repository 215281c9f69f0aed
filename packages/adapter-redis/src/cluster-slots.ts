import { type Cluster, Command } from 'ioredis';

/** The addresses of the nodes that hold a key, its master first, as the client knows them. */
export function nodesOf(cluster: Cluster, key: string): readonly string[] {
  return cluster.slots[new Command('get', [key]).getSlot()] ?? [];
}

/** The positions of keys, grouped by the nodes that hold them. */
export function groupedByNode(cluster: Cluster, keys: readonly string[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const [at, key] of keys.entries()) {
    const nodes = nodesOf(cluster, key).join(';');
    const group = groups.get(nodes);
    if (group) group.push(at);
    else groups.set(nodes, [at]);
  }
  return [...groups.values()];
}
