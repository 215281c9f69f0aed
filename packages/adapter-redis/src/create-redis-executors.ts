import type { ConnectionOptions } from 'node:tls';
import { type Clock, consoleLogger, type Executors, type Logger, systemClock } from '@stateful-route/core';
import { checkedExecutors, LimitedLogger } from '@stateful-route/core/adapter';
import { Redis } from 'ioredis';
import { assertNoFaults } from './client/assert-no-faults.ts';
import { watchClient } from './client/client-watch.ts';
import { checkOptions } from './check-options.ts';
import { clientFaults, clientRisks } from './client/client-faults.ts';
import { DEFAULT_TIMEOUT_MS } from './calls/call-timing.ts';
import type { RedisClient } from './client/redis-client.ts';
import { Coalescer } from './calls/coalescer.ts';
import { RedisServerExecutor } from './redis-server-executor.ts';
import { RedisStatefulExecutor } from './redis-stateful-executor.ts';
import { RedisStateFeed } from './feed/redis-state-feed.ts';
import { safeRedisOptions } from './client/safe-options.ts';
import { StoreClient } from './calls/store-client.ts';

interface CommonOptions {
  /** The whole deadline of a call that gives none, in ms. Default: 5000. */
  readonly timeoutMs?: number | undefined;
  /** By which calls are bounded, for tests; not the store's, which times leases. Default: the machine's. */
  readonly clock?: Clock | undefined;
  /** Hears of lost connections, settings that cost a guarantee, unreadable events and listeners that throw. Default: lines of JSON on
   * standard error, from level INFO on, as a route has it. */
  readonly logger?: Logger | undefined;
}

/** A client that the user made and owns: `close()` leaves it open. See `safeRedisOptions` for how to make one. */
export interface ClientOptions extends CommonOptions {
  readonly client: RedisClient;
  readonly url?: undefined;
  readonly tls?: undefined;
}

/** The address of one server: `redis://` or `rediss://`. The client is made, and closed by `close()`. */
export interface UrlOptions extends CommonOptions {
  readonly url: string;
  /** What a `rediss://` connection is made with, as `tls.connect` takes it: `ca` for an authority of one's own. */
  readonly tls?: ConnectionOptions | undefined;
  readonly client?: undefined;
}

/** What {@link createRedisExecutors} is given. */
export type RedisExecutorsOptions = ClientOptions | UrlOptions;

/**
 * The ports on Redis: a standalone server, one behind Sentinels, or a Cluster.
 *
 * Nothing is sent before the first call, but for one `INFO` on a client that is connected. Throws `INVALID_CONFIG` for
 * options, or a client, that would break a promise of the ports.
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

  const unwatch = watchClient(client, logger);
  const timing = { clock, timeoutMs };
  const store = new StoreClient(client, timing);
  const coalescer = new Coalescer(client, timing);
  const feed = new RedisStateFeed(client, store, timing, logger);
  return checkedExecutors({
    stateful: new RedisStatefulExecutor(store, coalescer, logger),
    server: new RedisServerExecutor(store),
    feed,
    async close() {
      store.close();
      coalescer.close();
      feed.close();
      if (!options.client) await ended(client);
      unwatch();
    },
  });
}

/** Lets calls that were sent before come to their end, where the server still answers. */
async function ended(client: RedisClient): Promise<void> {
  if (client.status === 'ready') await client.quit().catch(() => {});
  if (client.status !== 'end') client.disconnect();
}
