import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRedisExecutors, safeClusterOptions, safeRedisOptions } from '@stateful-route/adapter-redis';
import { type Executors, silentLogger } from '@stateful-route/core';
import { createStatefulRoute } from '@stateful-route/driver';
import { startAclRedis, startCluster, startSentinel, startTlsRedis, until } from '@stateful-route/harness';
import { Cluster, Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type GatewayProcess, get, NAMESPACE, startWithFile, writeTestFile } from './programs.ts';

const USERS = Array.from({ length: 30 }, (_, at) => `user-${at}`);

/** A pod in this process, which answers with the uid. */
async function startPod(executors: Executors): Promise<void> {
  const server = createServer((request, response) => response.end(request.headers['stateful-route-uid']));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const route = createStatefulRoute({
    executors,
    namespace: NAMESPACE,
    serviceName: 'room',
    podId: 0,
    address,
  });
  await route.start();
  onTestFinished(async () => {
    await route.stop();
    await executors.close();
    server.closeAllConnections();
    server.close();
  });
}

/** Executors of a client that ends with the test. */
function executorsOf(client: Redis | Cluster): Executors {
  client.on('error', () => {});
  onTestFinished(() => client.disconnect());
  return createRedisExecutors({ client, logger: silentLogger });
}

/** Whether the gateway finds the pod of each user. */
async function expectServes(gateway: GatewayProcess, users: readonly string[] = USERS): Promise<void> {
  const { url } = await gateway.listening();
  const answers = await Promise.all(users.map((uid) => get(`${url}/rooms/${uid}`)));
  expect(answers.map(({ text }) => text)).toEqual(users);
}

/** Where the gateway says that its store is. */
async function storeOf(gateway: GatewayProcess): Promise<unknown> {
  await gateway.listening();
  return gateway.log().find(({ message }) => message === 'The gateway listens')?.['redis'];
}

describe('the program, with a store', { timeout: 60_000 }, () => {
  it('by TLS, trusts the certificate of its file, and no other', async () => {
    const server = await startTlsRedis();
    onTestFinished(() => server.stop());
    await startPod(createRedisExecutors({ url: server.url, tls: { ca: server.ca } }));
    const caFile = writeTestFile('ca.pem', server.ca);
    const plain = server.url.replace('rediss:', 'redis:');
    for (const redis of [
      { url: server.url, caFile },
      { url: plain, caFile },
    ]) {
      const gateway = startWithFile({ redis });
      await expectServes(gateway);
      expect(await storeOf(gateway)).toBe(new URL(server.url).host);
    }
    for (const redis of [{ url: server.url }, { url: plain, tls: true }]) {
      const gateway = startWithFile({ redis });
      await until('the distrust', () => JSON.stringify(gateway.log()).includes('self-signed certificate'));
      expect(JSON.stringify(gateway.log())).not.toContain('The gateway listens');
    }
  });

  it('that asks for a name and a password, has the password of its file', async () => {
    const server = await startAclRedis({
      rules: ['~*', '&*', '+@all'],
      username: 'gateway',
      password: 'secret',
    });
    onTestFinished(() => server.stop());
    await startPod(createRedisExecutors({ url: server.url }));
    const url = `redis://${new URL(server.url).host}`;
    const passwordFile = writeTestFile('password', 'secret\n');
    await expectServes(startWithFile({ redis: { url, username: 'gateway', passwordFile } }));
  });

  it('behind Sentinels, finds its master, also the next one', async () => {
    const topology = await startSentinel({ replicas: 1 });
    onTestFinished(() => topology.stop());
    const { sentinels, name } = topology;
    await startPod(executorsOf(new Redis(safeRedisOptions({ sentinels: [...sentinels], name }))));
    const nodes = sentinels.map(({ host, port }) => `${host}:${port}`);
    const gateway = startWithFile({ redis: { sentinels: nodes, sentinelName: name } });
    await expectServes(gateway);
    expect(await storeOf(gateway)).toBe(nodes.join());
    await topology.failover();
    const { url } = await gateway.listening();
    await until(
      'a user is placed',
      async () => (await get(`${url}/rooms/placed-later`)).text === 'placed-later',
      {
        withinMs: 30_000,
      },
    );
    const master = await topology.master();
    expect(master).not.toBe(topology.nodes[0]);
    expect(await master.client.keys('*placed-later*')).not.toEqual([]);
  });

  it('in a Cluster, finds all of its nodes by one', async () => {
    const cluster = await startCluster({ masters: 3, replicas: 0 });
    onTestFinished(() => cluster.stop());
    const [first] = cluster.nodes;
    const { host, port } = first!;
    await startPod(executorsOf(new Cluster([{ host, port }], safeClusterOptions({}))));
    const gateway = startWithFile({ redis: { cluster: [`${host}:${port}`] } });
    await expectServes(gateway);
    expect(await storeOf(gateway)).toBe(`${host}:${port}`);
    for (const { client } of cluster.nodes) expect(await client.keys('*user-*')).not.toEqual([]);
  });
});
