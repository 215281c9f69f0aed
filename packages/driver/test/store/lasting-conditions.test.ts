import type { LogFields, Logger } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { callerFixture, failing } from '../caller-fixture.ts';

const PODS = 200;
const USERS = 5_000;
const SECONDS = 120;
const LEASE_MS = 100_000;
const report = { leaseMs: LEASE_MS, updatePeriodMs: 10_000 };

/** Counts warnings and errors by message, and keeps what is said of ends. */
function countingLogger(): { logger: Logger; counts: Map<string, number>; infos: string[] } {
  const counts = new Map<string, number>();
  const infos: string[] = [];
  const count = (_fields: LogFields, message: string): void => {
    counts.set(message, (counts.get(message) ?? 0) + 1);
  };
  const info = (_fields: LogFields, message: string): void => {
    infos.push(message);
  };
  return { logger: { debug: () => {}, info, warn: count, error: count }, counts, infos };
}

describe('a condition that lasts for two minutes, while 5,000 users are looked up', () => {
  it('is logged once a minute when all pods stop beating at once, and its end once', async () => {
    const pods = Array.from({ length: PODS }, (_, podId) => podId);
    const { clock, startedCaller, claim, beat } = await callerFixture(pods);
    const uids = Array.from({ length: USERS }, (_, user) => `user-${user}`);
    await Promise.all(pods.map((podId) => beat(podId, report)));
    await Promise.all(uids.map((uid, user) => claim(uid, user % PODS)));
    const { logger, counts, infos } = countingLogger();
    const { rooms } = await startedCaller({ logger });
    // Beyond the leases of pods that fell silent at one moment, in a directory older than that.
    await clock.advance(LEASE_MS * 1.05);

    let refused = 0;
    for (let second = 0; second < SECONDS; second++) {
      const asked = uids.filter((_, user) => user % SECONDS === second);
      const answers = Promise.allSettled(asked.map((uid) => rooms.locate(uid)));
      await clock.advance(1_000);
      refused += (await answers).filter(({ status }) => status === 'rejected').length;
    }
    expect(refused).toBe(USERS);
    const silent = [...counts].filter(([message]) => message.includes('stopped beating at once'));
    expect(silent.map(([, lines]) => lines)).toEqual([3]);
    expect(counts.size).toBe(1);

    await Promise.all(pods.map((podId) => beat(podId, report)));
    await clock.advance(10_000);
    expect(infos).toEqual([
      'most pods beat again, or are long dead; users of dead pods are taken over again',
    ]);
  });

  it('is logged once a minute when the store is unavailable, and its end once', async () => {
    const { clock, startedCaller } = await callerFixture([0, 1]);
    const { logger, counts, infos } = countingLogger();
    const { rooms, around } = await startedCaller({ logger });
    around(failing());
    let refused = 0;
    for (let second = 0; second < SECONDS; second++) {
      const asked = Array.from({ length: USERS / SECONDS + 1 }, (_, i) => `user-${second}-${i}`);
      const answers = Promise.allSettled(asked.map((uid) => rooms.locate(uid)));
      await clock.advance(1_000);
      refused += (await answers).filter(({ status }) => status === 'rejected').length;
    }
    expect(refused).toBeGreaterThanOrEqual(USERS);
    expect([...counts.keys()].toSorted()).toEqual([
      'the callers that place users cannot be counted; the last count stays',
      'the pods could not be read; the last snapshot stays',
      'the store does not answer',
    ]);
    for (const lines of counts.values()) expect(lines).toBeLessThanOrEqual(2);

    around((call) => call.run(call.options));
    await clock.advance(120_000);
    expect(infos.toSorted()).toEqual([
      'the callers that place users are counted again',
      'the pods can be read again',
      'the store answers again',
    ]);
  });
});
