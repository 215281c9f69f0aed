import { expect, it } from 'vitest';
import { podFixture } from '../../pod-fixture.ts';

const config = { profile: 'realtime' } as const;

it('a returning incarnation reports `returning` until its claims are asserted, also if its first heartbeat finds no entry', async () => {
  const { clock, executors, pod } = podFixture();
  let up = true;
  const held: { claims?: Promise<void> } = {};
  const words: unknown[] = [];
  const a = pod(0, { config }, async ({ method, args, options, run }) => {
    if (!up) throw new Error('cut');
    if (method === 'setServiceState') words.push((args[3] as { healing?: string }).healing);
    if (method === 'trySetLinkedPod' && held.claims) await held.claims;
    return run(options);
  });
  await a.start();
  await a.server.claim('ada');
  let letGo!: () => void;
  held.claims = new Promise((resolve) => (letGo = resolve));
  up = false;
  await clock.advance(14_000);
  expect(a.server.isFenced()).toBe(true);
  executors.faults.restart({ lose: 'everything' });
  up = true;
  words.length = 0;
  await clock.advance(7_000); // back, waits a period since `restored`, then its reclaim hangs
  expect(a.server.holds('ada')).toBe(false);
  const { pods, restored } = await executors.stateful.getServiceState('game', 'room');
  expect(restored).toBeDefined();
  expect(words).toEqual(words.map(() => 'returning'));
  expect(pods.get(0)?.healing).toBe('returning');
  letGo();
  await clock.advance(1_000);
});
