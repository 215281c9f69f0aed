export { createRedisExecutors } from './create-redis-executors.ts';
export type { ClientOptions, RedisExecutorsOptions, UrlOptions } from './redis-executors-options.ts';
export type { RedisClient, RedisCluster, RedisConnection } from './client/redis-client.ts';
export {
  type SafeClusterOptions,
  safeClusterOptions,
  type SafeOptionsInput,
  type SafeRedisOptions,
  safeRedisOptions,
} from './client/safe-options.ts';
