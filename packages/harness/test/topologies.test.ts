import { Cluster, Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { startAclRedis, startCluster, startSentinel, startTlsRedis } from '../src/index.ts';

const TIMEOUT = { timeout: 60_000 };
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

function quiet<T extends Redis | Cluster>(client: T): T {
  client.on('error', () => {});
  ends.push(() => client.disconnect());
  return client;
}

describe('sentinels', TIMEOUT, () => {
  it('name the master, also after a manual failover and after its death', async () => {
    const topology = await startSentinel();
    ends.push(() => topology.stop());
    const { sentinels, name, nodes } = topology;
    const client = quiet(new Redis({ sentinels: [...sentinels], name }));
    await client.set('key', '1');
    await client.wait(2, 5_000);
    expect(await topology.master()).toBe(nodes[0]);

    await topology.failover();
    const second = await topology.master();
    expect(second).not.toBe(nodes[0]);
    expect(await second.client.get('key')).toBe('1');
    // The former master follows the new one.
    await expect.poll(async () => (await nodes[0]!.client.role())[0], { timeout: 15_000 }).toBe('slave');

    await second.kill();
    await expect.poll(() => topology.master(), { timeout: 20_000 }).not.toBe(second);
    const third = await topology.master();
    expect(await third.client.get('key')).toBe('1');
  });
});

describe('a cluster', TIMEOUT, () => {
  it('moves a slot with its keys while it serves, and promotes a replica', async () => {
    const cluster = await startCluster({ masters: 3, replicas: 3 });
    ends.push(() => cluster.stop());
    expect(cluster.nodes.map(({ role }) => role)).toEqual([
      ...Array.from({ length: 3 }, () => 'master'),
      ...Array.from({ length: 3 }, () => 'replica'),
    ]);
    const client = quiet(new Cluster(cluster.nodes.map(({ host, port }) => ({ host, port }))));
    const keys = Array.from({ length: 25 }, (_, at) => `{user}${at}`);
    for (const key of keys) await client.set(key, key);

    const from = await cluster.owner('{user}');
    const to = cluster.nodes.find((node) => node.role === 'master' && node !== from)!;
    const slot = Number(await from.client.call('CLUSTER', 'KEYSLOT', '{user}'));
    await cluster.migrateSlot(slot, from, to);
    expect(await cluster.owner('{user}')).toBe(to);
    expect(await client.mget(keys)).toEqual(keys);
    expect(await from.client.dbsize()).toBe(0);

    await to.client.wait(1, 5_000);
    await to.kill();
    const replica = cluster.nodes[cluster.nodes.indexOf(to) + 3]!;
    await expect.poll(() => cluster.owner('{user}'), { timeout: 20_000 }).toBe(replica);
    expect(await replica.client.get('{user}1')).toBe('{user}1');
  });
});

describe('a secured server', TIMEOUT, () => {
  it('accepts only TLS, with a certificate of its own authority', async () => {
    const server = await startTlsRedis();
    ends.push(() => server.stop());
    expect(server.url).toMatch(/^rediss:/);
    const client = quiet(new Redis(server.url, { tls: { ca: server.ca } }));
    expect(await client.ping()).toBe('PONG');
    const options = { maxRetriesPerRequest: 0, retryStrategy: () => null };
    const doubting = quiet(new Redis(server.url, { ...options, lazyConnect: true }));
    await expect(doubting.connect()).rejects.toThrow(/closed|self-signed/);
    await server.restart();
    expect(await server.client.ping()).toBe('PONG');
  });

  it('gives its user exactly the given rights', async () => {
    const server = await startAclRedis({
      rules: ['-@all', '+hello', '+info', '+get', '~mine:*'],
    });
    ends.push(() => server.stop());
    const client = quiet(new Redis(server.url));
    expect(await client.get('mine:1')).toBeNull();
    await expect(client.get('yours')).rejects.toThrow(/NOPERM/);
    await expect(client.set('mine:1', '1')).rejects.toThrow(/NOPERM/);
    expect(await server.client.set('yours', '1')).toBe('OK');
  });
});
