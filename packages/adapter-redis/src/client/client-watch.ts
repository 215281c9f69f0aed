import type { LimitedLogger } from '@stateful-route/core/adapter';
import { isCluster, type RedisClient, type RedisConnection } from './redis-client.ts';
import { addressOf, connectionFaultsOf } from './connection-faults.ts';
import { ServerCheck } from './server-check.ts';

const FAILED = 'The connection to Redis failed';

/** What is learnt of the servers of a client, and who is told. */
interface ClientWatch {
  readonly loggers: Set<LimitedLogger>;
  /** Of a plain client one, of a Cluster one for each node. */
  readonly checks: Map<RedisConnection, ServerCheck>;
}

const byClient = new WeakMap<RedisClient, ClientWatch>();

/**
 * Says to a logger why the client has no connection, and what its servers are set to that costs a guarantee, until the function
 * that is returned is called. All executors on a client share one watch: a listener each would be many.
 */
export function watchClient(client: RedisClient, logger: LimitedLogger): () => void {
  const { loggers, checks } = watchOf(client);
  loggers.add(logger);
  for (const check of checks.values()) check.repeat(logger);
  if (!isCluster(client) && client.status === 'ready')
    void serverCheckOf(client)
      .passed()
      ?.catch(() => {});
  const fields = { server: addressOf(client) };
  const unhear = connectionFaultsOf(client).hear((fault) => {
    if (fault) logger.warn({ ...fields, err: fault }, FAILED);
    else logger.over(fields, FAILED, 'The connection to Redis is back');
  });
  return () => {
    loggers.delete(logger);
    unhear();
  };
}

/** The check of a plain client's server. */
export function serverCheckOf(client: RedisConnection): ServerCheck {
  return checkOf(watchOf(client), client, false);
}

function watchOf(client: RedisClient): ClientWatch {
  const known = byClient.get(client);
  if (known) return known;
  const watch: ClientWatch = { loggers: new Set(), checks: new Map() };
  byClient.set(client, watch);
  if (isCluster(client)) {
    const watchNode = (node: RedisConnection): void => {
      const check = checkOf(watch, node, true);
      if (node.status === 'ready') void check.passed();
    };
    for (const node of client.nodes()) watchNode(node);
    client.on('+node', watchNode);
    client.on('-node', (node: RedisConnection) => watch.checks.delete(node));
  } else checkOf(watch, client, false);
  return watch;
}

function checkOf(
  { checks, loggers }: ClientWatch,
  connection: RedisConnection,
  isNode: boolean,
): ServerCheck {
  const known = checks.get(connection);
  if (known) return known;
  const check = new ServerCheck(connection, loggers, isNode);
  checks.set(connection, check);
  return check;
}
