import type { Clock } from '@stateful-route/core';
import { checkCount, invalidParameter, onAbort, type ScanOptions } from '@stateful-route/core/adapter';
import type { RedisClient, RedisConnection } from '../client/redis-client.ts';
import { list, text } from '../stored/replies.ts';
import { connectedMasters, infoOf } from './servers.ts';

const KEYS_PER_SECOND = 10_000;
const COUNT_MAX = 1_000;
/** So many pages a second keep a slow scan smooth. */
const PAGES_PER_SECOND = 10;

/** Keys of one server. */
export interface KeyPage {
  readonly server: RedisConnection;
  readonly keys: readonly string[];
  /** How many keys were read so far. `SCAN` does not say: it is about what was asked for. */
  readonly scanned: number;
  readonly total: number | undefined;
}

/** Reads all keys that match a pattern, server by server, at a rate. */
export async function* scanKeys(
  client: RedisClient,
  pattern: string,
  { keysPerSecond = KEYS_PER_SECOND, signal }: ScanOptions,
  clock: Clock,
): AsyncGenerator<KeyPage> {
  checkCount(keysPerSecond, 'keysPerSecond');
  if (keysPerSecond === 0) throw invalidParameter('keysPerSecond', 'must be above 0');
  const masters = await connectedMasters(client);
  const total = await keysOf(masters);
  const count = Math.min(COUNT_MAX, Math.ceil(keysPerSecond / PAGES_PER_SECOND));
  const began = clock.monotonic();
  let scanned = 0;
  for (const server of masters) {
    let cursor = '0';
    do {
      signal?.throwIfAborted();
      const reply = await server.call('SCAN', cursor, 'MATCH', pattern, 'COUNT', String(count));
      const [next, keys] = list(reply);
      cursor = text(next);
      scanned += count;
      // The last page of a server has fewer.
      const atMost = total === undefined ? scanned : Math.min(scanned, total);
      yield { server, keys: list(keys).map(text), scanned: atMost, total };
      const dueMs = (scanned / keysPerSecond) * 1_000 - (clock.monotonic() - began);
      if (cursor !== '0' && dueMs > 0) await pause(dueMs, clock, signal);
    } while (cursor !== '0');
  }
}

/** How many keys the servers have; `undefined` if one does not tell. */
async function keysOf(masters: readonly RedisConnection[]): Promise<number | undefined> {
  let total = 0;
  for (const server of masters) {
    const info = await infoOf(server).catch(() => undefined);
    if (!info?.has('redis_version')) return undefined;
    // A server without a key has no such field.
    total += Number(/keys=(\d+)/.exec(info.get('db0') ?? '')?.[1] ?? 0);
  }
  return total;
}

/** Waits. Rejects with the signal's reason when it fires. */
function pause(ms: number, clock: Clock, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.setTimeout(
      () => {
        removeListener?.();
        resolve();
      },
      ms,
      { keepsAlive: true },
    );
    const removeListener =
      signal &&
      onAbort(signal, () => {
        cancel();
        reject(signal.reason as Error);
      });
  });
}
