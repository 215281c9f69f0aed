import type { ConfigFault } from '@stateful-route/core';
import type { RedisOptions } from 'ioredis';
import { isCluster, type RedisClient } from './redis-client.ts';

const at = (option: string): string => `client.options.${option}`;

/** What a client must not be set to: each would break a promise of the ports, most of them silently. */
export function clientFaults(client: RedisClient): ConfigFault[] {
  const connection: RedisOptions = (isCluster(client) ? client.options.redisOptions : client.options) ?? {};
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
  const { options } = client;
  const consequence = 'a command whose reply was lost is sent again, and may act twice';
  if ('retryDelayOnFailover' in options) {
    return options.retryDelayOnFailover ? [`retryDelayOnFailover: ${consequence}`] : [];
  }
  const { maxRetriesPerRequest, autoResendUnfulfilledCommands } = options as RedisOptions;
  const resends = maxRetriesPerRequest !== 0 && autoResendUnfulfilledCommands !== false;
  return resends ? [`autoResendUnfulfilledCommands: ${consequence}`] : [];
}
