import { readFileSync } from 'node:fs';
import { invalidConfig } from '@stateful-route/core/adapter';
import { Cluster, Redis } from 'ioredis';
import type { RedisClient } from '../client/redis-client.ts';
import { safeClusterOptions, safeRedisOptions } from '../client/safe-options.ts';
import { hostPorts, type RedisSettings } from './redis-settings.ts';

/** What a client gets beside its settings. */
export interface ClientInit {
  readonly timeoutMs: number;
  readonly connectionName?: string | undefined;
}

/**
 * Makes the client that settings ask for.
 *
 * @throws `INVALID_CONFIG` if a file cannot be read.
 */
export function clientOfSettings(
  settings: RedisSettings,
  { timeoutMs, connectionName }: ClientInit,
): RedisClient {
  const { url, cluster, sentinels, sentinelName: name, sentinelPasswordFile } = settings;
  const tls = tlsOptions(settings);
  const own = {
    connectionName,
    username: settings.username,
    password: secret(settings.passwordFile, 'passwordFile'),
    tls,
  };
  if (cluster) return new Cluster(hostPorts(cluster), safeClusterOptions({ timeoutMs, redisOptions: own }));
  if (!sentinels) return new Redis(url!, safeRedisOptions({ ...own, timeoutMs }));
  return new Redis(
    safeRedisOptions({
      ...own,
      timeoutMs,
      sentinels: hostPorts(sentinels),
      name,
      sentinelPassword: secret(sentinelPasswordFile, 'sentinelPasswordFile'),
      ...(tls && { enableTLSForSentinelMode: true, sentinelTLS: tls }),
    }),
  );
}

function tlsOptions({ tls, caFile, url }: RedisSettings): { readonly ca?: string } | undefined {
  if (caFile !== undefined) return { ca: readSecretFile(caFile, 'caFile') };
  // A rediss:// address turns TLS on by itself.
  return tls === true || url?.toLowerCase().startsWith('rediss:') ? {} : undefined;
}

function secret(path: string | undefined, name: string): string | undefined {
  return path === undefined ? undefined : readSecretFile(path, name);
}

function readSecretFile(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw invalidConfig([{ name, problem: `cannot be read (${(error as NodeJS.ErrnoException).code})` }]);
  }
}
