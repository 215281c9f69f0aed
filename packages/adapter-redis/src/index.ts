export {
  type ClientOptions,
  createRedisExecutors,
  type RedisExecutorsOptions,
  type UrlOptions,
} from './create-redis-executors.ts';
export type { RedisClient, RedisCluster, RedisConnection } from './redis-client.ts';
export {
  type SafeClusterOptions,
  safeClusterOptions,
  type SafeOptionsInput,
  type SafeRedisOptions,
  safeRedisOptions,
} from './safe-options.ts';
