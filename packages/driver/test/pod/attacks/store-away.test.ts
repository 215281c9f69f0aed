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

it('a fenced pod logs no recovery of a store that is still away', async () => {
  const { clock, pod } = podFixture();
  const lines: string[] = [];
  const log = (_: object, message: string): number => lines.push(message);
  let up = true;
  const a = pod(
    0,
    { config, logger: { debug: log, info: log, warn: log, error: log } },
    ({ method, options, run }) => (up ? run(options) : Promise.reject(away(method))),
  );
  await a.start();
  await a.server.claim('ada');
  await clock.advance(14_000);
  up = false;
  await clock.advance(60_000); // the self-heal pass fails, and then the pod fences itself
  expect(a.server.isFenced()).toBe(true);
  expect(lines).toContain('the claims could not be read back; trying again');
  expect(lines).not.toContain('the claims can be read back again');
  up = true;
  await clock.advance(60_000);
  expect([a.server.isFenced(), lines.includes('the claims can be read back again')]).toEqual([false, true]);
  await a.stop({ signal: AbortSignal.abort() });
});
