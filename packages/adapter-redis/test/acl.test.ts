import { type Executors, PERSIST_FOREVER, silentLogger } from '@stateful-route/core';
import { type AclRedis, startAclRedis } from '@stateful-route/harness';
import { uniqueNamespace } from '@stateful-route/testkit/redis';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createRedisExecutors, safeRedisOptions } from '../src/index.ts';
import { readmeRights } from './support/acl-rule.ts';
import { everyOperation, operations } from './support/every-operation.ts';

// One call of each operation. cluster.test.ts runs the whole contract as a user with these rights and those of a Cluster.
let server: AclRedis;
beforeAll(async () => {
  server = await startAclRedis({ rules: readmeRights() });
});
afterAll(() => server.stop());

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

function executorsOf(client?: Redis): Executors {
  const executors = createRedisExecutors(client ? { client } : { url: server.url });
  ends.push(() => executors.close());
  return executors;
}

/** Empties the ACL log; the rights and keys that were refused since the last time. */
async function refused(): Promise<unknown[]> {
  const log = (await server.client.call('ACL', 'LOG')) as unknown[][];
  await server.client.call('ACL', 'LOG', 'RESET');
  // The client works without CLIENT SETINFO, which servers before 7.2 do not have.
  return log.map((entry) => entry[entry.indexOf('object') + 1]).filter((right) => right !== 'client|setinfo');
}

/** The commands that the server has run, by `command` or `command|subcommand`. */
async function commands(): Promise<Set<string>> {
  const stats = await server.client.info('commandstats');
  return new Set([...stats.matchAll(/^cmdstat_([^:]+):/gm)].map(([, name]) => name!));
}

// The last test counts what the ones before it used.
describe('the user of the README', { shuffle: false }, () => {
  it('has the rights for every operation', async () => {
    expect(await everyOperation(executorsOf(), uniqueNamespace())).toEqual({});
    expect(await refused()).toEqual([]);
  });

  it('has the rights for a named client, for scripts that the server has lost, and for pings', async () => {
    const client = new Redis(server.url, safeRedisOptions({ connectionName: 'named' }));
    ends.push(() => client.disconnect());
    const { stateful, feed } = executorsOf(client);
    const ns = uniqueNamespace();
    const unsubscribe = await feed.subscribe(ns, 'room', () => {});
    await feed.subscribe(ns, 'lobby', () => {});
    await unsubscribe();
    await server.client.script('FLUSH');
    await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 1, 60);
    // Makes the temporary link permanent.
    await stateful.setLinkedPod(ns, 'ada', 'room', 1, PERSIST_FOREVER);
    // The feed pings its connection every few seconds.
    await expect.poll(async () => (await commands()).has('ping')).toBe(true);
    expect(await refused()).toEqual([]);
  });

  it('whose rights are of a release without a journal sends heartbeats all the same', async () => {
    const missing = [
      '+xadd',
      '+xlen',
      '+xrange',
      '+xrevrange',
      '+lrange',
      '+lset',
      '+lrem',
      '+rpush',
      '+zadd',
    ];
    const older = await startAclRedis({ rules: readmeRights().filter((right) => !missing.includes(right)) });
    ends.push(() => older.stop());
    const executors = createRedisExecutors({ url: older.url, logger: silentLogger });
    ends.push(() => executors.close());
    const failures = await everyOperation(executors, uniqueNamespace());
    expect(Object.keys(failures).toSorted()).toEqual([
      'announceCaller',
      'giveOrder',
      'orderDone',
      'quarantineUser',
      'readJournal',
      'removeServiceState',
      'reportDead',
      'setFrozen',
      'setPodIntent',
      'takeOrder',
      'unquarantineUser',
      'writeJournal',
    ]);
  });

  it('can do nothing in other namespaces', async () => {
    const failures = await everyOperation(executorsOf(), 'others');
    const denied = { code: 'STORE_ERROR', retryable: false, message: expect.stringContaining('NOPERM') };
    expect(failures).toMatchObject(Object.fromEntries(operations.map((operation) => [operation, denied])));
  });

  it('is refused there alone, where the same tick has calls in its own namespaces', async () => {
    const { stateful } = executorsOf();
    const ns = uniqueNamespace();
    const places = Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? ns : 'others'));
    const replies = await Promise.all(
      places.map((place, at) =>
        stateful.setLinkedPodIfAbsent(place, `user-${at}`, 'room', at, 60).catch((error: unknown) => error),
      ),
    );
    expect(replies).toMatchObject(
      places.map((place, at) => (place === ns ? { podId: at } : { code: 'STORE_ERROR', retryable: false })),
    );
  });

  it('has each right once, and none that was not used above', async () => {
    const rights = readmeRights().flatMap((word) => (word.startsWith('+') ? [word.slice(1)] : []));
    const used = await commands();
    expect(rights.filter((right) => !used.has(right))).toEqual([]);
    expect(new Set(rights).size).toBe(rights.length);
  });
});
