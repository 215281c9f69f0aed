import { expect, it } from 'vitest';
import { podFixture } from '../../pod-fixture.ts';

const config = { profile: 'realtime' } as const;

it('the later of two runs wins, also after the store lost its entry', async () => {
  const { clock, executors, pod } = podFixture();
  let cut = false;
  const first = pod(0, { config }, async ({ options, run }) => {
    if (cut) throw new Error('cut');
    return run(options);
  });
  await first.start();
  await clock.advance(30_000);
  cut = true;
  let secondCut = false;
  const second = pod(0, { config }, async ({ options, run }) => {
    if (secondCut) throw new Error('cut');
    return run(options);
  });
  await second.start();
  await second.server.claim('ada');
  await clock.advance(3_100); // right after a beat of the second
  executors.faults.lose('states');
  secondCut = true;
  clock.setTimeout(() => {
    secondCut = false;
  }, 6_000);
  cut = false;
  const { pods } = await executors.stateful.getServiceState('game', 'room');
  expect(pods.size).toBe(0);
  await first.server.setMetadata({ a: '1' }); // the first beats before the second does
  let both = false;
  for (let passed = 0; passed < 20_000; passed += 500) {
    first.server.claim('ada').catch(() => {});
    await clock.advance(500);
    both ||= first.server.holds('ada') && second.server.holds('ada');
  }
  expect({
    both,
    firstHolds: first.server.holds('ada'),
    secondHolds: second.server.holds('ada'),
    second: second.liveness().alive,
  }).toEqual({
    both: false,
    firstHolds: false,
    secondHolds: true,
    second: true,
  });
});
