import { Command } from 'ioredis';
import type { RedisCluster } from './redis-client.ts';

/** The slot of a key, by CRC16: worth computing once for each user. */
export function slotOf(key: string): number {
  return new Command('get', [key]).getSlot() ?? 0;
}

/** The addresses of a slot's nodes, its master first, as the client knows them. */
export function nodesOf(cluster: RedisCluster, slot: number): readonly string[] {
  return cluster.slots[slot] ?? [];
}

/**
 * A name for the nodes of a slot. Slots with the same name may be written about in one pipeline, which ioredis refuses for
 * other slots. Not to be kept: ioredis changes the list of nodes in place when it is redirected.
 */
export function nodesName(cluster: RedisCluster, slot: number): string {
  return nodesOf(cluster, slot).join(';');
}
