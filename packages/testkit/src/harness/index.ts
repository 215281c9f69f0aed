export { startRedis, type RedisServer, type StartRedisOptions } from './servers/redis-server.ts';
export { startProxy, type TcpProxy } from './servers/tcp-proxy.ts';
