import { silentLogger } from '@stateful-route/core';
import type { StoreCheck } from '@stateful-route/core/adapter';
import { type AclRedis, startAclRedis, startCluster, startRedis } from '@stateful-route/harness';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openRedisStore, type RedisSettings } from '../../src/index.ts';
import type { ServerReading } from '../../src/inspect/read-server.ts';
import { serverChecks } from '../../src/inspect/server-checks.ts';
import { readmeRights } from '../support/acl-rule.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function checksOf(settings: RedisSettings): Promise<readonly StoreCheck[]> {
  const store = openRedisStore(settings, { logger: silentLogger });
  ends.push(() => store.close());
  return store.inspector.checkServers();
}

const findingsOf = (checks: readonly StoreCheck[]): string[] =>
  checks.flatMap(({ name, findings }) => findings.map(({ problem }) => `${name}: ${problem}`));

describe('the check of servers', () => {
  it('finds nothing in a server that is set up well', async () => {
    const server = await startRedis({ args: { appendonly: 'yes' } });
    ends.push(() => server.stop());
    const checks = await checksOf({ url: server.url });
    expect(findingsOf(checks)).toEqual([]);
    expect(checks.map(({ name }) => name)).toEqual([
      'connection',
      'memory',
      'persistence',
      'replicas',
      'clock',
    ]);
    expect(checks[0]!.detail).toMatch(
      new RegExp(`^127.0.0.1:${server.port} \\(Redis [\\d.]+, standalone\\)$`),
    );
    expect(checks[2]!.detail).toBe('append-only file');
  });

  it('finds eviction, a full memory, no persistence, and too many replicas that must acknowledge', async () => {
    const server = await startRedis();
    ends.push(() => server.stop());
    await server.client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await server.client.config('SET', 'maxmemory', '900kb');
    await server.client.config('SET', 'min-replicas-to-write', '1');
    expect(findingsOf(await checksOf({ url: server.url }))).toEqual([
      expect.stringContaining('memory: maxmemory-policy allkeys-lru'),
      expect.stringMatching(/^memory: \d+ % of maxmemory is used/),
      expect.stringContaining('persistence: it keeps nothing on disk'),
      'replicas: min-replicas-to-write is 1, and it has 0 replicas: one that is down stops all writes',
    ]);
  });

  it('looks at every master of a Cluster', async () => {
    const cluster = await startCluster({ replicas: 0 });
    ends.push(() => cluster.stop());
    await cluster.nodes[1]!.client.config('SET', 'maxmemory-policy', 'volatile-lru');
    const { host, port } = cluster.nodes[0]!;
    const checks = await checksOf({ cluster: [`${host}:${port}`] });
    const found = checks.flatMap(({ findings }) => findings);
    expect(found.filter(({ problem }) => problem.includes('maxmemory-policy'))).toMatchObject([
      { level: 'warning', subject: `127.0.0.1:${cluster.nodes[1]!.port}` },
    ]);
    expect(found.filter(({ problem }) => problem.includes('nothing on disk'))).toHaveLength(3);
  });

  const reading = (
    fields: Partial<ServerReading> & { info?: never },
    info: Record<string, string> = {},
  ): ServerReading => ({
    address: 'redis:1',
    config: new Map(),
    clockAheadMs: 0,
    clockErrorMs: 1,
    clusterState: undefined,
    ...fields,
    info: new Map(
      Object.entries({ redis_version: '7.0.15', maxmemory_policy: 'noeviction', aof_enabled: '1', ...info }),
    ),
  });

  it.each([
    [
      'a clock ahead',
      [reading({ clockAheadMs: 1_500 })],
      "clock: its clock is 1.50 s ahead of this machine's",
    ],
    [
      'a clock behind',
      [reading({ clockAheadMs: -90_000 })],
      "clock: its clock is 90.00 s behind this machine's",
    ],
    [
      'clocks apart',
      [reading({ clockAheadMs: -700 }), reading({ address: 'redis:2', clockAheadMs: 700 })],
      'clock: its clock is 1.40 s ahead of that of redis:1: deadlines of redirected writes are off by that',
    ],
    [
      'a Cluster that is down',
      [reading({ clusterState: 'fail' })],
      "connection: the Cluster's state is fail",
    ],
    [
      'a write of the append-only file that failed',
      [reading({}, { aof_last_write_status: 'err' })],
      'persistence: its last write to the append-only file failed: it may refuse every write',
    ],
    [
      'a replica that does not follow',
      [reading({}, { slave0: 'ip=10.0.0.1,port=6379,state=online,offset=1,lag=60' })],
      'replicas: its replica 10.0.0.1:6379 is online, 60 s behind',
    ],
    [
      'an old server',
      [reading({}, { redis_version: '6.0.1' })],
      'connection: version 6.0.1: nothing is promised',
    ],
  ])('finds %s', (_, servers, found) => {
    expect(findingsOf(serverChecks(servers))).toEqual([found]);
  });

  it('does not take the way to a server for a difference of clocks', () => {
    expect(findingsOf(serverChecks([reading({ clockAheadMs: 1_500, clockErrorMs: 600 })]))).toEqual([]);
  });
});

describe('the check of rights', () => {
  let server: AclRedis;
  beforeAll(async () => {
    server = await startAclRedis({ rules: ['-@all'] });
  });
  afterAll(() => server.stop());

  async function check(rights: 'read' | 'all', ...rules: readonly string[]): Promise<string[]> {
    await server.client.acl('SETUSER', 'stateful-route', 'resetkeys', 'resetchannels', '-@all', ...rules);
    const store = openRedisStore({ url: server.url }, { logger: silentLogger });
    ends.push(() => store.close());
    const { findings } = await store.inspector.checkRights('game', rights);
    expect(await server.client.keys('*')).toEqual([]);
    return findings.map(({ problem, remedy }) => `${problem}; ${remedy}`);
  }

  const own = ['~sf:{game:*', '&sf:{game:*'];
  const readme = readmeRights().filter((word) => word.startsWith('+'));

  it('finds nothing that the user of the README lacks, but SCAN', async () => {
    expect(await check('all', ...own, ...readme)).toEqual(['may not run scan; grant +scan']);
    expect(await check('all', ...own, ...readme, '+scan')).toEqual([]);
  });

  it('finds what a user may not write', async () => {
    const reads = [...own, '+@read', '+eval', '+info', '+time'];
    expect(await check('read', ...reads)).toEqual([]);
    expect(await check('all', ...reads)).toEqual([
      'may not run set, expire, persist, del, hset, hincrby, hdel, rpush, lset, lrem, zadd, zrem, zremrangebyscore, xadd, publish; ' +
        'grant +set +expire +persist +del +hset +hincrby +hdel +rpush +lset +lrem +zadd +zrem +zremrangebyscore +xadd +publish',
    ]);
  });

  it('finds what a user may not read', async () => {
    expect(await check('read', ...own, '+@all', '-hgetall', '-eval')).toEqual([
      'may not run hgetall, eval; grant +hgetall +eval',
    ]);
  });

  it('finds keys and channels that a user may not use', async () => {
    const denied = 'may not use all keys and channels of the namespace game; grant ~sf:{game:* &sf:{game:*';
    expect(await check('all', '~sf:{other:*', '&sf:{game:*', '+@all')).toEqual([denied]);
    expect(await check('all', '~sf:{game:*', '&sf:{other:*', '+@all')).toEqual([denied]);
  });
});
