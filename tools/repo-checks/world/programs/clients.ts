// Which clients fit: those of ioredis 6 and 5, from the first that is supported, and iovalkey's.
import { createRedisExecutors, safeClusterOptions, safeRedisOptions } from '@stateful-route/adapter-redis';
import * as six from 'ioredis';
import * as first from 'ioredis-5.4';
import * as five from 'ioredis-5';
import * as valkey from 'iovalkey';

export const ofRedis: [six.RedisOptions, five.RedisOptions, first.RedisOptions, valkey.RedisOptions] = [
  safeRedisOptions(),
  safeRedisOptions(),
  safeRedisOptions(),
  safeRedisOptions(),
];
export const ofClusters: [
  six.ClusterOptions,
  five.ClusterOptions,
  first.ClusterOptions,
  valkey.ClusterOptions,
] = [safeClusterOptions(), safeClusterOptions(), safeClusterOptions(), safeClusterOptions()];

// With options of one's own, whichever of the versions they are an option of.
const tls = { ca: 'an authority' };
const own = { host: 'redis.internal', tls, retryStrategy: (attempt: number) => attempt * 10 };
export const withOwn: [six.RedisOptions, five.RedisOptions, first.RedisOptions, valkey.RedisOptions] = [
  safeRedisOptions(own),
  safeRedisOptions(own),
  safeRedisOptions(own),
  safeRedisOptions(own),
];
export const withOwnClusters: [
  six.ClusterOptions,
  five.ClusterOptions,
  first.ClusterOptions,
  valkey.ClusterOptions,
] = [
  safeClusterOptions({ redisOptions: { tls }, dnsLookup: (address, told) => told(null, address) }),
  safeClusterOptions({ redisOptions: { tls }, dnsLookup: (address, told) => told(null, address) }),
  safeClusterOptions({ redisOptions: { tls }, dnsLookup: (address, told) => told(null, address) }),
  safeClusterOptions({ redisOptions: { tls }, dnsLookup: (address, told) => told(null, address) }),
];
export function typedOwn(
  a: six.RedisOptions,
  b: five.RedisOptions,
  c: first.RedisOptions,
  d: valkey.RedisOptions,
): void {
  new six.Redis(safeRedisOptions(a));
  new five.Redis(safeRedisOptions(b));
  new first.Redis(safeRedisOptions(c));
  new valkey.Redis(safeRedisOptions(d));
}

createRedisExecutors({ client: new six.Redis('redis://redis.internal', safeRedisOptions()) });
createRedisExecutors({ client: new five.Redis('redis://redis.internal', safeRedisOptions()) });
createRedisExecutors({ client: new first.Redis({ ...safeRedisOptions(), host: 'redis.internal' }) });
createRedisExecutors({ client: new valkey.Redis({ ...safeRedisOptions(), host: 'redis.internal' }) });

createRedisExecutors({ client: new six.Cluster(['redis.internal'], safeClusterOptions()) });
createRedisExecutors({ client: new five.Cluster(['redis.internal'], safeClusterOptions()) });
createRedisExecutors({ client: new first.Cluster(['redis.internal'], safeClusterOptions()) });
createRedisExecutors({ client: new valkey.Cluster(['redis.internal'], safeClusterOptions()) });

export function either(client: six.Redis | six.Cluster): void {
  createRedisExecutors({ client, timeoutMs: 1_000 });
}

// @ts-expect-error a map is no client
createRedisExecutors({ client: new Map() });
