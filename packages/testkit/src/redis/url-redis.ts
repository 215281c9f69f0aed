import type { Redis } from 'ioredis';
import { namespacePrefix } from '../framework/unique-namespace.ts';
import type { TestRedis } from './test-server.ts';

/** The server at a given address. Its own data is not touched. */
export async function urlRedis(url: string): Promise<TestRedis> {
  const { hostname, port } = parse(url);
  await withClient(url, (client) => client.ping());
  return {
    url,
    host: hostname,
    port: Number(port || 6379),
    kind: 'url',
    stop: () => withClient(url, removeOwnKeys),
  };
}

function parse(url: string): URL {
  if (!/^rediss?:\/\//.test(url) || !URL.canParse(url)) {
    throw new Error('REDIS_URL is not a redis:// or rediss:// address.');
  }
  return new URL(url);
}

async function withClient<T>(url: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const { Redis } = await import('ioredis');
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 3_000,
    commandTimeout: 10_000,
    retryStrategy: () => null,
  });
  // The call below fails with the same error; an unhandled error event would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    return await use(client);
  } catch (error) {
    throw new Error(`REDIS_URL is set, but the server there does not answer: ${String(error)}`, {
      cause: error,
    });
  } finally {
    client.disconnect();
  }
}

async function removeOwnKeys(client: Redis): Promise<void> {
  let cursor = '0';
  do {
    const [next, keys] = await client.scan(cursor, 'MATCH', `sf:{${namespacePrefix}*`, 'COUNT', 1_000);
    // One key per command: on a Cluster they are in many slots.
    await Promise.all(keys.map((key) => client.unlink(key)));
    cursor = next;
  } while (cursor !== '0');
}
