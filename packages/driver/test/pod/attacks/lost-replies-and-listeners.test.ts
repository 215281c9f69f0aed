import { routeError } from '@stateful-route/core';
import { expect, it } from 'vitest';
import { podFixture } from '../../pod-fixture.ts';

const config = { profile: 'realtime' } as const;

it('a listener that rejects is logged and affects nothing else', async () => {
  const rejections: unknown[] = [];
  const listeners = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', (error) => rejections.push(error));
  const { clock, executors, pod } = podFixture();
  const a = pod(0, { config });
  await a.start();
  await a.server.claim('ada');
  const dropUser = async (): Promise<void> => {
    await Promise.resolve();
    throw new Error('the application could not drop the user');
  };
  const listener: unknown = dropUser;
  a.server.on('claimsLost', listener as () => void);
  await executors.stateful.setLinkedPod('game', 'ada', 'room', 1, -1);
  await clock.advance(10);
  await new Promise((resolve) => setImmediate(resolve));
  process.removeAllListeners('unhandledRejection');
  for (const listener of listeners) process.on('unhandledRejection', listener);
  expect(rejections).toEqual([]);
});

it('a stop that removes its claims leaves the roster empty', async () => {
  const { clock, executors, pod } = podFixture();
  const a = pod(0, { config: { ...config, deadOwner: 'wait', drainTimeoutMs: 3_000 } });
  await a.start();
  await a.server.claim('ada');
  const stopping = a.stop();
  await clock.advance(5_000);
  await stopping;
  expect(await executors.stateful.getLinkedPod('game', 'ada', 'room')).toBeUndefined();
  expect((await executors.stateful.readRoster('game', 'room', 0)).entries).toEqual([]);
});

it('a pod heals also where the reply was lost of the beat that found no entry', async () => {
  const { clock, executors, pod } = podFixture();
  let breaks = false;
  const a = pod(0, { config: { ...config, maxRetryCount: 2 } }, async ({ method, options, run }) => {
    const reply = await run(options);
    if (breaks && method === 'setServiceState') {
      breaks = false;
      throw routeError('STORE_ERROR', 'The connection was lost.', { operation: method }, { retryable: true });
    }
    return reply;
  });
  await a.start();
  await clock.advance(16_000);
  await a.server.claim('ada');
  executors.faults.lose('everything');
  breaks = true;
  await clock.advance(4_000);
  expect(await executors.stateful.getLinkedPodIfPersist('game', 'ada', 'room')).toBe(0);
});

it('a scope that never ends holds up one hand-over by userTimeoutMs, not each one after it', async () => {
  const { clock, pod } = podFixture();
  const a = pod(0, { config: { ...config, userTimeoutMs: 2_000 } });
  await a.start();
  void a.server.claimScope('ada', () => new Promise(() => {}));
  await clock.advance(0);
  const first = a.server.release('ada', { timeoutMs: 10_000 });
  await clock.advance(2_100);
  expect(await first).toBe(true);
  await a.server.claim('ada');
  let released = false;
  void a.server.release('ada', { timeoutMs: 10_000 }).then(() => (released = true));
  await clock.advance(500);
  expect(released).toBe(true);
});

it('an operator’s resume does not end what another drain refuses', async () => {
  const { clock, executors, pod } = podFixture();
  const a = pod(0, { config });
  await a.start();
  await a.server.claim('ada');
  await executors.server.setPodIntent('game', 'room', 0, 'drain');
  await clock.advance(10);
  const own = a.server.drain({ deadlineMs: 20_000 });
  await executors.server.setPodIntent('game', 'room', 0, 'resume');
  await clock.advance(10);
  expect(a.server.getRoutingState()).toBe('DENY_NEW_CALL');
  await clock.advance(30_000);
  await own;
});
