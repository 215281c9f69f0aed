import { type Executors, PERSIST_FOREVER } from '@stateful-route/core';
import { uniqueNamespace } from '@stateful-route/testkit/redis';
import { type ClusterTopology, startCluster } from '@stateful-route/harness';
import * as fc from 'fast-check';
import { Cluster } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { slotOf } from '../src/client/cluster-slots.ts';
import { createRedisExecutors, safeClusterOptions } from '../src/index.ts';
import { outcomes, together } from './support/counted-executors.ts';
import { commandCount, writtenToMasters } from './support/written-to-masters.ts';

let cluster: ClusterTopology;
let client: Cluster;
let executors: Executors;
let ns: string;

beforeAll(async () => {
  cluster = await startCluster({ replicas: 0 });
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
const uidOf = (at: number): string => `user-${at}`;

/** As many uids for each node. */
async function spreadUids(perNode: number): Promise<string[]> {
  const found = new Map(cluster.nodes.map(({ id }) => [id, [] as string[]]));
  for (let at = 0; [...found.values()].some(({ length }) => length < perNode); at++) {
    const uids = found.get((await cluster.owner(linkKey(uidOf(at)))).id)!;
    if (uids.length < perNode) uids.push(uidOf(at));
  }
  return [...found.values()].flat();
}

describe('calls of one tick on a cluster', () => {
  it('are one write for each node, whichever keys there are', async () => {
    const uids = await spreadUids(10);
    await executors.stateful.batchGetLink(ns, uids, 'room');
    // New executors know of no load.
    const [placing, looking] = [createRedisExecutors({ client }), createRedisExecutors({ client })];
    let placed: unknown;
    const writesOfPlacements = await writtenToMasters(client, async () => {
      placed = await together(uids.length, (at) =>
        placing.stateful.setLinkedPodIfAbsent(ns, uids[at]!, 'room', at, 60),
      );
    });
    let found: unknown;
    const writesOfLookUps = await writtenToMasters(client, async () => {
      found = await together(uids.length, (at) => looking.stateful.getLinkedPod(ns, uids[at]!, 'room'));
    });
    expect(placed).toMatchObject(uids.map((_, podId) => ({ podId, created: true })));
    expect(found).toEqual(uids.map((_, at) => at));
    expect(writesOfPlacements.map(commandCount)).toEqual([10, 10, 10]);
    expect(writesOfLookUps.map(commandCount)).toEqual([10, 10, 10]);
  });

  it('look a user up by a plain GET, where they are alone', async () => {
    await executors.stateful.getLinkedPod(ns, 'ada', 'room');
    const written = await writtenToMasters(client, () => executors.stateful.getLinkedPod(ns, 'ada', 'room'));
    const key = linkKey('ada');
    expect(written).toEqual([`*2\r\n$3\r\nget\r\n$${key.length}\r\n${key}\r\n`]);
  });

  it('keep the order of each uid, from the first call of a client on', async () => {
    const fresh = connected();
    const own = createRedisExecutors({ client: fresh });
    const replies = await together(120, (at) => {
      const uid = uidOf(at);
      return Promise.all([
        own.stateful.getLinkedPod(ns, uid, 'room'),
        own.stateful.setLinkedPod(ns, uid, 'room', at, PERSIST_FOREVER),
        own.stateful.getLinkedPod(ns, uid, 'room'),
        own.stateful.getLinkService(ns, uid),
        own.stateful.removeLinkedPod(ns, uid, 'room'),
        own.stateful.getLinkService(ns, uid),
      ]);
    });
    const forced = { token: expect.any(Number) as unknown };
    expect(replies).toMatchObject(
      replies.map((_, at) => [undefined, forced, at, new Map([['room', at]]), true, new Map()]),
    );
    await own.close();
    fresh.disconnect();
  });

  it('keep it where the nodes are known, and know the scripts', async () => {
    const { stateful } = executors;
    const uids = await spreadUids(2);
    const calls = () =>
      together(uids.length, (at) =>
        Promise.all([
          stateful.trySetLinkedPod(ns, uids[at]!, 'room', at, PERSIST_FOREVER).then(({ linked }) => linked),
          stateful.getLinkService(ns, uids[at]!),
          stateful.removeLinkedPod(ns, uids[at]!, 'room'),
          stateful.getLinkedPod(ns, uids[at]!, 'room'),
        ]),
      );
    await calls();
    await Promise.all(uids.map((uid) => stateful.removeLinkedPod(ns, uid, 'room')));
    expect(await calls()).toEqual(uids.map((_, at) => [true, new Map([['room', at]]), true, undefined]));
  });

  it.each<[string, (uid: string, at: number) => Promise<unknown>]>([
    ['getLinkedPod', (uid) => executors.stateful.getLinkedPod(ns, uid, 'room')],
    ['getLink', (uid) => executors.stateful.getLink(ns, uid, 'room')],
    ['setLinkedPodIfAbsent', (uid, at) => executors.stateful.setLinkedPodIfAbsent(ns, uid, 'room', at, 60)],
    [
      'trySetLinkedPod',
      (uid, at) => executors.stateful.trySetLinkedPod(ns, uid, 'room', at, PERSIST_FOREVER),
    ],
  ])('fail alone where one key is damaged: %s', async (_, call) => {
    const damaged = linkKey('user-7');
    await (await cluster.owner(damaged)).client.rpush(damaged, 'a list');
    const replies = await outcomes(120, (at) => call(uidOf(at), at));
    expect([...replies.keys()].filter((at) => replies[at] instanceof Error)).toEqual([7]);
    expect(replies[7]).toMatchObject({ code: 'STORE_ERROR', retryable: false });
  });

  it('reach nodes that have forgotten the scripts', async () => {
    const { stateful } = executors;
    const place = () => together(90, (at) => stateful.setLinkedPodIfAbsent(ns, uidOf(at), 'room', at, 60));
    await place();
    for (const node of cluster.nodes) await node.client.script('FLUSH');
    const placed = await place();
    expect(placed).toMatchObject(placed.map((_, podId) => ({ podId, created: false })));
  });

  it('end alone by a signal, and do nothing where they were not sent before', async () => {
    const { stateful } = createRedisExecutors({ client });
    const [reason, controller] = [new Error('no longer wanted'), new AbortController()];
    const replies = outcomes(90, (at) =>
      stateful.setLinkedPodIfAbsent(ns, uidOf(at), 'room', at, 60, {
        signal: at === 40 ? controller.signal : undefined,
      }),
    );
    controller.abort(reason);
    for (const [at, reply] of (await replies).entries()) {
      if (at === 40) expect(reply).toBe(reason);
      else expect(reply).toMatchObject({ podId: at, created: true });
    }
    expect(await stateful.getLinkedPod(ns, uidOf(40), 'room')).toBeUndefined();
  });
});

describe('calls of one tick, some of which a node redirects', () => {
  /** Moves the keys of a user's slot, of which the node still is the owner until the second function is called. */
  async function halfMoved(uid: string): Promise<() => Promise<void>> {
    const from = await cluster.owner(linkKey(uid));
    const to = cluster.nodes.find(({ id }) => id !== from.id)!;
    const slot = await from.client.cluster('KEYSLOT', linkKey(uid));
    await to.client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id);
    await from.client.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id);
    const keys = (await from.client.call('CLUSTER', 'GETKEYSINSLOT', slot, 1_000)) as string[];
    if (keys.length > 0) await from.client.call('MIGRATE', to.host, to.port, '', 0, 5_000, 'KEYS', ...keys);
    return () => cluster.migrateSlot(slot, from, to);
  }

  it('are all answered, wherever their keys are', async () => {
    const { stateful } = executors;
    const uids = await spreadUids(10);
    const claim = () =>
      together(uids.length, (at) =>
        stateful.trySetLinkedPod(ns, uids[at]!, 'room', at, PERSIST_FOREVER).then(({ token }) => token),
      );
    const find = () => together(uids.length, (at) => stateful.getLinkedPod(ns, uids[at]!, 'room'));
    const expected = uids.map((_, at) => at);
    const tokens = await claim();
    const moves = [await halfMoved(uids[0]!), await halfMoved(uids[15]!)];
    // By ASK.
    expect(await find()).toEqual(expected);
    expect(await claim()).toEqual(tokens);
    for (const end of moves) await end();
    // By MOVED.
    expect(await find()).toEqual(expected);
    expect(await claim()).toEqual(tokens);
    // The client knows by now.
    const written = await writtenToMasters(client, find);
    expect(written.map(commandCount).reduce((sum, count) => sum + count)).toBe(uids.length);
  });

  it('wait for the slot of a new user that is on its way, and for no other', async () => {
    const { stateful } = executors;
    const uids = await spreadUids(10);
    const end = await halfMoved(uids[3]!);
    const placements = uids.map((uid, at) => stateful.setLinkedPodIfAbsent(ns, uid, 'room', at, 60));
    const [waiting] = placements.splice(3, 1);
    expect(await Promise.all(placements)).toMatchObject(placements.map(() => ({ created: true })));
    // Until then the new owner refuses: it cannot know whether all keys have arrived.
    await end();
    expect(await waiting).toMatchObject({ podId: 3, created: true });
  });

  it('lose none, and no order, while slots move', async () => {
    const { stateful } = executors;
    const uids = await spreadUids(8);
    const over = new AbortController();
    const load = uids.map(async (uid, podId) => {
      for (let round = 0; !over.signal.aborted || round === 0; round++) {
        const claimed = await stateful.trySetLinkedPod(ns, uid, 'room', podId, PERSIST_FOREVER);
        expect(claimed).toMatchObject({ linked: true, podId });
        expect(await stateful.getLinkedPod(ns, uid, 'room')).toBe(podId);
        expect(await stateful.removeLinkedPodWithId(ns, uid, 'room', podId)).toBe(true);
        expect(await stateful.setLinkedPodIfAbsent(ns, uid, 'room', podId, 60)).toMatchObject({ podId });
      }
    });
    const moves = async (): Promise<void> => {
      for (const uid of [...uids, ...uids]) {
        const from = await cluster.owner(linkKey(uid));
        const to = cluster.nodes.find(({ id }) => id !== from.id)!;
        await cluster.migrateSlot(await from.client.cluster('KEYSLOT', linkKey(uid)), from, to);
      }
      over.abort();
    };
    await Promise.all([moves(), ...load]);
  });
});

describe('calls of one tick whose connection is lost', () => {
  it('end at once, and only those of that node', async () => {
    const { stateful } = executors;
    const uids = await spreadUids(10);
    const owner = await cluster.owner(linkKey(uids[0]!));
    await owner.client.client('PAUSE', 200, 'ALL');
    const begun = performance.now();
    const results = outcomes(uids.length, (at) =>
      stateful.setLinkedPodIfAbsent(ns, uids[at]!, 'room', at, 60),
    );
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    client
      .nodes('master')
      .find(({ options }) => options.port === owner.port)!
      .disconnect();
    for (const [at, result] of (await results).entries()) {
      if (at < 10) expect(result).toMatchObject({ code: 'TIMEOUT', effect: 'unknown', retryable: true });
      else expect(result).toMatchObject({ podId: at, created: true });
    }
    expect(performance.now() - begun).toBeLessThan(4_000);
    expect(
      await together(uids.length, (at) => stateful.setLinkedPodIfAbsent(ns, uids[at]!, 'room', at, 60)),
    ).toMatchObject(uids.map((_, podId) => ({ podId })));
  });
});

describe('the slot of a key', () => {
  it('is the one that a server computes', async () => {
    const [node] = cluster.nodes;
    const part = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom('{', '}', 'sf:', 'é', '€', '🙂'),
    );
    const keys = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(keys, async (key) => {
        expect(slotOf(key)).toBe(await node!.client.cluster('KEYSLOT', key));
      }),
      { numRuns: 300 },
    );
  });
});
