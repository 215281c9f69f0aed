import { PERSIST_FOREVER } from '@stateful-route/core';
import type { PodReport } from '@stateful-route/core/adapter';
import { describe, expect, it } from 'vitest';
import { redisFixture, report } from './support/redis-fixture.ts';

const fixture = redisFixture();

/** The keys that the older sides know. */
const link = (uid: string): string => `sf:{${fixture.ns}:lk:${uid}}room`;
const links = (uid: string): string => `sf:{${fixture.ns}:lk:${uid}}`;
const words = (): string => `sf:{${fixture.ns}:state:room}`;
const info = (): string => `${words()}:info`;

describe('links of the older sides', () => {
  for (const podId of [0, 7]) {
    it(`a claim of pod ${podId} is read as a claim without a token`, async () => {
      const { redis, executors, ns } = fixture;
      await redis.set(link('ada'), podId);
      await redis.hset(links('ada'), 'room', podId);
      const found = await executors.stateful.getLink(ns, 'ada', 'room');
      expect(found).toEqual({ podId, permanent: true, storeTime: found.storeTime });
      expect(await executors.stateful.getLinkedPodIfPersist(ns, 'ada', 'room')).toBe(podId);
      expect(await executors.stateful.getLinkService(ns, 'ada')).toEqual(new Map([['room', podId]]));
      expect(await executors.stateful.batchGetLinkedPod(ns, ['ada'], 'room')).toEqual(
        new Map([[podId, ['ada']]]),
      );
      const refused = await executors.stateful.trySetLinkedPod(ns, 'ada', 'room', 9, PERSIST_FOREVER);
      expect(refused).toEqual({ linked: false, podId, previous: podId });
    });

    it(`a temporary link to pod ${podId} is read with the time it has left`, async () => {
      const { redis, executors, ns } = fixture;
      await redis.set(link('ada'), podId, 'EX', 60);
      const found = await executors.stateful.getLink(ns, 'ada', 'room');
      expect(found).toMatchObject({ podId, permanent: false });
      expect(found.ttlMs).toBeGreaterThan(50_000);
      expect(await executors.stateful.getLinkedPodIfPersist(ns, 'ada', 'room')).toBeUndefined();
    });
  }

  it('a claim is taken over where it has no token, and removed with its list', async () => {
    const { redis, executors, ns } = fixture;
    await redis.set(link('ada'), 0);
    await redis.hset(links('ada'), 'room', 0);
    const { stateful } = executors;
    expect(await stateful.replaceLinkedPod(ns, 'ada', 'room', 0, 1, 60, { ifToken: 5 })).toEqual({
      linked: false,
      podId: 0,
    });
    expect(await stateful.replaceLinkedPod(ns, 'ada', 'room', 0, 1, 60, { ifToken: null })).toEqual({
      linked: true,
      podId: 1,
    });
    expect(await redis.exists(links('ada'))).toBe(0);
    expect(await redis.get(link('ada'))).toBe('1');
    expect(await redis.ttl(link('ada'))).toBeGreaterThan(50);
  });

  it('a link moved by them carries no token, and the next claim a greater one', async () => {
    const { redis, executors, ns } = fixture;
    const { stateful } = executors;
    const first = await stateful.trySetLinkedPod(ns, 'ada', 'room', 3, PERSIST_FOREVER, {
      incarnation: 'a',
      minToken: 2 ** 52,
    });
    await redis.set(link('ada'), 5);
    await redis.hset(links('ada'), 'room', 5);
    const found = await stateful.getLink(ns, 'ada', 'room');
    expect(found).toEqual({ podId: 5, permanent: true, storeTime: found.storeTime });
    const own = await stateful.trySetLinkedPod(ns, 'ada', 'room', 5, PERSIST_FOREVER, { incarnation: 'b' });
    expect(own.token).toBe(first.token! + 1);
  });

  it('a claim they removed is asserted with its old token', async () => {
    const { redis, executors, ns } = fixture;
    const { stateful } = executors;
    const { token } = await stateful.trySetLinkedPod(ns, 'ada', 'room', 3, PERSIST_FOREVER, {
      incarnation: 'a',
    });
    await redis.del(link('ada'));
    await redis.hdel(links('ada'), 'room');
    const back = await stateful.trySetLinkedPod(ns, 'ada', 'room', 3, PERSIST_FOREVER, {
      incarnation: 'a',
      assertToken: token,
    });
    expect(back).toEqual({ linked: true, podId: 3, token });
  });

  it('a claim made again after they removed it has a greater token, though its record has the same incarnation', async () => {
    const { redis, executors, ns } = fixture;
    const { stateful } = executors;
    const claim = (): Promise<{ token?: number | undefined }> =>
      stateful.trySetLinkedPod(ns, 'ada', 'room', 3, PERSIST_FOREVER, { incarnation: 'a' });
    const { token } = await claim();
    await redis.del(link('ada'));
    expect((await claim()).token).toBeGreaterThan(token!);
  });

  it('the list of a claim whose key vanished is put right by its removal', async () => {
    const { redis, executors, ns } = fixture;
    await redis.hset(links('ada'), 'room', 0);
    expect(await executors.stateful.removeLinkedPod(ns, 'ada', 'room')).toBe(false);
    expect(await redis.exists(links('ada'))).toBe(0);
  });
});

describe('links for the older sides', () => {
  it('a claim is the bare podId without a time to live, and is in the list', async () => {
    const { redis, executors, ns } = fixture;
    for (const [uid, set] of [
      [
        'ada',
        () => executors.stateful.trySetLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER, { incarnation: 'a' }),
      ],
      ['bob', () => executors.stateful.setLinkedPod(ns, 'bob', 'room', 0, PERSIST_FOREVER)],
      ['cyd', () => executors.stateful.setLinkedPodIfAbsent(ns, 'cyd', 'room', 0, PERSIST_FOREVER)],
    ] as const) {
      await set();
      expect(await redis.get(link(uid))).toBe('0');
      expect(await redis.ttl(link(uid))).toBe(-1);
      expect(await redis.hgetall(links(uid))).toEqual({ room: '0' });
    }
  });

  it('a temporary link is the bare podId with its time to live, and leaves the list', async () => {
    const { redis, executors, ns } = fixture;
    await executors.stateful.trySetLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER);
    await executors.stateful.removeLinkedPod(ns, 'ada', 'room', { keepSeconds: 30 });
    await executors.stateful.setLinkedPodIfAbsent(ns, 'bob', 'room', 0, 30);
    for (const uid of ['ada', 'bob']) {
      expect(await redis.get(link(uid))).toBe('0');
      expect(await redis.ttl(link(uid))).toBeGreaterThan(25);
      expect(await redis.exists(links(uid))).toBe(0);
    }
  });

  it('a removal takes the key and its entry in the list, and no other', async () => {
    const { redis, executors, ns } = fixture;
    await executors.stateful.trySetLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER);
    await executors.stateful.trySetLinkedPod(ns, 'ada', 'lobby', 1, PERSIST_FOREVER);
    await executors.stateful.removeLinkedPodWithId(ns, 'ada', 'room', 0);
    expect(await redis.exists(link('ada'))).toBe(0);
    expect(await redis.hgetall(links('ada'))).toEqual({ lobby: '1' });
  });
});

describe('pods of the older sides', () => {
  it('are known by their words; an unknown one is UNKNOWN, and what is no pod is not theirs', async () => {
    const { redis, executors, ns } = fixture;
    await redis.hset(words(), {
      10: 'READY',
      2: 'FAILED',
      0: 'NOT_READY',
      3: 'Ready',
      4: 'state',
      '@since': 'x',
      x: 'READY',
      '007': 'READY',
    });
    const read = await executors.stateful.getServiceState(ns, 'room');
    expect([...read.pods.values()]).toEqual(
      [
        [0, 'NOT_READY'],
        [2, 'FAILED'],
        [3, 'UNKNOWN'],
        [4, 'UNKNOWN'],
        [10, 'READY'],
      ].map(([podId, state]) => ({ podId, state, loadState: 0, routingState: 'READY', metadata: {} })),
    );
    expect(read.since).toBeUndefined();
    expect(read.storeTime).toBeGreaterThan(1.7e12);
  });

  it('are replaced by a heartbeat, whose details then outrank the word', async () => {
    const { redis, executors, ns } = fixture;
    await redis.hset(words(), '0', 'READY');
    const ack = await executors.stateful.setServiceState(ns, 'room', 0, report('a', 0, { state: 'PENDING' }));
    expect(ack.previous).toEqual({});
    await redis.hset(words(), '0', 'READY');
    const { pods } = await executors.stateful.getServiceState(ns, 'room');
    expect(pods.get(0)).toMatchObject({ state: 'PENDING', incarnation: 'a' });
  });

  /** A pod's details as an earlier release keeps them. */
  async function earlierDetails(
    fields: Partial<PodReport>,
  ): Promise<{ incarnation: string; updateTime: number }> {
    const { redis, executors, ns } = fixture;
    const { storeTime } = await executors.stateful.setServiceState(ns, 'room', 0, report('a', 0, fields));
    const { word: _, ...earlier } = JSON.parse((await redis.hget(info(), '0'))!) as Record<string, unknown>;
    await redis.hset(info(), '0', JSON.stringify(earlier));
    return { incarnation: 'a', updateTime: storeTime };
  }

  it('come in place of ended details of an earlier release, which keep no word, and stay when those are pruned', async () => {
    const { redis, executors, ns } = fixture;
    const { stateful } = executors;
    const entry = await earlierDetails({ state: 'TERMINATING' });
    const pod = async () => (await stateful.getServiceState(ns, 'room')).pods.get(0);
    expect(await pod()).toMatchObject({ state: 'TERMINATING', incarnation: 'a' });
    await redis.hset(words(), '0', 'READY');
    expect(await pod()).toEqual({
      podId: 0,
      state: 'READY',
      loadState: 0,
      routingState: 'READY',
      metadata: {},
    });
    expect(await stateful.markServiceState(ns, 'room', 0, 'NOT_READY', entry)).toBe(false);
    expect(await stateful.removeServiceState(ns, 'room', 0, entry)).toBe(true);
    expect(await redis.hgetall(words())).toEqual({ 0: 'READY' });
  });

  it.each([
    ['READY', 'READY', 'READY'],
    ['READY', 'DENY_NEW_CALL', 'NOT_READY'],
    ['UNKNOWN', 'READY', 'NOT_READY'],
    ['FAILED', 'SHUTDOWN', 'FAILED'],
  ] as const)(
    'do not come by what an earlier release wrote of a pod that is %s, %s',
    async (state, routingState, word) => {
      const { redis, executors, ns } = fixture;
      const { stateful } = executors;
      const fields = { state, routingState, leaseMs: 1 };
      for (const isMarked of [false, true]) {
        const entry = await earlierDetails(fields);
        expect(await redis.hget(words(), '0')).toBe(word);
        // three leases later
        await expect
          .poll(async () => (await stateful.getServiceState(ns, 'room')).storeTime)
          .toBeGreaterThan(entry.updateTime + 3);
        if (isMarked) {
          expect(await stateful.markServiceState(ns, 'room', 0, 'NOT_READY', entry)).toBe(true);
          expect(JSON.parse((await redis.hget(info(), '0'))!)).toMatchObject({ word: 'NOT_READY', state });
        }
        expect((await stateful.getServiceState(ns, 'room')).pods.get(0)).toMatchObject(entry);
        expect(await stateful.removeServiceState(ns, 'room', 0, entry)).toBe(true);
        expect(await redis.exists(words())).toBe(0);
      }
    },
  );

  it('are removed without a condition only: a word has no incarnation', async () => {
    const { redis, executors, ns } = fixture;
    await redis.hset(words(), '0', 'READY');
    expect(await executors.stateful.removeServiceState(ns, 'room', 0, { incarnation: 'a' })).toBe(false);
    expect(await executors.stateful.removeServiceState(ns, 'room', 0, { updateTime: 1 })).toBe(false);
    expect(await executors.stateful.removeServiceState(ns, 'room', 0)).toBe(true);
    expect(await redis.exists(words())).toBe(0);
  });
});

describe('pods for the older sides', () => {
  it('are marked by the leader, byte for byte the word, and beside it nothing but the copy of it', async () => {
    const { redis, executors, ns } = fixture;
    const { stateful } = executors;
    const odd = { loadState: 1e21, address: '{"word":"x",', metadata: { word: '"word":"y",' } };
    const { storeTime } = await stateful.setServiceState(ns, 'room', 0, report('a', 0, odd));
    const before = (await redis.hget(info(), '0'))!;
    const entry = { incarnation: 'a', updateTime: storeTime };
    expect(await stateful.markServiceState(ns, 'room', 0, 'NOT_READY', entry)).toBe(true);
    expect(await redis.hget(words(), '0')).toBe('NOT_READY');
    expect(await redis.hget(info(), '0')).toBe(before.replace('"word":"READY"', '"word":"NOT_READY"'));
  });

  it('are one of five words, READY only when routable', async () => {
    const { redis, executors, ns } = fixture;
    const said = [
      [{ state: 'READY', routingState: 'READY' }, 'READY'],
      [{ state: 'READY', routingState: 'DENY_NEW_CALL' }, 'NOT_READY'],
      [{ state: 'READY', routingState: 'SHUTDOWN' }, 'NOT_READY'],
      [{ state: 'READY', routingState: 'UNKNOWN' }, 'NOT_READY'],
      [{ state: 'NOT_READY', routingState: 'READY' }, 'NOT_READY'],
      [{ state: 'FAILED', routingState: 'SHUTDOWN' }, 'FAILED'],
      [{ state: 'PENDING', routingState: 'READY' }, 'PENDING'],
      [{ state: 'TERMINATING', routingState: 'DENY_NEW_CALL' }, 'TERMINATING'],
      [{ state: 'UNKNOWN', routingState: 'READY' }, 'NOT_READY'],
    ] as const;
    for (const [seq, [fields, word]] of said.entries()) {
      await executors.stateful.setServiceState(ns, 'room', 0, report('a', seq, fields));
      expect(await redis.hgetall(words())).toEqual({ 0: word });
    }
    await executors.stateful.removeServiceState(ns, 'room', 0);
    expect(await redis.exists(words())).toBe(0);
  });
});

describe('workloads', () => {
  const word = (): string => `sf:{${fixture.ns}:workload:room}`;

  it('of the older sides are a word without details', async () => {
    const { redis, executors, ns } = fixture;
    for (const [stored, state] of [
      ['READY', 'READY'],
      ['FAILED', 'FAILED'],
      ['Overloaded', 'UNKNOWN'],
    ] as const) {
      await redis.set(word(), stored);
      expect(await executors.stateful.getWorkloadState(ns, 'room')).toEqual({
        state,
        replicas: 0,
        readyReplicas: 0,
      });
    }
  });

  it('for the older sides are a bare word', async () => {
    const { redis, executors, ns } = fixture;
    await executors.stateful.setWorkloadState(ns, 'room', { state: 'READY', replicas: 3, readyReplicas: 2 });
    expect(await redis.get(word())).toBe('READY');
    expect(await redis.ttl(word())).toBe(-1);
    await executors.stateful.setWorkloadState(ns, 'room', {
      state: 'UNKNOWN',
      replicas: 0,
      readyReplicas: 0,
    });
    expect(await redis.get(word())).toBe('NOT_READY');
    expect(await executors.stateful.getWorkloadState(ns, 'room')).toMatchObject({
      state: 'UNKNOWN',
      replicas: 0,
    });
  });

  it('that they wrote later than this library stand by their word alone', async () => {
    const { redis, executors, ns } = fixture;
    await executors.stateful.setWorkloadState(ns, 'room', { state: 'READY', replicas: 3, readyReplicas: 2 });
    await redis.set(word(), 'FAILED');
    expect(await executors.stateful.getWorkloadState(ns, 'room')).toEqual({
      state: 'FAILED',
      replicas: 0,
      readyReplicas: 0,
    });
    await redis.del(word());
    expect(await executors.stateful.getWorkloadState(ns, 'room')).toBeUndefined();
  });
});

describe('tags', () => {
  it('are plain strings in both directions', async () => {
    const { redis, executors, ns } = fixture;
    await redis.set(`sf:{${ns}:tag:room:30013}`, 'room');
    expect(await executors.server.getServiceNameByTag(ns, 'room:30013')).toBe('room');
    await executors.server.setGlobalServiceNameTag(ns, 'lobby', 'hall');
    expect(await redis.get(`sf:{${ns}:tag:lobby}`)).toBe('hall');
  });
});
