import { routeError } from '@stateful-route/core';
import { expect, it } from 'vitest';
import { podFixture } from '../../pod-fixture.ts';

const config = { profile: 'realtime' } as const;

it('a return that is fenced again claims no more users', async () => {
  const { clock, executors, pod } = podFixture();
  let up = true;
  let beats = true;
  let slow = false;
  let readsSlowly = false;
  const a = pod(0, { config }, async ({ method, options, run }) => {
    if (!up || (!beats && method === 'setServiceState')) {
      throw routeError('STORE_ERROR', 'no connection', { operation: method }, { retryable: true });
    }
    if (slow && method === 'trySetLinkedPod')
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 900));
    if (readsSlowly && method === 'batchGetLink')
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 300));
    return run(options);
  });
  const b = pod(1, { config });
  await a.start();
  await b.start();
  const uids = Array.from({ length: 1_800 }, (_, at) => `user-${at}`);
  for (const uid of uids) await a.server.claim(uid);
  up = false;
  await clock.advance(14_000); // fenced
  slow = true;
  up = true;
  await clock.advance(100); // back: 18 batches of 100, 0.9 s each
  beats = false;
  await clock.advance(13_600);
  expect(a.server.isFenced()).toBe(true);
  slow = false; // the store is quick again, but no heartbeat arrives
  await clock.advance(2_500); // the lease is over
  const uid = 'user-1799';
  const { token } = await executors.stateful.getLink('game', uid, 'room');
  const moved = await executors.stateful.replaceLinkedPod('game', uid, 'room', 0, 1, 60, {
    ifToken: token ?? null,
  });
  expect(moved.linked).toBe(true);
  await b.server.claim(uid);
  readsSlowly = true;
  beats = true;
  let both = false;
  for (let passed = 0; passed < 3_000; passed += 50) {
    await clock.advance(50);
    both ||= a.server.holds(uid) && b.server.holds(uid);
  }
  expect(both).toBe(false);
}, 60_000);
