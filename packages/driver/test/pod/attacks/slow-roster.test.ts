import { routeError } from '@stateful-route/core';
import { expect, it } from 'vitest';
import { podFixture } from '../../pod-fixture.ts';

const config = { profile: 'realtime', deadOwner: 'wait' } as const;

it('a claim whose roster entry took long is read after its own deadline', async () => {
  const { clock, executors, pod } = podFixture();
  let breaks = false;
  const a = pod(0, { config }, async ({ method, options, run }) => {
    if (breaks && method === 'enterRoster')
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 600));
    if (breaks && method === 'trySetLinkedPod') {
      // It acts right before its deadline; its caller gets a lost connection at once.
      clock.setTimeout(() => void run(options).catch(() => {}), (options?.timeoutMs ?? 0) - 1);
      throw routeError('STORE_ERROR', 'The connection was lost.', { operation: method }, { retryable: true });
    }
    return run(options);
  });
  await a.start();
  breaks = true;
  const claim = a.server.claim('ada').catch((error: unknown) => error);
  await clock.advance(5_000);
  expect(await claim).toBeInstanceOf(Error);
  breaks = false;
  await clock.advance(5_000);
  expect(a.server.holds('ada')).toBe(false);
  expect(await executors.stateful.getLinkedPodIfPersist('game', 'ada', 'room')).toBeUndefined();
});

it('no claim acts after the fence of its pod, however long the roster takes', async () => {
  const { clock, pod } = podFixture();
  let breaks = false;
  let up = true;
  let actedAt: number | undefined;
  const a = pod(0, { config }, async ({ method, options, run }) => {
    if (!up && method === 'setServiceState') throw new Error('cut');
    if (breaks && method === 'enterRoster')
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 450));
    if (breaks && method === 'trySetLinkedPod') {
      await new Promise<void>((resolve) => clock.setTimeout(resolve, (options?.timeoutMs ?? 0) - 1));
      actedAt = clock.monotonic();
    }
    return run(options);
  });
  await a.start();
  up = false;
  await clock.advance(13_000); // the fence is at 13,500
  breaks = true;
  a.server.claim('ada').catch(() => {});
  await clock.advance(3_000);
  expect(actedAt ?? 0).toBeLessThan(13_500);
});

it('no user is claimed too early in a restored directory because the roster was slow', async () => {
  const { clock, executors, pod } = podFixture();
  let breaks = false;
  const a = pod(0, { config }, async ({ method, options, run }) => {
    if (breaks && method === 'enterRoster')
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 500));
    return run(options);
  });
  const b = pod(1, { config }, async ({ options, run }) => {
    if (breaks) await new Promise<void>((resolve) => clock.setTimeout(resolve, 900));
    return run(options);
  });
  await a.start();
  await b.start();
  await b.server.claim('ada');
  await clock.advance(20_000);
  breaks = true;
  const claim = a.server.claim('ada').catch((error: unknown) => error);
  await clock.advance(100);
  executors.faults.restart({ lose: 'everything' });
  await a.server.setMetadata({ beats: 'now' });
  await clock.advance(400);
  const both = a.server.holds('ada') && b.server.holds('ada');
  await clock.advance(5_000);
  await claim;
  expect(both).toBe(false);
});
