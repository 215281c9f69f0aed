import { expect, it } from 'vitest';
import { podFixture } from '../../pod-fixture.ts';

const config = { profile: 'realtime' } as const;

it('a waiting roster user is forgotten when the claim was ended unnoticed', async () => {
  const { clock, executors, pod } = podFixture();
  const before = pod(0, { config: { ...config, deadOwner: 'wait', leftover: 'keep', drainTimeoutMs: 0 } });
  await before.start();
  await before.server.claim('ada');
  const stopped = before.stop();
  await clock.advance(2_000);
  await stopped;
  const a = pod(0, { config: { ...config, deadOwner: 'wait' } });
  const b = pod(1, { config: { ...config, deadOwner: 'wait' } });
  await a.start();
  await b.start();
  executors.faults.setAsOtherSide('game', 'ada', 'room', 1);
  await clock.advance(40_000);
  const { pods } = await executors.stateful.getServiceState('game', 'room');
  expect(pods.get(0)?.users).toBe(0);
});

it('a stop names a user whose scope kept the save from beginning', async () => {
  const { clock, pod } = podFixture();
  const a = pod(0, { config: { ...config, drainTimeoutMs: 10_000, userTimeoutMs: 20_000 } });
  await a.start();
  void a.server.claimScope('ada', () => new Promise(() => {}));
  const saved: string[] = [];
  a.server.onHandOff(({ uid }) => {
    saved.push(uid);
  });
  await clock.advance(0);
  const stopping = a.stop();
  await clock.advance(10_001);
  expect([saved, await stopping]).toEqual([[], { left: 1, unsaved: ['ada'] }]);
});

it('a displaced pod reports every loss, also if a signal’s listener stops it', async () => {
  const { clock, pod } = podFixture();
  const a = pod(0, { config });
  await a.start();
  const reported: string[] = [];
  a.server.on('claimsLost', ({ uids }) => reported.push(...uids));
  void a.server.claimScope(
    'ada',
    ({ signal }) =>
      new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          void a.stop();
          resolve();
        });
      }),
  );
  await a.server.claim('bob');
  await a.server.claim('cyd');
  await pod(0, { config }).start();
  await clock.advance(4_000);
  expect(reported.toSorted()).toEqual(['ada', 'bob', 'cyd']);
});
