import type { ConfigFault } from '@stateful-route/core';
import { leavesReplicas } from './leaves-replicas.ts';
import { clusterOptionFaults, redisOptionFaults, startupNodeFaults } from './option-faults.ts';
import { isCluster, type RedisClient, type RedisConnectionOptions } from './redis-client.ts';
import { SOCKET_GRACE_MS } from './safe-options.ts';

/** The client must find within a second that a server has loaded its data. */
const LOADING_RETRY_MS_MAX = 1_000;

/** The options of a client that would break a promise of the ports, most of them without an error. */
export function clientFaults(client: RedisClient, madeOf: 'client' | 'url' = 'client'): ConfigFault[] {
  const faults = isCluster(client) ? clusterOptionFaults(client.options) : redisOptionFaults(client.options);
  const named = faults.map(({ name, problem }) =>
    madeOf === 'url'
      ? { name: 'url', problem: `${name} ${problem}` }
      : { name: `client.options.${name}`, problem },
  );
  // ioredis ignores the database of a Cluster's startup nodes.
  const { startupNodes = [] } = client as { readonly startupNodes?: readonly unknown[] };
  return [...named, ...startupNodeFaults(startupNodes)];
}

/** The options of a client that are accepted but cost a guarantee. */
export function clientRisks(client: RedisClient, timeoutMs: number): string[] {
  const cluster = isCluster(client);
  const connection: RedisConnectionOptions = (cluster ? client.options.redisOptions : client.options) ?? {};
  const risks: string[] = [];
  const risk = (present: unknown, option: string, consequence: string): void => {
    if (present) risks.push(`${option}: ${consequence}`);
  };
  const twice = 'a command whose reply was lost is sent again, and may act twice';
  if (cluster) {
    risk(client.options.retryDelayOnFailover, 'retryDelayOnFailover', twice);
    const connecting = 'calls fail while a node is being connected';
    risk(client.options.enableOfflineQueue === false, 'enableOfflineQueue', connecting);
  } else {
    const resends =
      connection.maxRetriesPerRequest !== 0 && connection.autoResendUnfulfilledCommands !== false;
    risk(resends, 'autoResendUnfulfilledCommands', twice);
    const answer = leavesReplicas(connection);
    risk(
      !answer,
      'reconnectOnError',
      'the client stays with a server that became a replica, which refuses all writes',
    );
    risk(
      answer === 2,
      'reconnectOnError',
      'a write that a replica refuses is sent again and again; return true, not 2',
    );
  }
  risk(
    !connection.socketTimeout && !connection.commandTimeout,
    'socketTimeout',
    'a connection is kept for minutes after its server has stopped replying',
  );
  const graceMs = timeoutMs + SOCKET_GRACE_MS;
  for (const option of ['socketTimeout', 'commandTimeout'] as const) {
    const early = (connection[option] || Number.POSITIVE_INFINITY) < graceMs;
    const unknown = `below timeoutMs + ${SOCKET_GRACE_MS} ms, a call may fail before its deadline, and whether it acted is unknown`;
    risk(early, option, unknown);
  }
  // ioredis takes 0 for no bound; its default is 10 s.
  const loadingMs = (connection.maxLoadingRetryTime ?? 10_000) || Number.POSITIVE_INFINITY;
  risk(
    connection.enableReadyCheck !== false && loadingMs > LOADING_RETRY_MS_MAX,
    'maxLoadingRetryTime',
    'after a restart calls fail for seconds although the server has loaded its data',
  );
  risk(
    connection.tls?.rejectUnauthorized === false,
    'tls.rejectUnauthorized',
    'anyone can pose as the server, and read the password',
  );
  if (!cluster && connection.sentinels) {
    const acknowledged = 'writes that a former master acknowledges after a failover are lost';
    risk(!connection.failoverDetector, 'failoverDetector', acknowledged);
    risk(
      connection.tls && !connection.sentinelTLS,
      'sentinelTLS',
      'the connections to the Sentinels are not encrypted',
    );
  }
  return risks;
}
