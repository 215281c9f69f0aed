import { describeExecutors, uniqueNamespace } from '@stateful-route/testkit/conformance';
import { type AclRedis, startAclRedis } from '@stateful-route/harness';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRedisExecutors, safeRedisOptions } from '../src/index.ts';
import { readmeRights } from './support/acl-rule.ts';
import { rawWrites } from './support/raw-writes.ts';

let server: AclRedis;

beforeAll(async () => {
  server = await startAclRedis({ rules: readmeRights() });
});
afterAll(() => server.stop());

async function pings(): Promise<number> {
  return Number(/^cmdstat_ping:calls=(\d+)/m.exec(await server.client.info('commandstats'))?.[1] ?? 0);
}

// The last of them looks at what the others used.
describe('in this order', { shuffle: false }, () => {
  describeExecutors(
    // Its tests keep to namespaces of their own, and wait side by side.
    { describe, it: it.concurrent, expect },
    {
      name: 'redis, as the user of the README',
      capabilities: { clock: 'real', rawWrites: true },
      create: () => {
        const executors = createRedisExecutors({ url: server.url });
        return { executors, raw: rawWrites(server.client), close: () => executors.close() };
      },
    },
  );

  describe('the user of the README', () => {
    it('may nothing in namespaces that are not its own', async () => {
      const executors = createRedisExecutors({ url: server.url });
      const calls: (() => Promise<unknown>)[] = [
        () => executors.stateful.getLink('others', 'ada', 'room'),
        () => executors.stateful.setLinkedPod('others', 'ada', 'room', 1, 60),
        () => executors.feed.subscribe('others', 'room', () => {}),
        () => executors.server.listServices('others'),
      ];
      for (const call of calls) {
        await expect(call()).rejects.toMatchObject({
          code: 'STORE_ERROR',
          retryable: false,
          message: expect.stringContaining('NOPERM'),
        });
      }
      await executors.close();
    });

    it('is refused in those alone, where calls in its own are made in the same tick', async () => {
      const executors = createRedisExecutors({ url: server.url });
      const ns = uniqueNamespace();
      const places = Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? ns : 'others'));
      const replies = await Promise.all(
        places.map((place, at) =>
          executors.stateful
            .setLinkedPodIfAbsent(place, `user-${at}`, 'room', at, 60)
            .catch((error: unknown) => error),
        ),
      );
      expect(replies).toMatchObject(
        places.map((place, at) => (place === ns ? { podId: at } : { code: 'STORE_ERROR', retryable: false })),
      );
      await executors.close();
    });

    it('misses no right that the client asks for behind the scenes', async () => {
      const client = new Redis(server.url, safeRedisOptions({ connectionName: 'named' }));
      const executors = createRedisExecutors({ client });
      const ns = uniqueNamespace();
      const unsubscribe = await executors.feed.subscribe(ns, 'room', () => {});
      await executors.feed.subscribe(ns, 'lobby', () => {});
      await unsubscribe();
      await server.client.script('FLUSH');
      await executors.stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 1, 60);
      await executors.stateful.batchGetLinkedPod(ns, ['ada'], 'room');
      // The feed asks now and then whether it is still connected.
      await expect.poll(pings).toBeGreaterThan(0);
      await executors.close();
      await client.quit();
      const log = (await server.client.call('ACL', 'LOG')) as unknown[][];
      const missed = log.map((entry) => entry[entry.indexOf('object') + 1]);
      // What a test above was refused, as it had to be; a server before 7.2 has no CLIENT SETINFO to allow.
      expect(missed.filter((object) => !/^sf:\{others:|^client\|setinfo$/.test(String(object)))).toEqual([]);
    });
  });

  describe('each right of the README', () => {
    it('is granted once, and was used by the tests above', async () => {
      const rights = readmeRights().flatMap((word) => (word.startsWith('+') ? [word.slice(1)] : []));
      const stats = await server.client.info('commandstats');
      const used = new Set([...stats.matchAll(/^cmdstat_([^:]+):/gm)].map(([, name]) => name));
      expect(rights.filter((right) => !used.has(right))).toEqual([]);
      expect(new Set(rights).size).toBe(rights.length);
    });
  });
});
