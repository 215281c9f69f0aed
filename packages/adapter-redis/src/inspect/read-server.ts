import type { Clock } from '@stateful-route/core';
import { addressOf } from '../client/connection-faults.ts';
import type { RedisConnection } from '../client/redis-client.ts';
import { integer, list, pairs, text } from '../stored/replies.ts';
import { isDenied } from './inspect-error.ts';
import { infoOf } from './servers.ts';

/** What a server says of itself. */
export interface ServerReading {
  readonly address: string;
  /** The fields of `INFO`; empty if that is refused. */
  readonly info: ReadonlyMap<string, string>;
  /** Settings that `INFO` lacks; empty if `CONFIG` is refused. */
  readonly config: ReadonlyMap<string, string>;
  /** How far the server's clock is ahead of this machine's, in ms, within `clockErrorMs`. */
  readonly clockAheadMs: number;
  readonly clockErrorMs: number;
  /** `cluster_state` of a node of a Cluster. */
  readonly clusterState: string | undefined;
}

const SETTINGS = ['save', 'min-replicas-to-write'];

/** Reads what the checks need. A refused command leaves its part empty. */
export async function readServer(server: RedisConnection, clock: Clock): Promise<ServerReading> {
  const info = await unlessDenied(infoOf(server), new Map<string, string>());
  const config = new Map<string, string>();
  for (const name of SETTINGS) {
    const reply = await unlessDenied(server.call('CONFIG', 'GET', name), []);
    for (const [field, value] of pairs(reply)) config.set(field, value);
  }
  const isNode = info.get('cluster_enabled') === '1';
  const cluster = isNode ? await unlessDenied(server.call('CLUSTER', 'INFO'), '') : '';
  return {
    address: addressOf(server),
    info,
    config,
    ...(await clockOf(server, clock)),
    clusterState: /cluster_state:(\w+)/.exec(text(cluster))?.[1],
  };
}

async function clockOf(
  server: RedisConnection,
  clock: Clock,
): Promise<Pick<ServerReading, 'clockAheadMs' | 'clockErrorMs'>> {
  const [sentAt, before] = [clock.now(), clock.monotonic()];
  const [seconds, micros] = list(await server.call('TIME')).map(integer);
  const tripMs = clock.monotonic() - before;
  return {
    clockAheadMs: seconds! * 1_000 + micros! / 1_000 - (sentAt + tripMs / 2),
    clockErrorMs: tripMs / 2,
  };
}

async function unlessDenied<T>(reply: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await reply;
  } catch (error) {
    // Some managed services do not know CONFIG at all.
    if (isDenied(error) || (error instanceof Error && /unknown command/i.test(error.message)))
      return otherwise;
    throw error;
  }
}
