import type { ServiceStateRead } from '@stateful-route/core';
import { compareIncarnations, sinceReset } from '@stateful-route/core/adapter';
import { type RedisServer, startRedis } from '@stateful-route/harness';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRedisExecutors } from '../src/index.ts';
import { redisFixture, report } from './support/redis-fixture.ts';

const fixture = redisFixture();
const info = (): string => `sf:{${fixture.ns}:state:room}:info`;
const LEASE_MS = 15_000;

/** The details of a pod as a heartbeat of that age would have left them. */
function details(now: number, ageMs: number, fields: object = {}): string {
  return JSON.stringify({
    updateTime: now - ageMs,
    publishedLoad: '0',
    ...report('9.a.0', 3, { leaseMs: LEASE_MS, updatePeriodMs: 3_000 }),
    ...fields,
  });
}

async function storeNow(): Promise<number> {
  return (await fixture.executors.stateful.getServiceState(fixture.ns, 'room')).storeTime;
}

describe('the order of incarnations', () => {
  const part = fc.constantFrom('a', 'b', 'B', 'a-', 'ab', '_', '1');
  const whole = fc
    .tuple(fc.constantFrom(0, 1, 2, 1_795_000_000_000), part, fc.integer({ min: 0, max: 2 }))
    .map((parts) => parts.join('.'));
  const incarnation = fc.oneof(whole, part, fc.constantFrom('1.a', '1.a.', '.a.1', 'x.a.1', '1.a.b.1'));

  it('is that of core, whatever the locale of the server', async () => {
    const { executors, redis, ns } = fixture;
    await fc.assert(
      fc.asyncProperty(incarnation, incarnation, async (stored, asking) => {
        const now = await storeNow();
        await redis.hset(info(), '0', details(now, 0, { incarnation: stored }));
        const beat = executors.stateful.setServiceState(ns, 'room', 0, report(asking, 4));
        const order = compareIncarnations(asking, stored);
        if (order < 0) await expect(beat).rejects.toMatchObject({ code: 'FENCED', met: stored });
        else expect((await beat).previous?.incarnation).toBe(stored);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps a text of another form unchanged, unless its start was raised', async () => {
    const { executors, ns } = fixture;
    const ack = await executors.stateful.setServiceState(ns, 'room', 0, report('"a\\/b"', 0));
    expect(ack.incarnation).toBe('"a\\/b"');
    const { pods } = await executors.stateful.getServiceState(ns, 'room');
    expect(pods.get(0)?.incarnation).toBe('"a\\/b"');
  });

  it('raises the start of a first heartbeat above that of an entry past its lease, and lets it stand', async () => {
    const { executors, redis, ns } = fixture;
    const beat = (text: string, seq: number) =>
      executors.stateful.setServiceState(ns, 'room', 0, report(text, seq));
    await redis.hset(info(), '0', details(await storeNow(), LEASE_MS + 1_000, { incarnation: '9.z.4' }));
    expect(await beat('5.a.0', 0)).toMatchObject({
      incarnation: '10.a.0',
      previous: { incarnation: '9.z.4' },
    });
    // The process does not know it yet, and continues with its own start.
    expect(await beat('5.a.0', 1)).toMatchObject({ incarnation: '10.a.0' });
    expect(await beat('5.a.1', 0)).toMatchObject({ incarnation: '10.a.1' });
    expect(await beat('12.a.1', 1)).toMatchObject({ incarnation: '12.a.1' });
  });
});

describe('an invalid intent', () => {
  it.each(['', 'Drain', 'halt'])('is returned, and fails no heartbeat: "%s"', async (word) => {
    const { executors, redis, ns } = fixture;
    await redis.hset(`sf:{${ns}:state:room}:intent`, '0', word);
    const ack = await executors.stateful.setServiceState(ns, 'room', 0, report('a', 0));
    expect(ack).toMatchObject({ unknownIntent: word, intent: undefined });
  });
});

describe('the beginning of a directory', () => {
  /** Ages that no slow step of the test carries over a limit: those are at 7.5, 12, 15, 22.5, 27, 30, 45 and 90 s. */
  const age = fc.constantFrom(500, 8_500, 11_000, 12_500, 14_000, 16_000, 31_000, 43_000, 46_000, 92_000);
  const pod = fc.record({
    ageMs: age,
    state: fc.constantFrom('READY', 'READY', 'NOT_READY', 'FAILED', 'TERMINATING'),
    leaseMs: fc.constantFrom(LEASE_MS, LEASE_MS, 2 * LEASE_MS),
    updatePeriodMs: fc.constantFrom(3_000, 9_000),
  });
  const sinceAge = fc.option(fc.constantFrom(1_000, 20_000, 43_000, 46_000, 100_000), { nil: undefined });

  it('is decided by the rule of core, and by none of its own', async () => {
    const { executors, redis, ns } = fixture;
    await fc.assert(
      fc.asyncProperty(sinceAge, fc.array(pod, { minLength: 1, maxLength: 6 }), async (sinceMs, pods) => {
        // The word that an earlier history's heartbeat left must not count as another side's.
        await redis.del(info(), `sf:{${ns}:state:room}`);
        const now = await storeNow();
        for (const [at, { ageMs, ...fields }] of pods.entries()) {
          await redis.hset(info(), String(at), details(now, ageMs, fields));
        }
        if (sinceMs !== undefined) await redis.hset(info(), '@since', now - sinceMs, '@quiet', 7);
        const before = await executors.stateful.getServiceState(ns, 'room');
        const expected = sinceReset(before, 0);
        const ack = await executors.stateful.setServiceState(ns, 'room', 0, report('9.a.1', 0));
        const after = await executors.stateful.getServiceState(ns, 'room');
        const reset: Partial<ServiceStateRead> = {
          since: ack.storeTime,
          quiet: expected.quiet ? ack.storeTime : undefined,
        };
        const { since, quiet } = after;
        expect({ since, quiet }).toEqual(
          expected.resets ? reset : { since: before.since, quiet: before.quiet },
        );
        expect(ack.since).toBe(since);
      }),
      { numRuns: 200 },
    );
  });

  it('is marked as restored once, by a pod that had beaten before and finds no entry', async () => {
    const { executors, ns } = fixture;
    const beat = (podId: number, seq: number) =>
      executors.stateful.setServiceState(ns, 'room', podId, report('9.a.0', seq));
    const first = await beat(0, 5);
    expect(first.restored).toBe(first.storeTime);
    expect(await beat(1, 5)).toMatchObject({ restored: first.restored, previous: undefined });
    expect(await executors.stateful.getServiceState(ns, 'room')).toMatchObject({ restored: first.restored });
  });

  it('is not marked in one that is older than the lease, nor by a first heartbeat', async () => {
    const { executors, redis, ns } = fixture;
    await executors.stateful.setServiceState(ns, 'room', 0, report('9.a.0', 0));
    await redis.hset(info(), '@since', (await storeNow()) - LEASE_MS - 1_000);
    const ack = await executors.stateful.setServiceState(ns, 'room', 1, report('9.b.0', 5));
    expect(ack.restored).toBeUndefined();
    expect(await redis.hexists(info(), '@restored')).toBe(0);
  });
});

describe('a removal by an operator', () => {
  it('removes the intent, and resets since if there was an entry', async () => {
    const { executors, redis, ns } = fixture;
    const { stateful, server } = executors;
    await stateful.setServiceState(ns, 'room', 0, report('9.a.0', 0));
    await server.setPodIntent(ns, 'room', 0, 'drain');
    await redis.hset(info(), '@since', 7, '@quiet', 7);
    expect(await stateful.removeServiceState(ns, 'room', 0)).toBe(true);
    const read = await stateful.getServiceState(ns, 'room');
    expect(read.since).toBeGreaterThan(7);
    expect(read.quiet).toBeUndefined();
    expect(await redis.exists(`sf:{${ns}:state:room}:intent`)).toBe(0);
  });

  it.each([
    ['has ended', { state: 'TERMINATING' }, 0],
    ['is past its lease', {}, LEASE_MS + 1_000],
  ])('leaves the directory where the entry %s', async (_, fields, ageMs) => {
    const { executors, redis, ns } = fixture;
    await redis.hset(info(), '0', details(await storeNow(), ageMs, fields), '@since', 7);
    expect(await executors.stateful.removeServiceState(ns, 'room', 0)).toBe(true);
    expect((await executors.stateful.getServiceState(ns, 'room')).since).toBe(7);
  });

  it('takes the intent where there is no entry, and says so', async () => {
    const { executors, redis, ns } = fixture;
    await executors.server.setPodIntent(ns, 'room', 0, 'drain');
    expect(await executors.stateful.removeServiceState(ns, 'room', 0)).toBe(false);
    expect(await redis.exists(`sf:{${ns}:state:room}:intent`)).toBe(0);
  });
});

describe('what a heartbeat costs', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  /** How often all entries were looked at. */
  async function scans(): Promise<number> {
    const stats = await server.client.info('commandstats');
    return Number(/^cmdstat_hgetall:calls=(\d+)/m.exec(stats)?.[1] ?? 0);
  }

  it('is no look at the others, unless its own entry is past its lease and the last beginning long ago', async () => {
    const executors = createRedisExecutors({ url: server.url });
    const { stateful } = executors;
    const key = 'sf:{game:state:room}:info';
    const { storeTime } = await stateful.setServiceState('game', 'room', 0, report('9.a.0', 0));
    const before = await scans();
    for (let seq = 1; seq < 5; seq++) await stateful.setServiceState('game', 'room', 0, report('9.a.0', seq));
    await stateful.setServiceState('game', 'room', 1, report('9.b.0', 0));
    await server.client.hset(key, '1', details(storeTime, LEASE_MS + 1_000));
    await stateful.setServiceState('game', 'room', 1, report('9.b.0', 0));
    await server.client.hset(key, '@since', storeTime - 10 * LEASE_MS);
    await stateful.setServiceState('game', 'room', 0, report('9.c.0', 1));
    expect(await scans()).toBe(before);
    await server.client.hset(key, '1', details(storeTime, LEASE_MS + 1_000));
    await stateful.setServiceState('game', 'room', 1, report('9.b.0', 0));
    expect(await scans()).toBe(before + 1);
    await executors.close();
  });
});
