import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type Executors, type Logger, silentLogger } from '@stateful-route/core';
import {
  type ClusterTopology,
  type RedisServer,
  startAclRedis,
  startCluster,
  startProxy,
  startRedis,
  startSentinel,
} from '@stateful-route/harness';
import { Cluster, Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { serverRisks, missingFacts, wrongClient } from '../src/client/server-faults.ts';
import { serverFacts } from '../src/client/server-facts.ts';
import { createRedisExecutors, safeClusterOptions, safeRedisOptions } from '../src/index.ts';

let cluster: ClusterTopology;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  cluster = await startCluster({ replicas: 0 });
}, 30_000);
afterAll(() => cluster.stop());
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** What was said, each line with its level, message and fields. */
type Said = (readonly [level: string, message: string, fields: Record<string, unknown>])[];

function received(): { logger: Logger; said: Said } {
  const said: Said = [];
  const receive =
    (level: string) =>
    (fields: object, message: string): void => {
      said.push([level, message, fields as Record<string, unknown>]);
    };
  const logger = { ...silentLogger, warn: receive('warn'), error: receive('error'), info: receive('info') };
  return { logger, said };
}

function executorsOf(options: Parameters<typeof createRedisExecutors>[0]): Executors {
  const executors = createRedisExecutors({ logger: silentLogger, ...options });
  ends.push(() => executors.close());
  return executors;
}

async function started(args: Record<string, string> = {}): Promise<RedisServer> {
  const server = await startRedis({ args });
  ends.push(() => server.stop());
  return server;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => {
    server.once('listening', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

/** A Cluster of one node. */
async function shard(): Promise<RedisServer> {
  const busPort = String(await freePort());
  const node = await started({
    'cluster-enabled': 'yes',
    'cluster-port': busPort,
    'busy-reply-threshold': '50',
  });
  await node.client.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
  return node;
}

const callsOf = ({ stateful, server, feed }: Executors): (() => Promise<unknown>)[] => [
  () => stateful.getLinkedPod('game', 'ada', 'room'),
  () => stateful.getServiceState('game', 'room'),
  () => Promise.all(['ada', 'bob'].map((uid) => stateful.setLinkedPodIfAbsent('game', uid, 'room', 1, 60))),
  () => server.listServices('game'),
  () => feed.subscribe('game', 'room', () => {}),
  () => feed.subscribePod('game', 'room', 1, () => {}),
];

describe('a plain client', () => {
  it.each([
    ['of three masters', async () => cluster.nodes[0]!.url],
    ['of one shard', async () => (await shard()).url],
  ])('is refused on a Cluster %s, with the client to take', async (_, at) => {
    const { logger, said } = received();
    const url = await at();
    const executors = executorsOf({ url, logger });
    for (const call of callsOf(executors)) {
      await expect(call()).rejects.toMatchObject({
        code: 'INVALID_CONFIG',
        retryable: false,
        faults: [
          { name: 'client', problem: expect.stringContaining('new Cluster([{ host, port }], safeCluster') },
        ],
      });
    }
    expect(said).toMatchObject([['error', 'The Redis server cannot be used', { server: new URL(url).host }]]);
  });

  it('is refused on a Sentinel', async () => {
    const topology = await startSentinel();
    ends.push(() => topology.stop());
    const [{ host, port }] = topology.sentinels as [{ host: string; port: number }];
    const { stateful } = executorsOf({ url: `redis://${host}:${port}` });
    await expect(stateful.getLinkedPod('game', 'ada', 'room')).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('sentinels: [{ host, port }], name'),
    });
  });

  it('waits on a replica until it is a master', async () => {
    const master = await started();
    const replica = await started({ replicaof: `${master.host} ${master.port}` });
    const { logger, said } = received();
    const executors = executorsOf({ url: replica.url, logger });
    for (const call of callsOf(executors)) {
      await expect(call()).rejects.toMatchObject({
        code: 'STORE_ERROR',
        retryable: true,
        unreachable: `${replica.host}:${replica.port}`,
      });
    }
    const reasons = said.filter(([, message]) => message === 'The Redis server cannot be used');
    expect(reasons).toMatchObject([['error', {}, { reason: expect.stringContaining('is a replica') }]]);
    await replica.client.replicaof('NO', 'ONE');
    await expect.poll(() => executors.stateful.getLinkedPod('game', 'ada', 'room')).toBeUndefined();
    expect(said.at(-1)).toMatchObject(['info', 'The Redis server can be used again', {}]);
  });

  it('that never leaves a replica by itself waits on it until it is a master', async () => {
    const master = await started();
    const replica = await started({ replicaof: `${master.host} ${master.port}` });
    const client = new Redis(replica.url, safeRedisOptions({ reconnectOnError: null }));
    ends.push(() => client.disconnect());
    const { stateful } = executorsOf({ client });
    await expect(stateful.getLinkedPod('game', 'ada', 'room')).rejects.toMatchObject({ retryable: true });
    await replica.client.replicaof('NO', 'ONE');
    await expect.poll(() => stateful.getLinkedPod('game', 'ada', 'room')).toBeUndefined();
  });

  it('is refused once it has selected another database', async () => {
    const server = await started();
    const client = new Redis(server.url, safeRedisOptions());
    ends.push(() => client.disconnect());
    const { stateful } = executorsOf({ client });
    await stateful.getLinkedPod('game', 'ada', 'room');
    await client.select(1);
    await expect(stateful.getLinkedPod('game', 'ada', 'room')).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('database 1'),
    });
  });
});

describe('a server that evicts', () => {
  const lines = (said: Said, server: string): unknown[] =>
    said.filter(([, , fields]) => fields.server === server).map(([level, , { risks }]) => [level, risks]);

  it.each([
    ['allkeys-lru', [['error', [expect.stringMatching(/^maxmemory-policy allkeys-lru: /)]]]],
    ['volatile-ttl', [['warn', [expect.stringMatching(/^maxmemory-policy volatile-ttl: /)]]]],
    ['noeviction', []],
  ])('is reported by its policy, with the remedy: %s', async (policy, expected) => {
    const server = await started({ 'maxmemory-policy': policy });
    const { logger, said } = received();
    await executorsOf({ url: server.url, logger }).stateful.getLinkedPod('game', 'ada', 'room');
    expect(lines(said, `${server.host}:${server.port}`)).toEqual(expected);
    for (const [, message] of said) expect(message).toContain('CONFIG SET maxmemory-policy noeviction');
  });

  it('is reported to each logger of a shared client, and again after a reconnect', async () => {
    const server = await started({ 'maxmemory-policy': 'allkeys-lru' });
    const wire = await startProxy(server.host, server.port);
    ends.push(() => wire.stop());
    const client = new Redis(wire.url, safeRedisOptions());
    ends.push(() => client.disconnect());
    const [one, other, third] = [received(), received(), received()];
    const { stateful } = executorsOf({ client, logger: one.logger });
    await stateful.getLinkedPod('game', 'ada', 'room');
    executorsOf({ client, logger: other.logger });
    expect([one.said.length, other.said.length]).toEqual([1, 1]);
    await server.client.config('SET', 'maxmemory-policy', 'noeviction');
    wire.cut();
    await expect.poll(() => stateful.getLinkedPod('game', 'ada', 'room')).toBeUndefined();
    executorsOf({ client, logger: third.logger });
    expect(third.said).toEqual([]);
  });

  it('is reported of each node of a Cluster', async () => {
    const [first, second] = cluster.nodes;
    await first!.client.config('SET', 'maxmemory-policy', 'allkeys-random');
    ends.push(() => first!.client.config('SET', 'maxmemory-policy', 'noeviction'));
    const client = new Cluster(
      cluster.nodes.map(({ host, port }) => ({ host, port })),
      safeClusterOptions(),
    );
    ends.push(() => client.disconnect());
    const { logger, said } = received();
    const { stateful } = executorsOf({ client, logger });
    await Promise.all(['ada', 'bob', 'eve'].map((uid) => stateful.getLinkedPod('game', uid, 'room')));
    await expect.poll(() => lines(said, `${first!.host}:${first!.port}`)).toHaveLength(1);
    expect(lines(said, `${second!.host}:${second!.port}`)).toEqual([]);
  });
});

describe('a server that does not report its settings', () => {
  it('is used, and reported once', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    const server = await startAclRedis({ rules: ['~*', '&*', '+@all', '-info'] });
    ends.push(() => server.stop());
    const { logger, said } = received();
    const executors = executorsOf({ url: server.url, logger });
    for (const call of callsOf(executors)) await call();
    expect(said).toMatchObject([['warn', expect.stringContaining('does not report'), {}]]);
    expect(String(said[0]![2].err)).toContain('NOPERM');
    vi.restoreAllMocks();
  });
});

describe('a server that cannot say yet what it is', () => {
  it.each<[string, object, (server: RedisServer) => Promise<() => unknown>]>([
    [
      'refuses for a while',
      { code: 'STORE_ERROR', message: expect.stringContaining('BUSY'), retryable: true },
      async ({ url, client }) => {
        const looping = new Redis(url);
        ends.push(() => looping.disconnect());
        looping.eval('while true do end', 0).catch(() => {});
        await expect.poll(() => client.ping().catch(String)).toContain('BUSY');
        return async () => {
          await client.script('KILL');
          await expect.poll(() => client.ping().catch(String)).toBe('PONG');
        };
      },
    ],
    [
      'is too slow for the client',
      { code: 'TIMEOUT', effect: 'none', retryable: true },
      async (server) => {
        server.pause();
        return () => server.resume();
      },
    ],
  ])('is checked again, and no call is sent before: it %s', async (_, error, stall) => {
    const node = await shard();
    const client = new Redis(node.url, safeRedisOptions({ commandTimeout: 500 }));
    ends.push(() => client.disconnect());
    await once(client, 'ready');
    const goOn = await stall(node);
    const { logger, said } = received();
    const { stateful } = executorsOf({ client, logger });
    await expect(stateful.getLinkedPod('game', 'ada', 'room')).rejects.toMatchObject(error);
    await goOn();
    await expect(stateful.getLinkedPod('game', 'ada', 'room')).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
    });
    expect(said.filter(([level]) => level === 'error')).toHaveLength(1);
  });
});

describe('the reply to INFO', () => {
  const infoReply = (...lines: string[]): string => ['# Server', ...lines].join('\r\n');

  it.each([
    [
      'Redis',
      infoReply(
        'redis_version:7.0.15',
        'redis_mode:standalone',
        'role:master',
        'maxmemory_policy:noeviction',
      ),
      { mode: 'standalone', role: 'master', version: '7.0.15', maxmemoryPolicy: 'noeviction' },
    ],
    [
      'Valkey',
      infoReply('redis_version:7.2.4', 'server_name:valkey', 'server_mode:standalone', 'cluster_enabled:0'),
      { mode: 'standalone', version: '7.2.4' },
    ],
    ['a Cluster', infoReply('server_mode:cluster', 'cluster_enabled:1'), { mode: 'cluster' }],
    ['a proxy', '', { mode: undefined, role: undefined, version: undefined, maxmemoryPolicy: undefined }],
  ])('is read: %s', (_, info, facts) => {
    expect(serverFacts(info)).toMatchObject(facts);
  });

  it.each([
    ['4.0.14', /^is Redis 4\.0\.14.*6\.2 or later/, 1],
    ['5.0.3', undefined, 1],
    ['6.0.16', undefined, 1],
    ['6.2.0', undefined, 0],
    ['10.1.0', undefined, 0],
    ['255.255.255', undefined, 0],
    ['unstable', undefined, 0],
  ])('is judged by version: %s', (version, fault, risks) => {
    const facts = serverFacts(infoReply(`redis_version:${version}`));
    if (fault) expect(wrongClient(facts)).toMatch(fault);
    else expect(wrongClient(facts)).toBeUndefined();
    expect(serverRisks(facts)).toHaveLength(risks);
  });

  it('is named where it is missing', () => {
    expect(missingFacts(serverFacts(infoReply('redis_version:7.0.0', 'role:master')))).toEqual([
      'mode',
      'maxmemory-policy',
    ]);
  });
});
