import type { RedisClient } from '../client/redis-client.ts';
import { isCluster } from '../client/redis-client.ts';

/** Clocks drift, and are set: a time that was read longer ago is not used. */
const TRUSTED_MS = 60_000;

interface Reading {
  /** The server's clock less this process's monotonic one. */
  readonly offset: number;
  readonly at: number;
}

/**
 * The clocks of a client's servers. A server's time is that of its last reply plus the monotonic time since the reply
 * arrived. This is never ahead of the server, so a deadline by it is never later than meant.
 *
 * Where a Cluster redirects a call to another server, the time is off by what the two clocks are apart.
 */
export class ServerClocks {
  /** By server. */
  readonly #readings = new Map<string, Reading>();
  /** Requests for the time under way, by server. */
  readonly #requests = new Map<string, Promise<void>>();

  /** `undefined` for a server whose time was not read within the last minute. */
  now(server: string): number | undefined {
    const reading = this.#readings.get(server);
    const now = performance.now();
    return reading && now - reading.at <= TRUSTED_MS ? now + reading.offset : undefined;
  }

  /** A reply with the server's time has arrived. */
  learn(server: string, storeTime: number): void {
    const at = performance.now();
    this.#readings.set(server, { offset: storeTime - at, at });
  }

  /** Resolves when the present request for a server's time has ended; `undefined`: there is none. */
  pending(server: string): Promise<void> | undefined {
    return this.#requests.get(server);
  }

  /** Reads a server's time. Where that fails the time stays unknown, and the next call fails for the same reason. */
  request(server: string, read: () => Promise<number>): Promise<void> {
    const request = read().then(
      (storeTime) => {
        this.#requests.delete(server);
        this.learn(server, storeTime);
      },
      () => {
        this.#requests.delete(server);
      },
    );
    this.#requests.set(server, request);
    return request;
  }

  /** A connection was lost: the same address may now be that of another server. */
  forget(): void {
    this.#readings.clear();
  }
}

const byClient = new WeakMap<RedisClient, ServerClocks>();

/** Those of a client, which all executors on it share. */
export function serverClocksOf(client: RedisClient): ServerClocks {
  const known = byClient.get(client);
  if (known) return known;
  const clocks = new ServerClocks();
  for (const event of isCluster(client) ? ['+node', '-node'] : ['close']) {
    client.on(event, () => clocks.forget());
  }
  byClient.set(client, clocks);
  return clocks;
}
