import { connectionFaultsOf, isEndOfRound } from './connection-faults.ts';
import { nodesOf } from './cluster-slots.ts';
import { isCluster, type RedisClient, type RedisCluster, type RedisConnection } from './redis-client.ts';
import { serverCheckOf } from './client-watch.ts';

/** One wait for all calls: a listener each would be many on one client. */
const attempts = new WeakMap<RedisClient, Promise<void>>();

/**
 * Resolves when the client can send, `undefined` when it can now. Rejects as soon as an attempt to connect fails: whoever
 * waits longer than that should know it.
 */
export function clientReady(client: RedisClient): Promise<void> | undefined {
  if (client.status === 'ready') return isCluster(client) ? undefined : serverCheckOf(client).passed();
  return connected(client);
}

/** As {@link clientReady}, for one node of a Cluster: the Cluster's client has checked its server already. */
function nodeReady(node: RedisConnection): Promise<void> | undefined {
  return node.status === 'ready' ? undefined : connected(node);
}

function connected(client: RedisClient): Promise<void> {
  const { status } = client;
  if (status === 'wait' || status === 'connecting' || status === 'connect') return attemptOf(client);
  return Promise.reject(connectionFaultsOf(client).error());
}

/**
 * As {@link clientReady}, for one key. A cluster connects to a node when the first command comes, and would refuse those
 * that come while it does.
 */
export function keyReady(client: RedisClient, key: string): Promise<void> | undefined {
  return clientReady(client) ?? (isCluster(client) ? ownerReady(client, key) : undefined);
}

function ownerReady(cluster: RedisCluster, key: string): Promise<void> | undefined {
  const masters = cluster.nodes('master');
  if (masters.every(({ status }) => status === 'ready')) return undefined;
  const first = firstAttempts(cluster, masters);
  if (first) return first;
  const [address] = nodesOf(cluster, key);
  const owner = masters.find(({ options }) => `${options.host}:${options.port}` === address);
  // Where it is gone the client asks another node, which knows more.
  return owner && owner.status !== 'end' ? nodeReady(owner) : undefined;
}

/** The first connections to all masters of a Cluster; `undefined`: they were made. */
const firstConnections = new WeakMap<RedisCluster, Promise<void> | 'made'>();

/**
 * Waits once until all masters are connected, or cannot be. Each new connection begins an epoch: made one by one, they would
 * each refuse the placements that rest on a reading before them.
 */
function firstAttempts(
  cluster: RedisCluster,
  masters: readonly RedisConnection[],
): Promise<void> | undefined {
  const known = firstConnections.get(cluster);
  if (known) return known === 'made' ? undefined : known;
  const attempts = Promise.allSettled(masters.map(async (node) => nodeReady(node))).then(() => {
    firstConnections.set(cluster, 'made');
  });
  firstConnections.set(cluster, attempts);
  return attempts;
}

/** The outcome of the attempt that is being made, or, on a client that has made none, of the first one. */
function attemptOf(client: RedisClient): Promise<void> {
  const pending = attempts.get(client);
  if (pending) return pending;
  const attempt = outcome(client).finally(() => attempts.delete(client));
  attempts.set(client, attempt);
  return attempt;
}

function outcome(client: RedisClient): Promise<void> {
  const faults = connectionFaultsOf(client);
  return new Promise((resolve, reject) => {
    const end = (): void => {
      client.off('ready', succeed).off('error', note).off('close', fail).off('end', fail);
    };
    const succeed = (): void => {
      end();
      resolve();
    };
    // The first attempt may have been made before anybody listened to its reasons.
    let untold = 0;
    const fail = (): void => {
      if (!faults.areTold && untold++ === 0 && client.status !== 'end') return;
      end();
      reject(faults.error());
    };
    const note = (error: Error): void => {
      if (isEndOfRound(error)) fail();
    };
    client.on('ready', succeed).on('error', note).on('close', fail).on('end', fail);
    // Its failure is heard by the events above.
    if (client.status === 'wait') client.connect().catch(() => {});
  });
}
