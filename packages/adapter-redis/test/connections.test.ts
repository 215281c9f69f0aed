import { once } from 'node:events';
import { Cluster, Redis } from 'ioredis';
import { describe, expect, it, vi } from 'vitest';
import { createRedisExecutors, safeClusterOptions, safeRedisOptions } from '../src/index.ts';
import { redisFixture } from './support/redis-fixture.ts';

const fixture = redisFixture();

/** The connections whose name begins so. */
async function connectionsNamed(prefix: string): Promise<string[]> {
  const all = String(await fixture.redis.client('LIST'));
  return [...all.matchAll(/ name=(\S*)/g)].map(([, name]) => name!).filter((name) => name.startsWith(prefix));
}

const urlNamed = (name: string): string => `${fixture.server.url}?connectionName=${name}`;

describe("a user's client", () => {
  it('is left open by close(), which ends only the connection of the feed', async () => {
    const { ns, server } = fixture;
    const client = new Redis(server.url, safeRedisOptions({ connectionName: ns }));
    const executors = createRedisExecutors({ client });
    await executors.feed.subscribe(ns, 'room', () => {});
    expect((await connectionsNamed(ns)).toSorted()).toEqual([ns, `${ns}:feed`]);
    await executors.close();
    await expect.poll(() => connectionsNamed(ns)).toEqual([ns]);
    expect(await client.ping()).toBe('PONG');
    client.disconnect();
  });

  it('serves many executors at once, and keeps serving when one is closed', async () => {
    const { ns, server } = fixture;
    const client = new Redis(server.url, safeRedisOptions());
    const [one, other] = [createRedisExecutors({ client }), createRedisExecutors({ client })];
    await one.stateful.setLinkedPod(ns, 'ada', 'room', 1, 60);
    await one.close();
    expect(await other.stateful.getLinkedPod(ns, 'ada', 'room')).toBe(1);
    client.disconnect();
  });

  it('is connected at the first call where it was made lazy', async () => {
    const { ns, server } = fixture;
    const client = new Redis(server.url, safeRedisOptions({ lazyConnect: true }));
    const { stateful } = createRedisExecutors({ client });
    expect(client.status).toBe('wait');
    const both = await Promise.all([stateful.getLink(ns, 'a', 'room'), stateful.getLink(ns, 'b', 'room')]);
    expect(both).toMatchObject([{ permanent: false }, { permanent: false }]);
    client.disconnect();
  });

  it('that was closed by its user is an error that no repetition helps', async () => {
    const client = new Redis(fixture.server.url, safeRedisOptions());
    await once(client, 'ready');
    await client.quit();
    await expect.poll(() => client.status).toBe('end');
    const { stateful } = createRedisExecutors({ client });
    await expect(stateful.getLink(fixture.ns, 'ada', 'room')).rejects.toMatchObject({
      code: 'STORE_ERROR',
      retryable: false,
    });
  });

  it('that hands numbers out as strings, or speaks the older protocol, serves as well', async () => {
    const { ns, server } = fixture;
    for (const options of [{ stringNumbers: true }, { protocol: 2 as const }]) {
      const client = new Redis(server.url, safeRedisOptions(options));
      const executors = createRedisExecutors({ client });
      const received = vi.fn<(event: unknown) => void>();
      await executors.feed.subscribe(ns, 'room', received);
      await executors.server.setPodIntent(ns, 'room', 0, 'drain');
      await expect.poll(() => received).toHaveBeenCalled();
      expect(await executors.stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 2, 60)).toMatchObject({
        podId: 2,
      });
      expect((await executors.stateful.getServiceState(ns, 'room')).storeTime).toBeGreaterThan(1.7e12);
      await executors.close();
      client.disconnect();
    }
  });

  it.each([
    ['Redis', new Redis({ lazyConnect: true }), new Redis(safeRedisOptions({ lazyConnect: true }))],
    [
      'Cluster',
      new Cluster([], { lazyConnect: true }),
      new Cluster([], safeClusterOptions({ lazyConnect: true })),
    ],
  ])('that may send a command twice is reported to the log: %s', (_, risky, safe) => {
    const warn = vi.fn<(fields: object, message: string) => void>();
    const logger = { debug: () => {}, info: () => {}, warn, error: () => {} };
    createRedisExecutors({ client: safe, logger });
    expect(warn).not.toHaveBeenCalled();
    createRedisExecutors({ client: risky, logger });
    expect(warn).toHaveBeenCalledTimes(1);
  });
});

describe('an own client', () => {
  it('is made at the first call, and ended by close() with the connection of the feed', async () => {
    const { ns } = fixture;
    const executors = createRedisExecutors({ url: urlNamed(ns) });
    expect(await connectionsNamed(ns)).toEqual([]);
    await executors.stateful.getLink(ns, 'ada', 'room');
    await executors.feed.subscribe(ns, 'room', () => {});
    expect((await connectionsNamed(ns)).toSorted()).toEqual([ns, `${ns}:feed`]);
    await executors.close();
    await expect.poll(() => connectionsNamed(ns)).toEqual([]);
  });

  it('may be closed before it was used, and twice', async () => {
    const executors = createRedisExecutors({ url: fixture.server.url });
    await expect(executors.close()).resolves.toBeUndefined();
    await expect(executors.close()).resolves.toBeUndefined();
  });

  it('refuses calls after close(), and lets earlier ones end', async () => {
    const { ns } = fixture;
    const executors = createRedisExecutors({ url: fixture.server.url });
    await executors.stateful.getServiceState(ns, 'room');
    const earlier = executors.stateful.setLinkedPod(ns, 'ada', 'room', 1, 60);
    await executors.close();
    expect(await earlier).toEqual({});
    for (const late of [
      executors.stateful.getLink(ns, 'ada', 'room'),
      executors.stateful.batchGetLink(ns, [], 'room'),
      executors.server.listServices(ns),
      executors.feed.subscribe(ns, 'room', () => {}),
    ]) {
      await expect(late).rejects.toMatchObject({ code: 'NOT_RUNNING' });
    }
  });
});

describe('scripts', () => {
  it('are sent again when the server has forgotten them, unnoticed by callers', async () => {
    const { executors, redis, ns } = fixture;
    const uids = Array.from({ length: 20 }, (_, at) => `user-${at}`);
    for (let round = 0; round < 5; round++) {
      await redis.script('FLUSH');
      await Promise.all(uids.map((uid) => executors.stateful.setLinkedPodIfAbsent(ns, uid, 'room', 3, 60)));
      await redis.script('FLUSH');
      expect((await executors.stateful.batchGetLinkedPod(ns, uids, 'room')).get(3)).toEqual(uids);
    }
  });

  it('cost one round trip, also for an unused server; the first reading has its time', async () => {
    const client = new Redis(fixture.server.url, safeRedisOptions());
    await once(client, 'ready');
    const { stateful } = createRedisExecutors({ client });
    const send = vi.spyOn(client, 'sendCommand');
    await fixture.redis.script('FLUSH');
    await stateful.getServiceState(fixture.ns, 'room');
    await stateful.setLinkedPodIfAbsent(fixture.ns, 'ada', 'room', 1, 60);
    expect(send).toHaveBeenCalledTimes(2);
    client.disconnect();
  });
});
