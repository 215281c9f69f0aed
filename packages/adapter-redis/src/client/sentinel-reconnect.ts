import type { RedisConnection } from './redis-client.ts';

/**
 * Reconnects a client behind Sentinels that ioredis has ended for good. ioredis does so when a failover is announced while it
 * asks the Sentinels for the master. A client that its user closed, or set not to retry, stays ended.
 */
export function reconnectAfterFailover(client: RedisConnection): void {
  if (!client.options.sentinels) return;
  // A connection that ends in any other way emits 'close' before 'end'.
  let closed = false;
  client.on('connecting', () => {
    closed = false;
  });
  client.on('close', () => {
    closed = true;
  });
  client.on('end', () => {
    const { manuallyClosing } = client as unknown as { manuallyClosing: boolean };
    const retries = typeof client.options.sentinelRetryStrategy?.(1) === 'number';
    if (!closed && !manuallyClosing && retries && client.status === 'end') client.connect().catch(() => {});
  });
}
