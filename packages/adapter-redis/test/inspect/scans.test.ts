import { PERSIST_FOREVER, silentLogger } from '@stateful-route/core';
import type { KeyFault } from '@stateful-route/core/adapter';
import { startCluster, startRedis } from '@stateful-route/harness';
import { ManualClock } from '@stateful-route/core/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { uniqueNamespace } from '@stateful-route/testkit/redis';
import { Cluster, Redis } from 'ioredis';
import { openRedisStore, type RedisSettings, type RedisStore } from '../../src/index.ts';
import { collect } from '../support/collect.ts';
import { report } from '../support/redis-fixture.ts';

interface Servers {
  readonly settings: RedisSettings;
  readonly client: Redis | Cluster;
  stop(): Promise<void>;
}

const kinds: readonly [string, () => Promise<Servers>][] = [
  [
    'one server',
    async () => {
      const { url, stop } = await startRedis();
      return { settings: { url }, client: new Redis(url), stop };
    },
  ],
  [
    'a Cluster',
    async () => {
      const { nodes, stop } = await startCluster({ replicas: 0 });
      const cluster = nodes.map(({ host, port }) => `${host}:${port}`);
      return {
        settings: { cluster },
        client: new Cluster(nodes.map(({ host, port }) => ({ host, port }))),
        stop,
      };
    },
  ],
];

describe.each(kinds)('on %s', (_, start) => {
  let servers: Servers;
  let store: RedisStore;
  let ns: string;
  beforeAll(async () => {
    servers = await start();
    store = openRedisStore(servers.settings, { logger: silentLogger });
  });
  beforeEach(() => {
    ns = uniqueNamespace();
  });
  afterAll(async () => {
    await store.close();
    servers.client.disconnect();
    await servers.stop();
  });

  const faults = (): Promise<KeyFault[]> => collect(store.inspector.scanFaults(ns));

  it('finds every link of a namespace, or of one service, whatever its name is', async () => {
    const { stateful } = store.executors;
    const uids = Array.from({ length: 1_200 }, (_, at) => `user:${at} *?[é]`);
    await Promise.all(uids.map((uid) => stateful.setLinkedPodIfAbsent(ns, uid, 'room', 1, 60)));
    await stateful.trySetLinkedPod(ns, 'ada', 'chat', 1, PERSIST_FOREVER);
    await stateful.trySetLinkedPod(`${ns}x`, 'ada', 'room', 1, PERSIST_FOREVER);

    const found = await collect(store.inspector.scanLinks(ns, { keysPerSecond: 1_000_000 }));
    expect(new Set(found.map(({ uid, serviceName }) => `${serviceName}/${uid}`))).toEqual(
      new Set(['chat/ada', ...uids.map((uid) => `room/${uid}`)]),
    );
    expect(await collect(store.inspector.scanLinks(ns, { serviceName: 'chat' }))).toEqual([
      { uid: 'ada', serviceName: 'chat' },
    ]);
  });

  it('finds no fault in what the library writes', async () => {
    const { stateful, server } = store.executors;
    await server.registerService(ns, 'room');
    await server.setGlobalServiceNameTag(ns, 'tag', 'room');
    await server.setPodIntent(ns, 'room', 1, 'drain');
    await stateful.setServiceState(ns, 'room', 1, report('a', 0));
    await stateful.setWorkloadState(ns, 'room', { state: 'READY', replicas: 1, readyReplicas: 1 });
    await stateful.enterRoster(ns, 'room', 1, 'ada', { incarnation: 'a' });
    await stateful.trySetLinkedPod(ns, 'ada', 'room', 1, PERSIST_FOREVER, { incarnation: 'a' });
    await stateful.trySetLinkedPod(ns, 'eve', 'room', 1, PERSIST_FOREVER);
    await stateful.removeLinkedPod(ns, 'eve', 'room');
    await stateful.trySetLinkedPod(ns, 'bob', 'room', 1, PERSIST_FOREVER);
    await stateful.removeLinkedPod(ns, 'bob', 'room', { keepSeconds: 60 });
    await stateful.setLinkedPodIfAbsent(ns, 'joe', 'room', 1, 60);
    await stateful.replaceLinkedPod(ns, 'joe', 'room', 1, 2, 60, { why: 'moved', by: 'carol' });
    const order = { id: '1', kind: 'move', uid: 'ada', until: Date.now() + 60_000, by: 'carol' } as const;
    await server.giveOrder(ns, 'room', 1, order);
    await server.writeJournal(ns, 'room', { type: 'kicked', podId: 1, uid: 'eve', by: 'carol' });
    expect(await faults()).toEqual([]);
  });

  it.each([
    ['SET', 'lk:ada}room', 'x', 'is a link to no podId'],
    ['SET', 'lk:ada}room', '01', 'is a link to no podId'],
    ['HSET', 'lk:ada}room', 'a', '1', 'is no string'],
    ['SET', 'lk:ada}', 'x', 'is no hash'],
    ['HSET', 'lk:ada}', 'room', 'x', "names no podId for service 'room'"],
    ['HSET', 'lk:ada}:token', 'room', 'x', "has no token record for service 'room'"],
    ['SET', 'state:room}', 'x', 'is no hash'],
    ['SET', 'state:room}:info', 'x', 'is no hash'],
    ['HSET', 'state:room}:info', '3', '{', 'has details of pod 3 that cannot be read'],
    ['HSET', 'state:room}:info', '3', '{"state":"READY"}', 'has details of pod 3 that cannot be read'],
    ['HSET', 'state:room}:info', 'x', '{}', "has the field 'x', which is no podId"],
    ['HSET', 'state:room}:info', '@since', 'x', "has '@since', which is no number"],
    ['HSET', 'state:room}:intent', '3', 'dran', "has 'dran' for pod 3, which is no intent"],
    ['SET', 'state:room}:roster:3', 'x', 'is no hash'],
    ['SET', 'state:room}:journal', 'x', 'is no stream'],
    ['SET', 'state:room}:orders:3', 'x', 'is no list'],
    ['LPUSH', 'workload:room}', 'x', 'is no string'],
    ['SET', 'workload:room}:info', 'x', 'is no JSON'],
    ['HSET', 'tag:a', 'x', 'y', 'is no string'],
    ['SET', 'services}', 'x', 'is no hash'],
  ])('finds damage: %s %s', async (command, rest, ...words) => {
    const problem = words.pop()!;
    const key = `sf:{${ns}:${rest}${rest.includes('}') ? '' : '}'}`;
    await servers.client.call(command, key, ...words);
    const found = await faults();
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ kind: 'damage', level: 'error', subject: key });
    expect(found[0]!.problem).toContain(problem);
    expect(found[0]!.remedy).not.toContain('KEY ');
  });

  it.each([
    [
      'an index of another pod',
      async (client: Redis | Cluster) => client.hset(`sf:{${ns}:lk:ada}`, 'room', '2'),
      "the list of the user's claims names pod 2, but the link is a claim of pod 1",
    ],
    [
      'an index without a link',
      async (client: Redis | Cluster) => client.del(`sf:{${ns}:lk:ada}room`),
      "the list of the user's claims names pod 1, but the link is gone",
    ],
    [
      'an index of a temporary link',
      async (client: Redis | Cluster) => client.expire(`sf:{${ns}:lk:ada}room`, 100),
      "the list of the user's claims names pod 1, but the link is a temporary one to pod 1",
    ],
    [
      'a claim without an index',
      async (client: Redis | Cluster) => client.del(`sf:{${ns}:lk:ada}`),
      "the list of the user's claims names no pod, but the link is a claim of pod 1",
    ],
    [
      'a claim without a token',
      async (client: Redis | Cluster) => client.del(`sf:{${ns}:lk:ada}:token`),
      'the claim of pod 1 has no token, as one that the older sides, or a person, wrote',
    ],
    [
      'a claim with the token of another pod',
      async (client: Redis | Cluster) => client.hset(`sf:{${ns}:lk:ada}:token`, 'room', '7:2:15000:x'),
      'the claim of pod 1 has no token, as one that the older sides, or a person, wrote',
    ],
  ])('finds a mismatch: %s', async (_, plant, problem) => {
    await store.executors.stateful.trySetLinkedPod(ns, 'ada', 'room', 1, PERSIST_FOREVER);
    await plant(servers.client);
    const found = await faults();
    expect(new Set(found.map((fault) => fault.problem))).toEqual(new Set([problem]));
    expect(found[0]).toMatchObject({ kind: 'mismatch', level: 'warning', subject: 'ada of room' });
  });

  it('finds no mismatch while links change', async () => {
    const { stateful } = store.executors;
    const change = { goesOn: true };
    const changing = Array.from({ length: 20 }, async (_, at) => {
      for (let turn = 0; change.goesOn; turn++) {
        await stateful.trySetLinkedPod(ns, `user-${at}`, 'room', turn % 3, PERSIST_FOREVER);
        await stateful.removeLinkedPod(ns, `user-${at}`, 'room', turn % 2 ? {} : { keepSeconds: 60 });
      }
    });
    const found: KeyFault[] = [];
    for (let pass = 0; pass < 20; pass++) found.push(...(await faults()));
    change.goesOn = false;
    await Promise.all(changing);
    expect(found).toEqual([]);
  });
});

it('a scan keeps its rate, tells how far it is, and ends when it is aborted', async () => {
  const { url, client, stop } = await startRedis();
  for (let at = 0; at < 100; at++) await client.set(`key-${at}`, '');
  const clock = new ManualClock();
  const store = openRedisStore({ url }, { clock, logger: silentLogger });
  try {
    const pages = store.inspector.scanLinks('game', { keysPerSecond: 100 })[Symbol.asyncIterator]();
    expect((await pages.next()).value).toMatchObject({ scanned: 10, total: 100 });
    let isNext = false;
    const next = pages.next().then((page) => {
      isNext = true;
      return page;
    });
    await clock.advance(99);
    expect(isNext).toBe(false);
    await clock.advance(1);
    expect((await next).value).toMatchObject({ scanned: 20, total: 100 });
    await pages.return?.();

    const ending = new AbortController();
    const { signal } = ending;
    const aborted = store.inspector.scanLinks('game', { keysPerSecond: 100, signal })[Symbol.asyncIterator]();
    await aborted.next();
    const waiting = aborted.next();
    ending.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(collect(store.inspector.scanLinks('game', { keysPerSecond: 0 }))).rejects.toMatchObject({
      code: 'INVALID_PARAMETER',
    });
  } finally {
    await store.close();
    await stop();
  }
});
