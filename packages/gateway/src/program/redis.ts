import { readFileSync } from 'node:fs';
import type { Executors, Logger } from '@stateful-route/core';
import { invalidConfig } from '@stateful-route/core/adapter';
import { formatAddress } from './listen-address.ts';
import type { RedisConfig } from './program-config.ts';

interface Client {
  on(event: 'error', listener: () => void): unknown;
  disconnect(): void;
}

/** What the program uses of `@stateful-route/adapter-redis`. */
interface RedisAdapter {
  createRedisExecutors(options: object): Executors;
  safeRedisOptions(options: object): object;
  safeClusterOptions(options: object): object;
}

/** What the program uses of ioredis. */
interface RedisClients {
  readonly Redis: new (...options: never[]) => Client;
  readonly Cluster: new (...options: never[]) => Client;
}

/** The packages that only the program's bin may load. */
export interface RedisPackages {
  readonly adapter: RedisAdapter;
  readonly clients: RedisClients;
}

/** The store of the program, which it also closes. */
export interface Store {
  readonly executors: Executors;
  close(): Promise<void>;
}

/**
 * Connects to Redis: one server, one behind Sentinels, or a Cluster.
 *
 * @throws `INVALID_CONFIG`
 */
export function openStore(
  config: RedisConfig,
  packages: RedisPackages,
  timeoutMs: number,
  logger: Logger,
): Store {
  const client = newClient(config, packages, timeoutMs);
  // The adapter logs what the client meets. Without a listener ioredis would print it too.
  client.on('error', () => {});
  const executors = packages.adapter.createRedisExecutors({ client, timeoutMs, logger });
  return {
    executors,
    async close() {
      await executors.close();
      client.disconnect();
    },
  };
}

function newClient(config: RedisConfig, { adapter, clients }: RedisPackages, timeoutMs: number): Client {
  const tls = tlsOptions(config);
  const login = {
    username: config.username,
    password: secret(config.passwordFile, 'redis.passwordFile'),
    tls,
  };
  const own = { ...login, timeoutMs, connectionName: 'stateful-route-gateway' };
  const make = (kind: RedisClients[keyof RedisClients], ...args: readonly unknown[]): Client =>
    new kind(...(args as never[]));
  if (config.cluster) {
    const { timeoutMs: _, ...redisOptions } = own;
    return make(clients.Cluster, config.cluster, adapter.safeClusterOptions({ timeoutMs, redisOptions }));
  }
  if (config.sentinels) {
    const sentinel = {
      sentinels: config.sentinels,
      name: config.sentinelName,
      sentinelPassword: secret(config.sentinelPasswordFile, 'redis.sentinelPasswordFile'),
      ...(tls && { enableTLSForSentinelMode: true, sentinelTLS: tls }),
    };
    return make(clients.Redis, adapter.safeRedisOptions({ ...own, ...sentinel }));
  }
  return make(clients.Redis, config.url, adapter.safeRedisOptions(own));
}

function tlsOptions({ tls, caFile, url }: RedisConfig): object | undefined {
  if (caFile !== undefined) return { ca: secret(caFile, 'redis.caFile') };
  // A rediss:// address turns TLS on by itself.
  return tls === true || url?.toLowerCase().startsWith('rediss:') ? {} : undefined;
}

function secret(path: string | undefined, name: string): string | undefined {
  return path === undefined ? undefined : readSecretFile(path, name);
}

/** Reads a file that has one secret. */
export function readSecretFile(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw invalidConfig([{ name, problem: `cannot be read (${(error as NodeJS.ErrnoException).code})` }]);
  }
}

/** Where the store is, for the log: no password. */
export function describeStore({ url, cluster, sentinels }: RedisConfig): string {
  const nodes = cluster ?? sentinels;
  return nodes ? nodes.map(formatAddress).join(',') : new URL(url!).host;
}
