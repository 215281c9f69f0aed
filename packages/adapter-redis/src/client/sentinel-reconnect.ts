import type { RedisConnection } from './redis-client.ts';

const watched = new WeakSet<RedisConnection>();

/**
 * Connects a client behind Sentinels again where ioredis has given up for good: it does when a failover is announced just
 * while it asks the Sentinels for the master. A client that its user closed stays closed, and so does one that is not to
 * try again.
 */
export function reviveAfterFailover(client: RedisConnection): void {
  if (!client.options.sentinels || watched.has(client)) return;
  watched.add(client);
  // Every other end of a connection begins with its close.
  let closed = false;
  client.on('connecting', () => {
    closed = false;
  });
  client.on('close', () => {
    closed = true;
  });
  client.on('end', () => {
    const { manuallyClosing } = client as unknown as { manuallyClosing: boolean };
    const tries = typeof client.options.sentinelRetryStrategy?.(1) === 'number';
    if (!closed && !manuallyClosing && tries && client.status === 'end') client.connect().catch(() => {});
  });
}
