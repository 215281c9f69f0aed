import { type Clock, consoleLogger, type Executors, type Logger, systemClock } from '@stateful-route/core';
import type { StoreInspector } from '@stateful-route/core/adapter';
import { DEFAULT_TIMEOUT_MS } from './client/safe-options.ts';
import { createRedisExecutors } from './create-redis-executors.ts';
import { RedisInspector } from './inspect/redis-inspector.ts';
import { clientOfSettings } from './settings/client-of-settings.ts';
import { readRedisSettings, type RedisSettings } from './settings/redis-settings.ts';

/** Options of {@link openRedisStore}. */
export interface RedisStoreOptions {
  /** The timeout of a call that names none, in ms. Default: 5000. */
  readonly timeoutMs?: number | undefined;
  /** The name of the connections at the server. Default: none. */
  readonly connectionName?: string | undefined;
  readonly clock?: Clock | undefined;
  readonly logger?: Logger | undefined;
}

/** The store of a program. */
export interface RedisStore {
  readonly executors: Executors;
  readonly inspector: StoreInspector;
  /** Where the store is, without a password. */
  readonly address: string;
  /** Ends the executors and the connections. */
  close(): Promise<void>;
}

/**
 * The executors of a program, and all that is on the way to them: the client, by settings as a file or a command line has them.
 *
 * @throws `INVALID_CONFIG` with every fault of the settings, and for a file that cannot be read.
 *
 * @example
 * const store = openRedisStore({ sentinels: ['redis-0:26379', 'redis-1:26379'], sentinelName: 'main' });
 */
export function openRedisStore(given: RedisSettings, options: RedisStoreOptions = {}): RedisStore {
  const settings = readRedisSettings(given);
  const { timeoutMs = DEFAULT_TIMEOUT_MS, connectionName, clock = systemClock } = options;
  const logger = options.logger ?? consoleLogger('INFO', clock);
  const client = clientOfSettings(settings, { timeoutMs, connectionName });
  // The executors log what the client meets. Without a listener ioredis would print it too.
  client.on('error', () => {});
  const executors = createRedisExecutors({ client, timeoutMs, clock, logger });
  return {
    executors,
    inspector: new RedisInspector(client, clock),
    address: addressOf(settings),
    async close() {
      await executors.close();
      client.disconnect();
    },
  };
}

function addressOf({ url, cluster, sentinels }: RedisSettings): string {
  const nodes = cluster ?? sentinels;
  return nodes ? nodes.join(',') : new URL(url!).host;
}
