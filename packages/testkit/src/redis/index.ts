export { namespacePrefix, uniqueNamespace } from '../unique-namespace.ts';
export { type TestRedis, testRedis } from './test-redis.ts';
