import type { RedisCluster, RedisConnection } from './redis-client.ts';

/**
 * While a slot migrates, ioredis sends ASKING and ignores its promise. If ASKING fails, the unhandled rejection would end the
 * process. The command that follows fails too and is handled, so this failure is dropped.
 */
export function dropAskingRejections(cluster: RedisCluster): void {
  for (const node of cluster.nodes()) wrapAsking(node);
  cluster.on('+node', wrapAsking);
}

function wrapAsking(node: RedisConnection): void {
  const send = node.asking.bind(node);
  node.asking = (...args) => {
    const asking = send(...args);
    asking.catch(() => {});
    return asking;
  };
}
