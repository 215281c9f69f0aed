import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRouteError, silentLogger } from '@stateful-route/core';
import { faultsOf } from '@stateful-route/core/adapter';
import {
  startAclRedis,
  startCluster,
  startRedis,
  startSentinel,
  startTlsRedis,
} from '@stateful-route/harness';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { collect } from '../support/collect.ts';
import { openRedisStore, readRedisSettings, type RedisSettings, type RedisStore } from '../../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'redis-store-'));
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function open(settings: RedisSettings): RedisStore {
  const store = openRedisStore(settings, { logger: silentLogger, connectionName: 'a-test' });
  ends.push(() => store.close());
  return store;
}

async function started<T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const server = await starting;
  ends.push(() => server.stop());
  return server;
}

async function expectWorks({ executors, inspector }: RedisStore): Promise<void> {
  await executors.server.registerService('game', 'room');
  expect(await executors.server.listServices('game')).toEqual(['room']);
  await executors.stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 1, 60);
  expect(await collect(inspector.scanLinks('game'))).toEqual([{ uid: 'ada', serviceName: 'room' }]);
}

describe('a store is opened', () => {
  it('at an address', async () => {
    const server = await started(startRedis());
    const store = open({ url: server.url });
    await expectWorks(store);
    expect(store.address).toBe(`127.0.0.1:${server.port}`);
  });

  it('on a Cluster', async () => {
    const cluster = await started(startCluster({ replicas: 0 }));
    const nodes = cluster.nodes.map(({ host, port }) => `${host}:${port}`);
    const store = open({ cluster: nodes });
    await expectWorks(store);
    expect(store.address).toBe(nodes.join(','));
  });

  it('behind Sentinels', async () => {
    const sentinels = await started(startSentinel());
    await expectWorks(
      open({
        sentinels: sentinels.sentinels.map(({ host, port }) => `${host}:${port}`),
        sentinelName: sentinels.name,
      }),
    );
  });

  it('with a name and a password, which its address does not show', async () => {
    const server = await started(startAclRedis({ rules: ['~*', '&*', '+@all'] }));
    const store = open({
      url: `redis://${server.host}:${server.port}`,
      username: 'stateful-route',
      passwordFile: file('password', 'only-a-test\n'),
    });
    await expectWorks(store);
    expect(store.address).not.toContain('only-a-test');
  });

  it('over TLS, with an authority of its own', async () => {
    const server = await started(startTlsRedis());
    await expectWorks(open({ url: server.url, caFile: file('ca.pem', server.ca) }));
  });
});

describe('settings are refused', () => {
  const faults = (settings: unknown): string[] =>
    (faultsOf(() => readRedisSettings(settings)) ?? []).map(({ name, problem }) => `${name}: ${problem}`);

  it('with every fault', () => {
    expect(faults({ cluster: ['a'], sentinels: [], sentinelsName: 'x', tls: 'yes' })).toEqual([
      'cluster.0: must be HOST:PORT, such as 127.0.0.1:6379',
      'sentinels: must be a list of HOST:PORT',
      'sentinelsName: is unknown; did you mean sentinelName?',
      'tls: must be true or false',
      ': must have exactly one of url, cluster, sentinels',
      'sentinelName: must be given with sentinels, and only then',
    ]);
    expect(faults({ url: 'http://a' })).toEqual(['url: must be a redis:// or rediss:// address']);
    expect(faults({})).toEqual([': must have exactly one of url, cluster, sentinels']);
    expect(faults({ cluster: ['[::1]:6379', 'redis:6379'] })).toEqual([]);
  });

  it('if a secret cannot be read', () => {
    const opened = (): RedisStore => openRedisStore({ url: 'redis://127.0.0.1:1', passwordFile: '/none' });
    expect(faultsOf(opened)).toEqual([{ name: 'passwordFile', problem: 'cannot be read (ENOENT)' }]);
  });
});

it('a store that cannot be reached rejects, whatever is asked', async () => {
  const { inspector } = open({ url: 'redis://127.0.0.1:1' });
  const failures = await Promise.all([
    inspector.checkServers().catch((error: unknown) => error),
    inspector.checkRights('game', 'all').catch((error: unknown) => error),
    collect(inspector.scanLinks('game')).catch((error: unknown) => error),
    collect(inspector.scanFaults('game')).catch((error: unknown) => error),
  ]);
  for (const failure of failures) {
    expect(failure).toMatchObject({ code: 'STORE_ERROR', unreachable: '127.0.0.1:1' });
    expect(isRouteError(failure)).toBe(true);
  }
});
