import { type Executors, PERSIST_FOREVER } from '@stateful-route/core';
import { uniqueNamespace } from '@stateful-route/testkit/redis';
import { type ClusterTopology, startCluster } from '@stateful-route/harness';
import { Cluster } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRedisExecutors, safeClusterOptions } from '../src/index.ts';
import { outcomes, together } from './support/counted-executors.ts';

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
  it('are one pipeline for each node, whichever keys there are', async () => {
    const uids = await spreadUids(10);
    await executors.stateful.batchGetLink(ns, uids, 'room');
    const pipelines = vi.spyOn(client, 'pipeline');
    // New executors know of no load.
    const [placing, looking] = [createRedisExecutors({ client }), createRedisExecutors({ client })];
    const placed = await together(uids.length, (at) =>
      placing.stateful.setLinkedPodIfAbsent(ns, uids[at]!, 'room', at, 60),
    );
    expect(pipelines).toHaveBeenCalledTimes(3);
    const found = await together(uids.length, (at) => looking.stateful.getLinkedPod(ns, uids[at]!, 'room'));
    expect(pipelines).toHaveBeenCalledTimes(6);
    pipelines.mockRestore();
    expect(placed).toMatchObject(uids.map((_, podId) => ({ podId, created: true })));
    expect(found).toEqual(uids.map((_, at) => at));
  });

  it('look a user up by a plain GET, where they are alone', async () => {
    await executors.stateful.getLinkedPod(ns, 'ada', 'room');
    const sent = vi.spyOn(client, 'sendCommand');
    await executors.stateful.getLinkedPod(ns, 'ada', 'room');
    const names = sent.mock.calls.map(([command]) => command.name);
    sent.mockRestore();
    expect(names).toEqual(['get']);
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
