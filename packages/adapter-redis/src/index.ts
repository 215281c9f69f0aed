export {
  type ClientOptions,
  createRedisExecutors,
  type RedisExecutorsOptions,
  type UrlOptions,
} from './create-redis-executors.ts';
export type { RedisClient } from './redis-client.ts';
export { safeClusterOptions, safeRedisOptions } from './safe-options.ts';
