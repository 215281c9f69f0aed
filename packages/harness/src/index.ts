export { callersClock, callersClockTokens } from './broken/callers-clock.ts';
export { noDeadline } from './broken/no-deadline.ts';
export { noFence } from './broken/no-fence.ts';
export { plainSet } from './broken/plain-set.ts';
export { checkHistory, type CheckOptions } from './checker/check-history.ts';
export type { InvariantName, Violation } from './checker/violation.ts';
export type {
  FenceChange,
  HistoryEvent,
  LinkRead,
  LinkSeen,
  LinkWrite,
  Requirement,
  Serve,
  StoreLoss,
} from './history/events.ts';
export { History } from './history/history.ts';
export { recordExecutors, type RecordOptions } from './history/record-executors.ts';
export { between, type Trial, trialsOf } from './history/seeds.ts';
export { TokenStorage } from './history/token-storage.ts';
export { type ErrorProxy, startErrorProxy } from './proxies/error-proxy.ts';
export { startProxy, type TcpProxy } from './proxies/tcp-proxy.ts';
export {
  type ClusterNode,
  type ClusterTopology,
  startCluster,
  type StartClusterOptions,
} from './servers/cluster-topology.ts';
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
export { until, type UntilOptions } from './servers/until.ts';
