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

// With options of one's own, as literals and as what has a type of its own.
new six.Redis(safeRedisOptions({ host: 'redis.internal', tls: {}, retryStrategy: (attempt) => attempt }));
new five.Redis(safeRedisOptions({ host: 'redis.internal', tls: {}, retryStrategy: (attempt) => attempt }));
new six.Cluster(
  ['redis.internal'],
  safeClusterOptions({
    redisOptions: { tls: {} },
    dnsLookup: (address, reported) => reported(null, address),
  }),
);
new five.Cluster(
  ['redis.internal'],
  safeClusterOptions({
    redisOptions: { tls: {} },
    dnsLookup: (address, reported) => reported(null, address),
  }),
);

// What an environment names may be missing: then the safe option counts, and the client is given none.
const password = process.env['REDIS_PASSWORD'];
new six.Redis(
  safeRedisOptions({ password, sentinels: [{ host: 'sentinel.internal', port: 26_379 }], name: 'm' }),
);
new five.Redis(safeRedisOptions({ password, host: 'redis.internal' }));
new first.Redis(safeRedisOptions({ password, host: 'redis.internal' }));
new valkey.Redis(safeRedisOptions({ password, host: 'redis.internal' }));
new six.Cluster(['redis.internal'], safeClusterOptions({ redisOptions: { password, tls: {} } }));
new five.Cluster(['redis.internal'], safeClusterOptions({ redisOptions: { password, tls: {} } }));

interface OwnOptions {
  readonly six: [six.RedisOptions, six.ClusterOptions];
  readonly five: [five.RedisOptions, five.ClusterOptions];
  readonly first: [first.RedisOptions, first.ClusterOptions];
  readonly valkey: [valkey.RedisOptions, valkey.ClusterOptions];
}

export function withOwn(own: OwnOptions): OwnOptions {
  return {
    six: [safeRedisOptions(own.six[0]), safeClusterOptions(own.six[1])],
    five: [safeRedisOptions(own.five[0]), safeClusterOptions(own.five[1])],
    first: [safeRedisOptions(own.first[0]), safeClusterOptions(own.first[1])],
    valkey: [safeRedisOptions(own.valkey[0]), safeClusterOptions(own.valkey[1])],
  };
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
