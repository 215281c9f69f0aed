import { isCluster, type RedisClient } from '../client/redis-client.ts';

/** A time that was told longer ago is not trusted: clocks drift, and are set. */
const TRUSTED_MS = 60_000;

/**
 * How often a write is sent to a server that finds it too late, doing nothing and telling its time: once as that was not
 * known, once as it had gone another way than this process's, and once as a Cluster's client lost sight of both.
 */
export const WRITE_ATTEMPTS = 3;

interface Told {
  /** The server's clock less this process's monotonic one. */
  readonly offset: number;
  readonly at: number;
}

/**
 * What a server's clock says now: the time in its last reply, and this process's monotonic time since that arrived. It is
 * never ahead of the server's own, so a deadline told by it is never later than meant.
 *
 * Where a call is led on to another server than the one that was meant, it is off by what their clocks are apart.
 */
export class StoreTime {
  /** By server. */
  readonly #told = new Map<string, Told>();
  /** Questions under way, by server. */
  readonly #asked = new Map<string, Promise<void>>();

  /** `undefined` for a server that has told no time yet, or none lately. */
  now(server: string): number | undefined {
    const told = this.#told.get(server);
    const now = performance.now();
    return told && now - told.at <= TRUSTED_MS ? now + told.offset : undefined;
  }

  /** A reply has said the server's time. */
  learn(server: string, storeTime: number): void {
    const at = performance.now();
    this.#told.set(server, { offset: storeTime - at, at });
  }

  /** Resolves when a question that is under way has come to its end; `undefined` when none is. */
  asking(server: string): Promise<void> | undefined {
    return this.#asked.get(server);
  }

  /** Asks a server for its time. A question that fails leaves it unknown: what is sent next hears why. */
  ask(server: string, question: () => Promise<number>): Promise<void> {
    const asked = question().then(
      (storeTime) => {
        this.#asked.delete(server);
        this.learn(server, storeTime);
      },
      () => {
        this.#asked.delete(server);
      },
    );
    this.#asked.set(server, asked);
    return asked;
  }

  /** A connection was lost: behind the same address may be another server now. */
  forget(): void {
    this.#told.clear();
  }
}

const byClient = new WeakMap<RedisClient, StoreTime>();

/** What all executors on a client have been told: a listener each would be many on one client. */
export function storeTimeOf(client: RedisClient): StoreTime {
  const known = byClient.get(client);
  if (known) return known;
  const time = new StoreTime();
  for (const event of isCluster(client) ? ['+node', '-node'] : ['close'])
    client.on(event, () => time.forget());
  byClient.set(client, time);
  return time;
}
