export {
  type ClusterNode,
  type ClusterTopology,
  startCluster,
  type StartClusterOptions,
} from './servers/cluster-topology.ts';
export { type ErrorProxy, startErrorProxy } from './servers/error-proxy.ts';
export { type RedisServer, startRedis, type StartRedisOptions } from './servers/redis-server.ts';
export {
  type AclRedis,
  type AclRedisOptions,
  startAclRedis,
  startTlsRedis,
  type TlsRedis,
} from './servers/secured-redis.ts';
export {
  type FailoverOptions,
  type SentinelTopology,
  startSentinel,
  type StartSentinelOptions,
} from './servers/sentinel-topology.ts';
export { startProxy, type TcpProxy } from './servers/tcp-proxy.ts';
export {
  between,
  callersClock,
  callersClockTokens,
  checkHistory,
  type CheckOptions,
  type FenceChange,
  History,
  type HistoryEvent,
  type InvariantName,
  type LinkRead,
  type LinkSeen,
  type LinkWrite,
  noDeadline,
  noFence,
  plainSet,
  recordExecutors,
  type RecordOptions,
  type Requirement,
  type Serve,
  type StoreLoss,
  TokenStorage,
  type Trial,
  trialsOf,
  type Violation,
} from './history/index.ts';
