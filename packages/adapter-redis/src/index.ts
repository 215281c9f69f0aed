export { createRedisExecutors } from './create-redis-executors.ts';
export type { RedisExecutorsOptions } from './redis-executors-options.ts';
export type { RedisClient, RedisCluster, RedisConnection } from './client/redis-client.ts';
export {
  type SafeClusterOptions,
  safeClusterOptions,
  type SafeRedisOptions,
  safeRedisOptions,
} from './client/safe-options.ts';
