import { PERSIST_FOREVER } from '@stateful-route/core';
import { expect, it } from 'vitest';
import { removePod } from '../../src/index.ts';
import { podFixture } from '../pod-fixture.ts';

const place = { namespace: 'game', serviceName: 'room', podId: 0 };

/** A pod that ended and left claims of these users, who wait for it. */
async function leftBehind(...uids: readonly string[]) {
  const { clock, executors, pod } = podFixture();
  const config = { profile: 'realtime', deadOwner: 'wait', leftover: 'keep', drainTimeoutMs: 0 } as const;
  const gone = pod(0, { config });
  await gone.start();
  for (const uid of uids) await gone.server.claim(uid);
  const stopped = gone.stop();
  await clock.advance(2_000);
  await stopped;
  return executors;
}

const roster = async ({ stateful }: Awaited<ReturnType<typeof leftBehind>>): Promise<string[]> => {
  const { entries } = await stateful.readRoster('game', 'room', 0);
  return entries.map(({ uid }) => uid);
};

it('counts the claims that it ended, and no user who went elsewhere', async () => {
  const executors = await leftBehind('ada', 'bob', 'cyd');
  const { stateful } = executors;
  await stateful.setLinkedPod('game', 'bob', 'room', 1, PERSIST_FOREVER);
  await stateful.removeLinkedPod('game', 'cyd', 'room');
  expect(await removePod(executors, place)).toEqual({ removed: true, ended: 1, left: 0 });
  expect(await roster(executors)).toEqual([]);
  expect(await stateful.getLinkedPod('game', 'bob', 'room')).toBe(1);
  expect(await removePod(executors, place)).toEqual({ removed: false, ended: 0, left: 0 });
});

it('leaves a claim without a token, which cannot be compared, and reports it', async () => {
  const executors = await leftBehind('ada', 'bob');
  const { stateful } = executors;
  // Others lead ada elsewhere and back, as the Go side does: the record does not name this pod any more.
  await stateful.setLinkedPod('game', 'ada', 'room', 1, PERSIST_FOREVER, { incarnation: 'b' });
  executors.faults.setAsOtherSide('game', 'ada', 'room', 0);
  expect(await stateful.getLink('game', 'ada', 'room')).toMatchObject({ podId: 0, permanent: true });
  expect(await removePod(executors, place)).toEqual({ removed: true, ended: 1, left: 1 });
  expect(await roster(executors)).toEqual(['ada']);
});
