import type { RedisCluster, RedisConnection } from './redis-client.ts';

const heard = new WeakSet<RedisCluster>();

/**
 * While a slot moves, ioredis announces a command to the slot's next node and hears nobody out: an announcement that is
 * refused, or lost with its connection, would be a rejection that ends the process. The command itself fails as well, and
 * is heard.
 */
export function hearAskings(cluster: RedisCluster): void {
  if (heard.has(cluster)) return;
  heard.add(cluster);
  for (const node of cluster.nodes()) hearAskingsOf(node);
  cluster.on('+node', hearAskingsOf);
}

function hearAskingsOf(node: RedisConnection): void {
  const asking = node.asking.bind(node);
  node.asking = (...args) => {
    const asked = asking(...args);
    asked.catch(() => {});
    return asked;
  };
}
