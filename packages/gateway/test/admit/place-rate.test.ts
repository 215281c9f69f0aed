import { ManualClock } from '@stateful-route/core/testing';
import { array, assert, asyncProperty, integer, nat, record } from 'fast-check';
import { expect, it } from 'vitest';
import { PlaceRate } from '../../src/admit/place-rate.ts';

it('lets a second of new users in at once, then each when its token has come', async () => {
  const clock = new ManualClock();
  const rate = new PlaceRate(2, clock);
  expect([rate.take('a'), rate.take('b'), rate.take('c')]).toEqual([0, 0, 500]);
  await clock.advance(500);
  expect([rate.take('c'), rate.take('d')]).toEqual([0, 500]);
});

it('counts a user once in a second', async () => {
  const clock = new ManualClock();
  const rate = new PlaceRate(2, clock);
  expect([rate.take('a'), rate.take('a'), rate.take('a'), rate.take('b')]).toEqual([0, 0, 0, 0]);
  await clock.advance(1000);
  expect([rate.take('a'), rate.take('b'), rate.take('c')]).toEqual([0, 0, 500]);
});

it('names a wait of at most one token, and counts no more users than a second and the time since give', async () => {
  const asks = array(record({ user: nat(30), afterMs: nat(400) }), { maxLength: 120 });
  await assert(
    asyncProperty(asks, integer({ min: 1, max: 20 }), async (all, perSecond) => {
      const clock = new ManualClock();
      const rate = new PlaceRate(perSecond, clock);
      const began = clock.monotonic();
      const countedAt = new Map<number, number>();
      let counted = 0;
      for (const { user, afterMs } of all) {
        await clock.advance(afterMs);
        const now = clock.monotonic();
        const waitMs = rate.take(String(user));
        expect(waitMs).toBeLessThanOrEqual(1000 / perSecond);
        if (waitMs > 0 || now - (countedAt.get(user) ?? Number.NEGATIVE_INFINITY) < 1000) continue;
        countedAt.set(user, now);
        counted += 1;
        expect(counted).toBeLessThanOrEqual(perSecond * (1 + (now - began) / 1000) + 1e-6);
      }
    }),
    { numRuns: 300 },
  );
});
