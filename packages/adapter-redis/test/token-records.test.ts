import { PERSIST_FOREVER } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { redisFixture } from './support/redis-fixture.ts';

const SEVEN_DAYS = 604_800;
const fixture = redisFixture();
const record = (): string => `sf:{${fixture.ns}:lk:ada}:token`;

function claim(
  podId: number,
  serviceName = 'room',
  incarnation = 'a:b',
): Promise<{ token?: number | undefined }> {
  const { executors, ns } = fixture;
  return executors.stateful.trySetLinkedPod(ns, 'ada', serviceName, podId, PERSIST_FOREVER, { incarnation });
}

describe('the record of a token', () => {
  it('names the pod and its incarnation, which may hold any sign', async () => {
    const { token } = await claim(0);
    expect(await fixture.redis.hget(record(), 'room')).toBe(`${token}:0:c:a:b`);
    expect(await fixture.executors.stateful.getLink(fixture.ns, 'ada', 'room')).toMatchObject({
      token,
      incarnation: 'a:b',
    });
  });

  it('lives as long as the uid has a claim, and seven days longer', async () => {
    const { redis, executors, ns } = fixture;
    await claim(0);
    await claim(1, 'lobby');
    await executors.stateful.removeLinkedPod(ns, 'ada', 'room');
    expect(await redis.ttl(record())).toBe(-1);
    await executors.stateful.removeLinkedPod(ns, 'ada', 'lobby');
    expect(await redis.ttl(record())).toBeGreaterThan(SEVEN_DAYS - 60);
    await claim(0);
    expect(await redis.ttl(record())).toBe(-1);
  });

  const endings = {
    'a removal': () => fixture.executors.stateful.removeLinkedPod(fixture.ns, 'ada', 'room'),
    'a delayed removal': () =>
      fixture.executors.stateful.removeLinkedPod(fixture.ns, 'ada', 'room', { keepSeconds: 60 }),
    'a removal by id': () => fixture.executors.stateful.removeLinkedPodWithId(fixture.ns, 'ada', 'room', 0),
    'a forced temporary link': () =>
      fixture.executors.stateful.setLinkedPod(fixture.ns, 'ada', 'room', 1, 60),
    'an own temporary link': () =>
      fixture.executors.stateful.trySetLinkedPod(fixture.ns, 'ada', 'room', 0, 60),
    'a take-over': async () => {
      const token = (await fixture.executors.stateful.getLink(fixture.ns, 'ada', 'room')).token;
      return fixture.executors.stateful.replaceLinkedPod(fixture.ns, 'ada', 'room', 0, 1, 60, {
        ifToken: token,
      });
    },
  };
  for (const [name, end] of Object.entries(endings)) {
    it(`keeps its number and loses its owner by ${name}`, async () => {
      const { token } = await claim(0);
      await end();
      expect(await fixture.redis.hget(record(), 'room')).toBe(`${token}:::`);
      expect(await fixture.redis.ttl(record())).toBeGreaterThan(SEVEN_DAYS - 60);
      await fixture.executors.stateful.removeLinkedPod(fixture.ns, 'ada', 'room');
      expect((await claim(0)).token).toBeGreaterThan(token!);
    });
  }

  it('names the lease of the pod in whole ms, rounded up', async () => {
    const { executors, redis, ns } = fixture;
    const options = { incarnation: '9.a.0', leaseMs: 14_999.2 };
    const { token } = await executors.stateful.trySetLinkedPod(
      ns,
      'ada',
      'room',
      3,
      PERSIST_FOREVER,
      options,
    );
    expect(await redis.hget(record(), 'room')).toBe(`${token}:3:c15000:9.a.0`);
    const forced = await executors.stateful.setLinkedPod(ns, 'ada', 'room', 4, PERSIST_FOREVER, options);
    expect(await redis.hget(record(), 'room')).toBe(`${forced.token}:4:f15000:9.a.0`);
    expect(await executors.stateful.batchGetLink(ns, ['ada'], 'room')).toEqual(
      new Map([
        [
          'ada',
          {
            podId: 4,
            permanent: true,
            token: forced.token,
            incarnation: '9.a.0',
            ownerLeaseMs: 15_000,
            reason: { why: 'forced', at: Math.floor(forced.token! / 1_000) },
          },
        ],
      ]),
    );
  });

  it.each([
    ['5:1:a-b', { token: 5, incarnation: 'a-b' }],
    ['5:1:12ab', { token: 5, incarnation: '12ab' }],
    ['5:1:', { token: 5, incarnation: undefined }],
    ['5:1::a:b', { token: 5, incarnation: 'a:b', ownerLeaseMs: undefined }],
    ['5:1:300:9.a.0', { token: 5, incarnation: '9.a.0', ownerLeaseMs: 300 }],
    ['5::', { endedToken: 5 }],
    ['5:::', { endedToken: 5 }],
  ])('is read also as an earlier release wrote it: %s', async (stored, expected) => {
    const { executors, redis, ns } = fixture;
    await redis.set(`sf:{${ns}:lk:ada}room`, 1);
    await redis.hset(record(), 'room', stored);
    const found = await executors.stateful.getLink(ns, 'ada', 'room');
    expect(found).toEqual({ podId: 1, permanent: true, storeTime: found.storeTime, ...expected });
  });

  it.each([
    ['5000:1:p300:9.a.0', { ownerLeaseMs: 300, reason: { why: 'placed', at: 5 } }],
    ['5000:1:h:9.a.0', { reason: { why: 'handed-over', at: 5 } }],
    ['5000:1:m7//300:9.a.0', { ownerLeaseMs: 300, reason: { why: 'moved', at: 7 } }],
    ['5000:1:f7/c%3A%2F%20%C3%A9/:9.a.0', { reason: { why: 'forced', at: 7, by: 'c:/ é' } }],
    ['5000:1:z7//300:9.a.0', { ownerLeaseMs: 300 }],
  ])('has the reason of the claim: %s', async (stored, expected) => {
    const { executors, redis, ns } = fixture;
    await redis.set(`sf:{${ns}:lk:ada}room`, 1);
    await redis.hset(record(), 'room', stored);
    const { storeTime: _storeTime, ...found } = await executors.stateful.getLink(ns, 'ada', 'room');
    const claimed = { podId: 1, permanent: true, token: 5_000, incarnation: '9.a.0' };
    expect(found).toEqual({ ...claimed, ...expected });
  });

  it('has the reason of a temporary link beside it, until the pod claims', async () => {
    const { executors, redis, ns } = fixture;
    const { stateful } = executors;
    await stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60);
    expect(await redis.exists(record())).toBe(0);
    await stateful.replaceLinkedPod(ns, 'ada', 'room', 0, 1, 60, { why: 'moved', by: 'a/b', unservedMs: 7 });
    const { room, 'room:why': why } = await redis.hgetall(record());
    expect(room).toBe(undefined);
    expect(why).toMatch(/^1:m\d{13}\/a%2Fb\/\d{13}$/);
    expect(await redis.ttl(record())).toBeGreaterThan(SEVEN_DAYS - 60);
    const { token } = await claim(1);
    expect(await redis.ttl(record())).toBe(-1);
    expect(Object.keys(await redis.hgetall(record()))).toEqual(['room']);
    expect(await redis.hget(record(), 'room')).toMatch(new RegExp(`^${token}:1:m\\d{13}/a%2Fb/:a:b$`));
  });

  it('is left alone by a temporary link where there was no claim, and then expires', async () => {
    const { executors, redis, ns } = fixture;
    const { token } = await claim(3);
    await redis.del(`sf:{${ns}:lk:ada}room`, `sf:{${ns}:lk:ada}`);
    await executors.stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 1, 60);
    expect(await redis.hget(record(), 'room')).toBe(`${token}:3:c:a:b`);
    expect(await redis.ttl(record())).toBeGreaterThan(SEVEN_DAYS - 60);
    await executors.stateful.removeLinkedPodWithId(ns, 'ada', 'room', 1, { onlyIfTemporary: true });
    expect(await redis.hget(record(), 'room')).toBe(`${token}:3:c:a:b`);
    const back = { incarnation: 'a:b', assertToken: token };
    await executors.stateful.trySetLinkedPod(ns, 'ada', 'room', 3, PERSIST_FOREVER, back);
    expect(await redis.ttl(record())).toBe(-1);
  });

  it('expires also where the last claim had no token', async () => {
    const { executors, redis, ns } = fixture;
    const { token } = await claim(3);
    await redis.set(`sf:{${ns}:lk:ada}lobby`, 4);
    await redis.hset(`sf:{${ns}:lk:ada}`, 'lobby', 4);
    await executors.stateful.removeLinkedPod(ns, 'ada', 'room');
    expect(await redis.ttl(record())).toBe(-1);
    await executors.stateful.removeLinkedPod(ns, 'ada', 'lobby');
    expect(await redis.ttl(record())).toBeGreaterThan(SEVEN_DAYS - 60);
    expect(await redis.hgetall(record())).toEqual({ room: `${token}:::` });
  });

  it('is not made longer by later temporary links', async () => {
    const { redis, executors, ns } = fixture;
    await claim(0);
    await executors.stateful.removeLinkedPod(ns, 'ada', 'room');
    await redis.expire(record(), 100);
    await executors.stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 1, 60);
    await executors.stateful.removeLinkedPod(ns, 'ada', 'room');
    expect(await redis.ttl(record())).toBeLessThanOrEqual(100);
  });

  it('holds integers beyond 32 bits exactly', async () => {
    const { executors, ns } = fixture;
    const minToken = 2 ** 53 - 2 ** 32;
    const first = await executors.stateful.trySetLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER, {
      minToken,
    });
    expect(first.token).toBe(minToken);
    await executors.stateful.removeLinkedPod(ns, 'ada', 'room');
    expect((await claim(1)).token).toBe(minToken + 1);
  });
});
