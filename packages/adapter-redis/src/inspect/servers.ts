import { ConnectAttempts } from '../client/connect-attempt.ts';
import { connectionOf } from '../client/connection.ts';
import { isCluster, type RedisClient, type RedisConnection } from '../client/redis-client.ts';

const attempts = new ConnectAttempts();

/** The servers that have the keys, each connected: the masters of a Cluster, or the one server. Rejects if one cannot be reached. */
export async function connectedMasters(client: RedisClient): Promise<RedisConnection[]> {
  await connectionOf(client).ready();
  const masters = isCluster(client) ? client.nodes('master') : [client];
  const connecting = masters.filter(({ status }) => status !== 'ready');
  await Promise.all(connecting.map((node) => attempts.next(node)));
  return masters;
}

/** A server's reply to `INFO`, by field. A client may be set to return it as anything but a text: then it has no fields. */
export async function infoOf(server: RedisConnection): Promise<ReadonlyMap<string, string>> {
  const text = await server.info();
  const lines = typeof text === 'string' ? text.split(/\r?\n/) : [];
  return new Map(
    lines.flatMap((line): [string, string][] => {
      const at = line.indexOf(':');
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
    }),
  );
}
