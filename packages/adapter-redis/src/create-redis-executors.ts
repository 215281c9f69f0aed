import { consoleLogger, type Executors, systemClock } from '@stateful-route/core';
import { checkedExecutors, LimitedLogger } from '@stateful-route/core/adapter';
import { Redis } from 'ioredis';
import { assertNoFaults } from './client/assert-no-faults.ts';
import { checkOptions, type RedisExecutorsOptions } from './redis-executors-options.ts';
import { clientFaults, clientRisks } from './client/client-faults.ts';
import type { RedisClient } from './client/redis-client.ts';
import { StoreCalls } from './calls/store-calls.ts';
import { connectionOf } from './client/connection.ts';
import { RedisServerExecutor } from './redis-server-executor.ts';
import { RedisStatefulExecutor } from './redis-stateful-executor.ts';
import { RedisStateFeed } from './feed/redis-state-feed.ts';
import { DEFAULT_TIMEOUT_MS, safeRedisOptions } from './client/safe-options.ts';

/**
 * The ports on Redis: a standalone server, one behind Sentinels, or a Cluster.
 *
 * Before the first call nothing is sent but one `INFO` on a client that is connected. Throws `INVALID_CONFIG` for options, or a
 * client, that would break a promise of the ports.
 *
 * @example
 * const executors = createRedisExecutors({ url: 'redis://127.0.0.1:6379' });
 * await executors.stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 2, 300);
 * await executors.close();
 */
export function createRedisExecutors(options: RedisExecutorsOptions): Executors {
  checkOptions(options);
  const { timeoutMs = DEFAULT_TIMEOUT_MS, clock = systemClock } = options;
  const logger = new LimitedLogger(options.logger ?? consoleLogger('INFO', clock), clock);

  const client =
    options.client ??
    new Redis(options.url, safeRedisOptions({ timeoutMs, lazyConnect: true, tls: options.tls }));
  assertNoFaults(clientFaults(client, options.client ? 'client' : 'url'));
  const risks = clientRisks(client, timeoutMs);
  if (risks.length > 0) logger.warn({ risks }, 'The Redis client is set to options that cost guarantees');

  const connection = connectionOf(client);
  const endReports = connection.watch.report(logger);
  const calls = new StoreCalls(connection, clock, timeoutMs);
  const feed = new RedisStateFeed(connection, calls, clock, logger);
  return checkedExecutors({
    stateful: new RedisStatefulExecutor(calls, logger),
    server: new RedisServerExecutor(calls),
    feed,
    observeBatches: (listener) => calls.observe(listener),
    async close() {
      calls.close();
      feed.close();
      if (!options.client) await ended(client);
      endReports();
    },
  });
}

/** Lets calls that were sent end first, if the server still replies. */
async function ended(client: RedisClient): Promise<void> {
  if (client.status === 'ready') await client.quit().catch(() => {});
  if (client.status !== 'end') client.disconnect();
}
