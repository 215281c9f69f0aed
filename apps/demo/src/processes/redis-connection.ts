import { Redis, type RedisOptions } from 'ioredis';
import { safeRedisOptions } from '@stateful-route/adapter-redis';
import { DemoError } from '../cli/demo-error.ts';

/** Host and port of a Redis URL, without its password. */
export function hostOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port || 6379}`;
}

/** The options of the demo's clients. */
export type ClientOptions = Omit<RedisOptions, 'replyMapping'>;

/** The options of the demo's clients. Errors are reported by the calls that need a client. */
export function clientOptions(): ClientOptions {
  // A refused client would keep the process alive for ioredis' default of two seconds.
  return safeRedisOptions({ lazyConnect: true, disconnectTimeout: 200 });
}

/** A connected client, which the caller must disconnect. Rejects with one line if there is no usable Redis. */
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
    // The message is empty if several addresses were refused.
    const message = reason.message || (reason as NodeJS.ErrnoException).code || reason.name;
    throw new DemoError(`The Redis at ${hostOf(url)} cannot be used: ${message.replace(/\.+$/, '')}.`);
  }
}

/** Removes the keys of one namespace. */
export async function removeNamespace(client: Redis, namespace: string): Promise<void> {
  let cursor = '0';
  do {
    const [next, keys] = await client.scan(cursor, 'MATCH', `sf:{${namespace}:*`, 'COUNT', 1_000);
    if (keys.length > 0) await client.unlink(...keys);
    cursor = next;
  } while (cursor !== '0');
}
