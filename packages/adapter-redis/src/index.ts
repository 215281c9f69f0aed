export { createRedisExecutors } from './create-redis-executors.ts';
export { openRedisStore, type RedisStore, type RedisStoreOptions } from './open-redis-store.ts';
export { readRedisSettings, type RedisSettings } from './settings/redis-settings.ts';
export type { RedisExecutorsOptions } from './redis-executors-options.ts';
export type { RedisClient, RedisCluster, RedisConnection } from './client/redis-client.ts';
export {
  type SafeClusterOptions,
  safeClusterOptions,
  type SafeRedisOptions,
  safeRedisOptions,
} from './client/safe-options.ts';
