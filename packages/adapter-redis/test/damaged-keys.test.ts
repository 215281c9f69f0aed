import { isDeepStrictEqual } from 'node:util';
import { type Executors, type Logger, PERSIST_FOREVER, silentLogger } from '@stateful-route/core';
import type { Redis } from 'ioredis';
import { describe, expect, it, vi } from 'vitest';
import { createRedisExecutors } from '../src/index.ts';
import { redisFixture, report } from './support/redis-fixture.ts';

const fixture = redisFixture();

type Call = (executors: Executors, ns: string) => Promise<unknown>;

const linkWrites: Record<string, Call> = {
  'setLinkedPod, a claim': ({ stateful }, ns) => stateful.setLinkedPod(ns, 'ada', 'room', 2, PERSIST_FOREVER),
  'setLinkedPod, temporary': ({ stateful }, ns) => stateful.setLinkedPod(ns, 'ada', 'room', 1, 60),
  'trySetLinkedPod, a claim': ({ stateful }, ns) =>
    stateful.trySetLinkedPod(ns, 'ada', 'room', 1, PERSIST_FOREVER, { incarnation: 'a' }),
  'trySetLinkedPod, temporary': ({ stateful }, ns) => stateful.trySetLinkedPod(ns, 'ada', 'room', 1, 60),
  'trySetLinkedPod, asserted': ({ stateful }, ns) =>
    stateful.trySetLinkedPod(ns, 'ada', 'room', 1, PERSIST_FOREVER, { assertToken: 2 ** 52 }),
  'setLinkedPodIfAbsent, a claim': ({ stateful }, ns) =>
    stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 1, PERSIST_FOREVER),
  'setLinkedPodIfAbsent, temporary': ({ stateful }, ns) =>
    stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 1, 60),
  replaceLinkedPod: ({ stateful }, ns) =>
    stateful.replaceLinkedPod(ns, 'ada', 'room', 1, 2, 60, { ifToken: null }),
  removeLinkedPod: ({ stateful }, ns) => stateful.removeLinkedPod(ns, 'ada', 'room'),
  'removeLinkedPod, delayed': ({ stateful }, ns) =>
    stateful.removeLinkedPod(ns, 'ada', 'room', { keepSeconds: 60 }),
  removeLinkedPodWithId: ({ stateful }, ns) => stateful.removeLinkedPodWithId(ns, 'ada', 'room', 1),
};
const linkReads: Record<string, Call> = {
  getLinkedPod: ({ stateful }, ns) => stateful.getLinkedPod(ns, 'ada', 'room'),
  getLinkedPodIfPersist: ({ stateful }, ns) => stateful.getLinkedPodIfPersist(ns, 'ada', 'room'),
  getLink: ({ stateful }, ns) => stateful.getLink(ns, 'ada', 'room'),
  batchGetLinkedPod: ({ stateful }, ns) => stateful.batchGetLinkedPod(ns, ['bob', 'ada'], 'room'),
  batchGetLink: ({ stateful }, ns) => stateful.batchGetLink(ns, ['bob', 'ada'], 'room'),
};
const tokenReads = ['getLinkedPodIfPersist', 'getLink', 'batchGetLink'].map(
  (name) => [name, linkReads[name]!] as const,
);
const listReads: Record<string, Call> = {
  getLinkService: ({ stateful }, ns) => stateful.getLinkService(ns, 'ada'),
};
const setServiceState: Call = ({ stateful }, ns) => stateful.setServiceState(ns, 'room', 0, report('a', 1));
const podReads: Record<string, Call> = {
  getServiceState: ({ stateful }, ns) => stateful.getServiceState(ns, 'room'),
};
const removePod: Call = ({ stateful }, ns) => stateful.removeServiceState(ns, 'room', 0);
const removeThisPod: Call = ({ stateful }, ns) =>
  stateful.removeServiceState(ns, 'room', 0, { incarnation: 'a', updateTime: 1 });
const markPod: Call = ({ stateful }, ns) =>
  stateful.markServiceState(ns, 'room', 0, 'NOT_READY', { incarnation: 'a', updateTime: 1 });
const subscribe: Call = ({ feed }, ns) => feed.subscribe(ns, 'room', () => {});
const getPodIntents: Call = ({ server }, ns) => server.getPodIntents(ns, 'room');
const setPodIntent: Call = ({ server }, ns) => server.setPodIntent(ns, 'room', 0, 'drain');
const reportDead: Call = ({ stateful }, ns) => stateful.reportDead(ns, 'room', 0, { incarnation: 'a' });
const orders: Record<string, Call> = {
  giveOrder: ({ server }, ns) =>
    server.giveOrder(ns, 'room', 0, { id: 'two', kind: 'shed', users: 1, until: 2 ** 52, by: 'carol' }),
  takeOrder: ({ server }, ns) => server.takeOrder(ns, 'room', 0, 'one', { incarnation: 'a' }),
  orderDone: ({ server }, ns) => server.orderDone(ns, 'room', 0, 'one', { outcome: 'done', moved: 1 }),
};
const journals: Record<string, Call> = {
  readJournal: ({ server }, ns) => server.readJournal(ns, 'room'),
  writeJournal: ({ server }, ns) =>
    server.writeJournal(ns, 'room', { type: 'take-overs', podId: 0, users: 1 }),
};
const workloadReads: Record<string, Call> = {
  getWorkloadState: ({ stateful }, ns) => stateful.getWorkloadState(ns, 'room'),
  getWorkloadStateBatch: ({ stateful }, ns) => stateful.getWorkloadStateBatch(ns, ['lobby', 'room']),
};
const setWorkloadState: Call = ({ stateful }, ns) =>
  stateful.setWorkloadState(ns, 'room', { state: 'READY', replicas: 1, readyReplicas: 1 });

const key = {
  link: (ns: string) => `sf:{${ns}:lk:ada}room`,
  links: (ns: string) => `sf:{${ns}:lk:ada}`,
  token: (ns: string) => `sf:{${ns}:lk:ada}:token`,
  words: (ns: string) => `sf:{${ns}:state:room}`,
  info: (ns: string) => `sf:{${ns}:state:room}:info`,
  intents: (ns: string) => `sf:{${ns}:state:room}:intent`,
  orders: (ns: string) => `sf:{${ns}:state:room}:orders:0`,
  journal: (ns: string) => `sf:{${ns}:state:room}:journal`,
  roster: (ns: string) => `sf:{${ns}:state:room}:roster:0`,
  workload: (ns: string) => `sf:{${ns}:workload:room}`,
  workloadInfo: (ns: string) => `sf:{${ns}:workload:room}:info`,
  tag: (ns: string) => `sf:{${ns}:tag:lobby}`,
  services: (ns: string) => `sf:{${ns}:services}`,
};
type KeyName = keyof typeof key;

/** Every call, by each key that it reads or writes. */
const users: Record<KeyName, Record<string, Call>> = {
  link: { ...linkWrites, ...linkReads },
  links: { ...linkWrites, ...listReads },
  token: { ...linkWrites, ...Object.fromEntries(tokenReads) },
  words: { setServiceState, removePod, markPod, ...podReads },
  info: { setServiceState, removePod, removeThisPod, markPod, setPodIntent, subscribe, ...podReads },
  intents: { setServiceState, removePod, setPodIntent, getPodIntents },
  orders,
  journal: { ...orders, ...journals, setPodIntent, reportDead, removePod, removeThisPod },
  roster: {
    enterRoster: ({ stateful }, ns) => stateful.enterRoster(ns, 'room', 0, 'ada', { incarnation: 'a' }),
    leaveRoster: ({ stateful }, ns) => stateful.leaveRoster(ns, 'room', 0, 'ada', { number: 1 }),
    readRoster: ({ stateful }, ns) => stateful.readRoster(ns, 'room', 0),
  },
  workload: { setWorkloadState, ...workloadReads },
  workloadInfo: { setWorkloadState, ...workloadReads },
  tag: {
    getServiceNameByTag: ({ server }, ns) => server.getServiceNameByTag(ns, 'lobby'),
    setGlobalServiceNameTag: ({ server }, ns) => server.setGlobalServiceNameTag(ns, 'lobby', 'room'),
    removeServiceNameTag: ({ server }, ns) => server.removeServiceNameTag(ns, 'lobby'),
  },
  services: {
    registerService: ({ server }, ns) => server.registerService(ns, 'room'),
    listServices: ({ server }, ns) => server.listServices(ns),
  },
};

/** All that a namespace holds, as bytes, and which of it expires. */
async function contents(redis: Redis, ns: string): Promise<(string | undefined)[][]> {
  const keys = (await redis.keys(`sf:{${ns}:*`)).toSorted();
  return Promise.all(
    keys.map(async (name) => {
      const [dump, ttl] = await Promise.all([redis.dumpBuffer(name), redis.ttl(name)]);
      return [name, dump?.toString('hex'), ttl === -1 ? 'stays' : 'expires'];
    }),
  );
}

/** What a call met, and whether it left everything as it was. */
async function outcomeOf(call: Call): Promise<{ error: unknown; untouched: boolean }> {
  const { redis, executors, ns } = fixture;
  const before = await contents(redis, ns);
  const error = await call(executors, ns).then(
    (value) => ({ resolvedWith: value }),
    (thrown: unknown) => thrown,
  );
  const after = await contents(redis, ns);
  return { error, untouched: isDeepStrictEqual(after, before) };
}

const refusal = {
  error: expect.objectContaining({ name: 'RouteError', code: 'STORE_ERROR', retryable: false }) as unknown,
  untouched: true,
};

/** The state of the link in a prepared namespace. */
const standings = { 'a claim': PERSIST_FOREVER, 'a temporary link': 60 };

/** What a namespace holds where nothing is damaged: a link of pod 1, pod 0, a workload, a tag. */
async function furnish(persistSeconds = PERSIST_FOREVER): Promise<void> {
  const { executors, ns } = fixture;
  const { stateful, server } = executors;
  await stateful.setLinkedPod(ns, 'ada', 'room', 1, PERSIST_FOREVER);
  await stateful.setLinkedPod(ns, 'ada', 'room', 1, persistSeconds);
  await stateful.setServiceState(ns, 'room', 0, report('a', 0));
  await stateful.setWorkloadState(ns, 'room', { state: 'READY', replicas: 1, readyReplicas: 1 });
  await server.setGlobalServiceNameTag(ns, 'lobby', 'hall');
  await server.registerService(ns, 'room');
  await server.setPodIntent(ns, 'room', 0, 'resume');
  const order = { id: 'one', kind: 'move', uid: 'ada', until: 2 ** 52, by: 'carol' } as const;
  await server.giveOrder(ns, 'room', 0, order);
  await stateful.enterRoster(ns, 'room', 0, 'bob', { incarnation: 'a' });
}

describe('a key of a wrong type', () => {
  for (const [name, calls] of Object.entries(users)) {
    for (const [method, call] of Object.entries(calls)) {
      for (const [standing, persistSeconds] of Object.entries(standings)) {
        it(`as ${name} fails ${method} beside ${standing}, and changes nothing`, async () => {
          await furnish(persistSeconds);
          const damaged = key[name as KeyName](fixture.ns);
          await fixture.redis.del(damaged);
          await fixture.redis.rpush(damaged, 'a list');
          expect(await outcomeOf(call)).toEqual(refusal);
        });
      }
    }
  }
});

describe('garbage', () => {
  const damage: [KeyName, string, (redis: Redis, name: string) => Promise<unknown>, Record<string, Call>][] =
    [];
  for (const value of [
    '',
    'pod-1',
    '-1',
    '1.5',
    '007',
    ' 1',
    '2147483648',
    '1e3',
    '9'.repeat(30),
    '{"podId":1}',
  ]) {
    damage.push(['link', value, (redis, name) => redis.set(name, value), users.link]);
  }
  for (const value of ['', 'room', '-1', '1.0']) {
    damage.push(['links', value, (redis, name) => redis.hset(name, 'lobby', value), listReads]);
  }
  for (const value of ['', 'x', '5', ':1:a', '-5:1:a', '1.5:1:a', '9007199254740992:1:a', '5:-1:a']) {
    damage.push(['token', value, (redis, name) => redis.hset(name, 'room', value), users.token]);
  }
  const details = ['', 'x', '{', '[]', '1', 'null', '{}', '{"incarnation":1}', '{"seq":1,"incarnation":"a"}'];
  for (const value of details) {
    const calls = { setServiceState, removeThisPod, markPod };
    damage.push(['info', value, (redis, name) => redis.hset(name, '0', value), calls]);
  }
  for (const value of ['', 'yesterday']) {
    damage.push([
      'info',
      `@since ${value}`,
      (redis, name) => redis.hset(name, '@since', value),
      { setServiceState, ...podReads },
    ]);
  }
  for (const value of ['', 'yesterday']) {
    const reads = podReads;
    damage.push([
      'info',
      `@restored ${value}`,
      (redis, name) => redis.hset(name, '@restored', value),
      { setServiceState, ...reads },
    ]);
    damage.push(['info', `@quiet ${value}`, (redis, name) => redis.hset(name, '@quiet', value), reads]);
  }
  for (const value of ['', 'x', '-1', '1.5', '9'.repeat(19)]) {
    const { enterRoster } = users.roster;
    damage.push([
      'roster',
      `{ ${value}`,
      (redis, name) => redis.hset(name, '{', value),
      { enterRoster: enterRoster! },
    ]);
  }
  for (const value of ['', 'x', '5', 'x:a', '5:']) {
    const { readRoster } = users.roster;
    damage.push([
      'roster',
      value,
      (redis, name) => redis.hset(name, 'ada', value),
      { readRoster: readRoster! },
    ]);
  }
  for (const value of ['', 'x', '-1', '1.5', '9'.repeat(19)]) {
    const calls = { setServiceState, removePod, setPodIntent, subscribe };
    damage.push(['info', `@events ${value}`, (redis, name) => redis.hset(name, '@events', value), calls]);
  }
  for (const value of [
    '',
    '{',
    '[]',
    '{}',
    '{"state":"READY"}',
    '{"state":"Idle","replicas":1,"readyReplicas":1,"updateTime":1}',
  ]) {
    damage.push(['workloadInfo', value, (redis, name) => redis.set(name, value), workloadReads]);
  }

  for (const [name, value, spoil, calls] of damage) {
    for (const [method, call] of Object.entries(calls)) {
      it(`"${value}" in ${name} fails ${method}, which changes nothing`, async () => {
        await furnish();
        await spoil(fixture.redis, key[name](fixture.ns));
        expect(await outcomeOf(call)).toEqual(refusal);
      });
    }
  }

  const batches: Record<string, (uids: string[]) => Promise<unknown>> = {
    batchGetLinkedPod: (uids) => fixture.executors.stateful.batchGetLinkedPod(fixture.ns, uids, 'room'),
    batchGetLink: (uids) => fixture.executors.stateful.batchGetLink(fixture.ns, uids, 'room'),
    getWorkloadStateBatch: (names) => fixture.executors.stateful.getWorkloadStateBatch(fixture.ns, names),
  };
  for (const [method, read] of Object.entries(batches)) {
    const keyOf = (name: string): string =>
      method === 'getWorkloadStateBatch'
        ? `sf:{${fixture.ns}:workload:${name}}`
        : `sf:{${fixture.ns}:lk:${name}}room`;

    it(`in some items of ${method} are reported once each, and the others are read without them`, async () => {
      const { redis, executors, ns } = fixture;
      const names = Array.from({ length: 2_500 }, (_, at) => `name-${at}`);
      const damaged = ['name-3', 'name-1200', 'name-2499'];
      for (const name of ['name-3', 'name-2499']) await redis.rpush(keyOf(name), 'a list');
      if (method === 'getWorkloadStateBatch') await redis.rpush(keyOf('name-1200'), 'a list');
      else await redis.set(keyOf('name-1200'), 'no pod');
      await executors.stateful.setLinkedPod(ns, 'name-1', 'room', 4, PERSIST_FOREVER);
      const workload = { state: 'READY', replicas: 1, readyReplicas: 1 } as const;
      await executors.stateful.setWorkloadState(ns, 'name-1', workload);
      await expect(read([...names, 'name-3'])).rejects.toMatchObject({
        code: 'STORE_ERROR',
        retryable: false,
        operation: method,
        damaged,
        message: expect.stringContaining('name-3, name-1200, name-2499') as unknown,
      });
      const others = (await read(names.filter((name) => !damaged.includes(name)))) as Map<unknown, unknown>;
      expect(others.size).toBe(1);
    });
  }

  it("in one pod's details, or under the name of none, hides no other pod", async () => {
    const { redis, executors, ns } = fixture;
    await furnish();
    await executors.stateful.setServiceState(ns, 'room', 1, report('b', 0));
    for (const value of details) {
      await redis.hset(key.info(ns), '0', value, 'x', value);
      const { pods } = await executors.stateful.getServiceState(ns, 'room');
      expect(pods.get(0)).toMatchObject({ state: 'UNKNOWN', routingState: 'UNKNOWN' });
      expect(pods.get(1)).toMatchObject({ state: 'READY', incarnation: 'b' });
      expect(pods.size).toBe(2);
    }
  });

  it("in a pod's details is removed by an unconditional removal", async () => {
    const { redis, executors, ns } = fixture;
    await furnish();
    await redis.hset(key.info(ns), '0', '{');
    expect(await executors.stateful.removeServiceState(ns, 'room', 0)).toBe(true);
    expect((await executors.stateful.getServiceState(ns, 'room')).pods.size).toBe(0);
  });
});

describe('a heartbeat', () => {
  it('is stored and answered whatever the journal and the orders hold, and logs that', async () => {
    const { redis, server, ns } = fixture;
    const warn = vi.fn<Logger['warn']>();
    const executors = createRedisExecutors({ url: server.url, logger: { ...silentLogger, warn } });
    const { stateful } = executors;
    const problems = () => warn.mock.calls.map(([fields]) => String(fields['problem']));
    await redis.set(key.journal(ns), 'a text');
    await stateful.setServiceState(ns, 'room', 0, report('5.a.0', 0));
    expect(problems()).toEqual([expect.stringContaining('WRONGTYPE')]);
    await redis.rpush(key.orders(ns), 'a text');
    const late = await stateful.setServiceState(ns, 'room', 0, report('5.a.0', 1));
    expect(late).toMatchObject({ incarnation: '5.a.0', orders: [] });
    await expect(stateful.setServiceState(ns, 'room', 0, report('4.b.0', 1))).rejects.toMatchObject({
      code: 'FENCED',
    });
    expect((await stateful.getServiceState(ns, 'room')).pods.get(0)).toMatchObject({ state: 'READY' });
    await redis.del(key.journal(ns), key.orders(ns));
    await stateful.setServiceState(ns, 'room', 0, report('5.a.0', 2, { state: 'NOT_READY' }));
    expect((await executors.server.readJournal(ns, 'room')).entries).toMatchObject([{ type: 'state' }]);
    await executors.close();
  });
});
