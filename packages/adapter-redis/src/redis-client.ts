import type { Cluster, Redis } from 'ioredis';
import { NoConnection, withoutSecrets } from './store-error.ts';

/** A client of ioredis, however many servers it speaks to. */
export type RedisClient = Redis | Cluster;

/** Told by a property and not by class: the user's copy of ioredis need not be the one that is found from here. */
export function isCluster(client: RedisClient): client is Cluster {
  return client.isCluster;
}

const waits = new WeakMap<RedisClient, Promise<void>>();

/**
 * Resolves when the client can send, `undefined` when it can now. Rejects as soon as an attempt to connect fails: whoever
 * waits longer than that should know it.
 */
export function clientReady(client: RedisClient): Promise<void> | undefined {
  const { status } = client;
  if (status === 'ready') return undefined;
  if (status === 'wait' || status === 'connecting' || status === 'connect') return attemptOf(client);
  const ended = status === 'end';
  const what = ended ? 'has been closed' : 'has lost its connection';
  return Promise.reject(new NoConnection(`the Redis client ${what}`, !ended));
}

/** One wait for all: a listener each would be many on one client. */
function attemptOf(client: RedisClient): Promise<void> {
  const known = waits.get(client);
  if (known) return known;
  const attempt = nextAttempt(client).finally(() => waits.delete(client));
  waits.set(client, attempt);
  return attempt;
}

/** The outcome of the attempt that is being made, or, on a client that has made none, of the first one. */
function nextAttempt(client: RedisClient): Promise<void> {
  return new Promise((resolve, reject) => {
    let fault: unknown;
    const end = (): void => {
      client.off('ready', succeed).off('error', note).off('close', fail).off('end', fail);
    };
    const succeed = (): void => {
      end();
      resolve();
    };
    const note = (error: unknown): void => {
      fault = error;
    };
    const fail = (): void => {
      end();
      reject(new NoConnection('the Redis client cannot connect', true, fault && withoutSecrets(fault)));
    };
    client.on('ready', succeed).on('error', note).on('close', fail).on('end', fail);
    // Its failure is heard by the events above.
    if (client.status === 'wait') client.connect().catch(() => {});
  });
}
