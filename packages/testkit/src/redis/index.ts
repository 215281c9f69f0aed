export { namespacePrefix, uniqueNamespace } from '../framework/unique-namespace.ts';
export type { GuardedProcess } from './guarded-process.ts';
export { type LocalServer, type LocalServerOptions, startLocalServer } from './local-server.ts';
export { freePort, HOST } from './loopback.ts';
export { testRedis } from './test-redis.ts';
export type { TestRedis } from './test-server.ts';
