import type { ConfigFault } from '@stateful-route/core';
import { isCluster, type RedisClient, type RedisConnectionOptions } from './redis-client.ts';

const at = (option: string): string => `client.options.${option}`;

/** What a client must not be set to: each would break a promise of the ports, most of them silently. */
export function clientFaults(client: RedisClient): ConfigFault[] {
  const connection: RedisConnectionOptions =
    (isCluster(client) ? client.options.redisOptions : client.options) ?? {};
  const inside = (option: string): string => at(isCluster(client) ? `redisOptions.${option}` : option);
  const faults: ConfigFault[] = [];

  if (client.options.keyPrefix || connection.keyPrefix) {
    faults.push({
      name: at('keyPrefix'),
      problem: 'must be absent: keys are shared, and channels would lack it',
    });
  }
  if (connection.replyMapping === 'resp3') {
    faults.push({ name: inside('replyMapping'), problem: 'must be "legacy"' });
  }
  if (isCluster(client)) {
    if (client.options.scaleReads !== 'master') {
      faults.push({ name: at('scaleReads'), problem: 'must be "master": a replica answers with the past' });
    }
    if (connection.enableOfflineQueue !== undefined) {
      const problem = 'must stand at the top level: here it breaks the refresh of slots';
      faults.push({ name: inside('enableOfflineQueue'), problem });
    }
    if (client.options.enableAutoPipelining || connection.enableAutoPipelining) {
      const problem = 'must be off on a Cluster: while slots move, its commands fail for good';
      faults.push({ name: at('enableAutoPipelining'), problem });
    }
    return faults;
  }
  if (connection.readOnly || connection.role === 'slave') {
    faults.push({ name: at(connection.readOnly ? 'readOnly' : 'role'), problem: 'must name the master' });
  }
  if (connection.sentinels && connection.tls && !connection.enableTLSForSentinelMode) {
    const problem = 'must be true with Sentinels and tls: without it the connection is not encrypted';
    faults.push({ name: at('enableTLSForSentinelMode'), problem });
  }
  return faults;
}

/** What a client is set to that is legal and costs a guarantee, by option. */
export function clientRisks(client: RedisClient): string[] {
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
    const answer = reconnects(connection, "READONLY You can't write against a read only replica.");
    risk(!answer, 'reconnectOnError', 'a server that became a replica is never left, and refuses all writes');
    risk(
      answer === 2,
      'reconnectOnError',
      'what a replica refuses is sent again and again; return true, not 2',
    );
  }
  risk(
    !connection.socketTimeout && !connection.commandTimeout,
    'socketTimeout',
    'a connection on which a server has stopped to answer is kept for minutes',
  );
  risk(
    connection.tls?.rejectUnauthorized === false,
    'tls.rejectUnauthorized',
    'anyone may answer in the place of the server, and read the password',
  );
  if (!cluster && connection.sentinels) {
    const acknowledged = 'what a former master acknowledges after a failover is lost';
    risk(!connection.failoverDetector, 'failoverDetector', acknowledged);
    risk(
      connection.tls && !connection.sentinelTLS,
      'sentinelTLS',
      'the Sentinels are asked without encryption',
    );
  }
  return risks;
}

/** What a client does about an error that a server answers with. */
function reconnects({ reconnectOnError }: RedisConnectionOptions, message: string): boolean | 1 | 2 {
  try {
    return reconnectOnError?.(new Error(message)) ?? false;
  } catch {
    return false;
  }
}
