import { uniqueNamespace } from '@stateful-route/testkit/redis';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Damage, outcome, randomCalls, randomDamage } from './support/random-calls.ts';
import { redisFixture } from './support/redis-fixture.ts';

const fixture = redisFixture();

async function spoil(ns: string, damages: readonly Damage[]): Promise<void> {
  for (const { key, with: what } of damages) {
    await fixture.redis.del(key(ns));
    if (what === 'a list') await fixture.redis.rpush(key(ns), 'a list');
    else if (key(ns).endsWith(':token')) await fixture.redis.hset(key(ns), 'room', 'x');
    else await fixture.redis.set(key(ns), 'pod-1');
  }
}

it('calls come to the same alone and gathered', async () => {
  await fc.assert(
    fc.asyncProperty(randomCalls, fc.array(randomDamage, { maxLength: 3 }), async (calls, damages) => {
      const [apart, beside] = [uniqueNamespace(), uniqueNamespace()];
      await spoil(apart, damages);
      await spoil(beside, damages);
      const alone: unknown[] = [];
      for (const { make } of calls) alone.push(await outcome(make(fixture.executors, apart), apart));
      const gathered = await Promise.all(
        calls.map(({ make }) => outcome(make(fixture.executors, beside), beside)),
      );
      const named = (results: readonly unknown[]) => results.map((result, at) => [calls[at]!.said, result]);
      expect(named(gathered)).toEqual(named(alone));
    }),
    { numRuns: 100, interruptAfterTimeLimit: 30_000 },
  );
});
