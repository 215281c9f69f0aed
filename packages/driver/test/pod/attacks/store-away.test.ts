import { routeError } from '@stateful-route/core';
import { expect, it } from 'vitest';
import { podFixture } from '../../pod-fixture.ts';

const config = { profile: 'realtime' } as const;
const away = (operation: string, retryable = true): Error =>
  routeError('STORE_ERROR', 'no connection', { operation }, { retryable });

it('removals that wait for the store ask it less and less often', async () => {
  const { clock, pod } = podFixture();
  let up = true;
  let calls = 0;
  const a = pod(0, { config }, async ({ method, options, run }) => {
    if (up) return run(options);
    if (method === 'removeLinkedPodWithId') calls += 1;
    throw away(method);
  });
  await a.start();
  const uids = Array.from({ length: 200 }, (_, at) => `user-${at}`);
  for (const uid of uids) await a.server.claim(uid);
  up = false;
  for (const uid of uids) a.server.release(uid).catch(() => {});
  await clock.advance(10_000);
  expect(calls / uids.length).toBeLessThan(50);
});

it('a claim that the store refuses permanently leaves no user in doubt', async () => {
  const { clock, executors, pod } = podFixture();
  let calls = 0;
  const a = pod(0, { config }, async ({ method, args, options, run }) => {
    if ((method === 'trySetLinkedPod' || method === 'getLink') && args[1] === 'ada') {
      calls += 1;
      throw away(method, false);
    }
    return run(options);
  });
  await a.start();
  const claim = a.server.claim('ada').catch((error: unknown) => error);
  await clock.advance(10_000);
  expect(await claim).toMatchObject({ code: 'STORE_ERROR' });
  const { pods } = await executors.stateful.getServiceState('game', 'room');
  expect({ users: pods.get(0)?.users, few: calls < 50 }).toEqual({ users: 0, few: true });
});
