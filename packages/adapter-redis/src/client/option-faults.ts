import type { ConfigFault } from '@stateful-route/core';
import type { RedisClusterOptions, RedisConnectionOptions } from './redis-client.ts';

const KEY_PREFIX = 'must be absent: other programs share the keys, and channels would not get the prefix';
const DATABASE =
  'must be 0 or absent: channels are the same in all databases, so events would cross over. ' +
  'Separate environments by namespaces';

/** The options of a plain client that would break a promise of the ports, most of them without an error. */
export function redisOptionFaults(options: RedisConnectionOptions): ConfigFault[] {
  const faults = connectionFaults(options);
  if (options.keyPrefix) faults.push({ name: 'keyPrefix', problem: KEY_PREFIX });
  if (options.readOnly || options.role === 'slave') {
    faults.push({ name: options.readOnly ? 'readOnly' : 'role', problem: 'must name the master' });
  }
  if (options.sentinels && options.tls && !options.enableTLSForSentinelMode) {
    const problem = 'must be true with Sentinels and tls: without it the connection is not encrypted';
    faults.push({ name: 'enableTLSForSentinelMode', problem });
  }
  return faults;
}

/** Like {@link redisOptionFaults}, for a Cluster's client. */
export function clusterOptionFaults(options: RedisClusterOptions): ConfigFault[] {
  const connection: RedisConnectionOptions = options.redisOptions ?? {};
  const faults = connectionFaults(connection).map(({ name, problem }) => ({
    name: `redisOptions.${name}`,
    problem,
  }));
  if (options.keyPrefix || connection.keyPrefix) faults.push({ name: 'keyPrefix', problem: KEY_PREFIX });
  if (options.scaleReads !== 'master') {
    faults.push({ name: 'scaleReads', problem: 'must be "master": a replica replies with old data' });
  }
  if (connection.enableOfflineQueue !== undefined) {
    const problem = 'must stand at the top level: here it breaks the refresh of slots';
    faults.push({ name: 'redisOptions.enableOfflineQueue', problem });
  }
  if (options.enableAutoPipelining || connection.enableAutoPipelining) {
    const problem = 'must be off on a Cluster: while slots move, its commands fail permanently';
    faults.push({ name: 'enableAutoPipelining', problem });
  }
  return faults;
}

/** Startup nodes of a Cluster that name a database: the client would use another one without an error. */
export function startupNodeFaults(nodes: readonly unknown[]): ConfigFault[] {
  return nodes.some(namesDatabase)
    ? [{ name: 'client.startupNodes', problem: `name a database, which ${DATABASE}` }]
    : [];
}

function namesDatabase(node: unknown): boolean {
  if (typeof node === 'string' && URL.canParse(node)) {
    const { pathname, searchParams } = new URL(node);
    return isOtherDatabase(pathname.slice(1)) || isOtherDatabase(searchParams.get('db'));
  }
  return typeof node === 'object' && node !== null && isOtherDatabase((node as { db?: unknown }).db);
}

function connectionFaults(options: RedisConnectionOptions): ConfigFault[] {
  const faults: ConfigFault[] = [];
  if (isOtherDatabase(options.db)) faults.push({ name: 'db', problem: DATABASE });
  if (options.replyMapping === 'resp3') faults.push({ name: 'replyMapping', problem: 'must be "legacy"' });
  return faults;
}

/** Whether a database other than 0 is named, as a number or as text. */
function isOtherDatabase(db: unknown): boolean {
  return db !== undefined && db !== null && db !== '' && Number(db) !== 0;
}
