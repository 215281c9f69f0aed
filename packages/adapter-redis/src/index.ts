export {
  type ClientOptions,
  createRedisExecutors,
  type RedisExecutorsOptions,
  type UrlOptions,
} from './create-redis-executors.ts';
export type { RedisClient, RedisCluster, RedisConnection } from './client/redis-client.ts';
export {
  type SafeClusterOptions,
  safeClusterOptions,
  type SafeOptionsInput,
  type SafeRedisOptions,
  safeRedisOptions,
} from './client/safe-options.ts';
