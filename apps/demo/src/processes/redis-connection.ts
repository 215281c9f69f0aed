import { Redis, type RedisOptions } from 'ioredis';
import { safeRedisOptions } from '@stateful-route/adapter-redis';
import { DemoError } from '../cli/demo-error.ts';

/** Where a Redis is, without the password that its address may hold. */
export function hostOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port || 6379}`;
}

/** What the demo's clients are made with. */
export type ClientOptions = Omit<RedisOptions, 'replyMapping'>;

/** The options of the demo's clients; what goes wrong with one is told by the calls that need it. */
export function clientOptions(): ClientOptions {
  // A client that was refused would keep the process for the two seconds that it grants a server to say goodbye.
  return safeRedisOptions({ lazyConnect: true, disconnectTimeout: 200 });
}

/** A client that answers; whoever asked for it ends it. Says promptly, and in one line, when there is no Redis. */
export async function connectRedis(
  url: string,
  make: (url: string, options: ClientOptions) => Redis = (at, options) => new Redis(at, options),
): Promise<Redis> {
  const client = make(url, clientOptions());
  let fault: Error | undefined;
  client.on('error', (error: Error) => {
    fault ??= error;
  });
  try {
    await client.connect();
    await client.ping();
    return client;
  } catch (error) {
    client.disconnect();
    const reason = fault ?? (error as Error);
    // One address after the other was refused: the message itself is empty.
    const message = reason.message || (reason as NodeJS.ErrnoException).code || reason.name;
    throw new DemoError(`The Redis at ${hostOf(url)} cannot be used: ${message.replace(/\.+$/, '')}.`);
  }
}

/** Removes every key of one namespace, and no other. */
export async function removeNamespace(client: Redis, namespace: string): Promise<void> {
  let cursor = '0';
  do {
    const [next, keys] = await client.scan(cursor, 'MATCH', `sf:{${namespace}:*`, 'COUNT', 1_000);
    if (keys.length > 0) await client.unlink(...keys);
    cursor = next;
  } while (cursor !== '0');
}
