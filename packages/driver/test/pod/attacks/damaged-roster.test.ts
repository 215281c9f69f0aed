import { routeError } from '@stateful-route/core';
import { expect, it } from 'vitest';
import { podFixture } from '../../pod-fixture.ts';

const config = { profile: 'realtime', deadOwner: 'wait', drainTimeoutMs: 0 } as const;

it('a restarted pod keeps the roster entry of a user whose link cannot be read', async () => {
  const { clock, executors, pod } = podFixture();
  const first = pod(0, { config: { ...config, leftover: 'keep' } });
  await first.start();
  await first.server.claim('ada');
  await first.server.claim('bob');
  const stopped = first.stop();
  await clock.advance(2_000);
  await stopped;
  let damaged = true;
  const a = pod(0, { config }, async ({ method, args, options, run }) => {
    const meets = method === 'batchGetLink' ? (args[1] as string[]).includes('ada') : args[1] === 'ada';
    if (damaged && meets && /Link/.test(method)) {
      const fields = { operation: method, damaged: ['ada'] };
      throw routeError('STORE_ERROR', 'no token', fields, { retryable: false });
    }
    return run(options);
  });
  await a.start();
  damaged = false;
  const { entries } = await executors.stateful.readRoster('game', 'room', 0);
  expect(entries.map(({ uid }) => uid).toSorted()).toEqual(['ada', 'bob']);
});

it('a user whose keys were damaged in the return is taken up again once they are not', async () => {
  const { clock, pod } = podFixture();
  let up = true;
  let damaged = false;
  const a = pod(0, { config: { profile: 'realtime' } }, async ({ method, args, options, run }) => {
    if (!up) throw routeError('STORE_ERROR', 'no connection', { operation: method }, { retryable: true });
    if (damaged && method === 'trySetLinkedPod' && args[1] === 'ada')
      throw routeError('STORE_ERROR', 'no token', { operation: method }, { retryable: false });
    return run(options);
  });
  await a.start();
  await a.server.claim('ada');
  up = false;
  await clock.advance(14_000);
  damaged = true;
  up = true;
  await clock.advance(5_000);
  damaged = false;
  await clock.advance(40_000);
  expect(a.server.holds('ada')).toBe(true);
});
