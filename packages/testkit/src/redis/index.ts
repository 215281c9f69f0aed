export { uniqueNamespace } from '../unique-namespace.ts';
export { type TestRedis, testRedis } from './test-redis.ts';
