import { expect, it } from 'vitest';
import { podFixture } from '../../pod-fixture.ts';

const config = { profile: 'realtime' } as const;

it('removes all claims with leftover release, however many are left', async () => {
  const { clock, executors, pod } = podFixture();
  const a = pod(0, { config: { ...config, deadOwner: 'wait' } }, async ({ method, options, run }) => {
    if (method === 'removeLinkedPodWithId')
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 5));
    return run(options);
  });
  await a.start();
  const uids = Array.from({ length: 250 }, (_, at) => `user-${at}`);
  for (const uid of uids) await a.server.claim(uid);
  const stopping = a.stop();
  await clock.advance(40_000);
  await stopping;
  const links = await executors.stateful.batchGetLink('game', uids, 'room');
  expect(links.size).toBe(0);
});

it('of a start under way reports no user, whatever an earlier run left', async () => {
  const { clock, pod } = podFixture();
  let hangs = false;
  const a = pod(0, { config: { ...config, drainTimeoutMs: 2_000 } }, async ({ options, run, method }) => {
    if (hangs && method === 'registerService')
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 50));
    return run(options);
  });
  await a.start();
  await a.server.claim('ada');
  const first = a.stop();
  await clock.advance(5_000);
  expect((await first).left).toBe(1);
  hangs = true;
  const starting = a.start().catch((error: unknown) => error);
  await clock.advance(10);
  const stopping = a.stop();
  await clock.advance(1_000);
  await starting;
  expect(await stopping).toEqual({ left: 0, unsaved: [] });
});
