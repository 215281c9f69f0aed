import { type Executors, isRouteError } from '@stateful-route/core';
import { type ClusterTopology, startCluster } from '@stateful-route/harness';
import { uniqueNamespace } from '@stateful-route/testkit/redis';
import { Cluster } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRedisExecutors, safeClusterOptions } from '../src/index.ts';
import { outcomes, together } from './support/counted-executors.ts';

let cluster: ClusterTopology;
let client: Cluster;
let executors: Executors;
let ns: string;

beforeAll(async () => {
  cluster = await startCluster({ nodeTimeoutMs: 2_000 });
  client = connected();
  executors = createRedisExecutors({ client });
}, 30_000);
beforeEach(() => {
  ns = uniqueNamespace();
});
afterAll(async () => {
  await executors.close();
  client.disconnect();
  await cluster.stop();
});

const connected = (): Cluster =>
  new Cluster(
    cluster.nodes.map(({ host, port }) => ({ host, port })),
    safeClusterOptions(),
  );
const linkKey = (uid: string): string => `sf:{${ns}:lk:${uid}}room`;

async function epochOf({ stateful }: Executors): Promise<number> {
  return (await stateful.getServiceState(ns, 'room')).epoch;
}

function place(uid: string, epoch: number, { stateful }: Executors = executors): Promise<unknown> {
  return stateful.setLinkedPodIfAbsent(ns, uid, 'room', 1, 60, { epoch });
}

/** Every user that the nodes have a link of. */
async function linked(): Promise<string[]> {
  const keys = await Promise.all(cluster.nodes.map((node) => node.client.keys(`sf:{${ns}:lk:*}room`)));
  // A replica has those of its master.
  return [...new Set(keys.flat())];
}

describe('the epoch of a cluster', () => {
  it('is one for all its masters, from the first reading on', async () => {
    const fresh = connected();
    const own = createRedisExecutors({ client: fresh });
    const epoch = await epochOf(own);
    const placed = await together(60, (at) => place(`user-${at}`, epoch, own));
    expect(placed).toMatchObject(placed.map(() => ({ created: true })));
    expect(await epochOf(own)).toBe(epoch);
    await own.close();
    fresh.disconnect();
  });

  it('ends with the connection to any master, for calls alone and for those of one write', async () => {
    await together(60, (at) => executors.stateful.getLink(ns, `user-${at}`, 'room'));
    const epoch = await epochOf(executors);
    const owner = await cluster.owner(linkKey('user-0'));
    const other = cluster.nodes.find(({ id, role }) => role === 'master' && id !== owner.id)!;
    await other.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    // A call about its keys connects to the lost node again.
    await expect
      .poll(async () => {
        await outcomes(60, (at) => executors.stateful.getLink(ns, `user-${at}`, 'room'));
        return epochOf(executors);
      })
      .toBeGreaterThan(epoch);
    expect(await place('user-0', epoch).catch((error: unknown) => error)).toMatchObject({
      code: 'STORE_ERROR',
      retryable: true,
    });
    const refused = await outcomes(60, (at) => place(`user-${at}`, epoch));
    expect(refused.every((error) => isRouteError(error, 'STORE_ERROR') && error.epoch !== undefined)).toBe(
      true,
    );
    expect(await linked()).toEqual([]);
    const next = await epochOf(executors);
    await together(60, (at) => place(`user-${at}`, next));
    expect(await linked()).toHaveLength(60);
  });

  it('is not left while a slot moves, and calls follow it', async () => {
    const epoch = await epochOf(executors);
    const from = await cluster.owner(linkKey('ada'));
    const to = cluster.nodes.find(({ id, role }) => role === 'master' && id !== from.id)!;
    const slot = await from.client.cluster('KEYSLOT', linkKey('ada'));
    await cluster.migrateSlot(slot, from, to);
    expect(await place('ada', epoch)).toMatchObject({ created: true });
    expect(await to.client.exists(linkKey('ada'))).toBe(1);
    expect(await epochOf(executors)).toBe(epoch);
    await cluster.migrateSlot(slot, to, from);
  });

  it('ends when a replica becomes the master, though the connection to the former master stays', async () => {
    await together(60, (at) => executors.stateful.getLink(ns, `user-${at}`, 'room'));
    const epoch = await epochOf(executors);
    const former = await cluster.owner(linkKey('ada'));
    const replica = cluster.nodes[cluster.nodes.indexOf(former) + 3]!;
    await replica.client.cluster('FAILOVER');
    // Until it knows of its successor it takes writes itself.
    await expect.poll(async () => (await former.client.role())[0], { timeout: 10_000 }).toBe('slave');
    const calls = await outcomes(20, () => place('ada', epoch));
    for (const call of calls) expect(isRouteError(call)).toBe(true);
    expect(await linked()).toEqual([]);
    await vi.waitFor(async () => place('ada', await epochOf(executors)), { timeout: 10_000 });
    expect(await epochOf(executors)).toBeGreaterThan(epoch);
    expect(await linked()).toContain(linkKey('ada'));
  });
});
