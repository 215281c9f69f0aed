import { expect, it } from 'vitest';
import {
  before,
  type CallerFixture,
  callerFixture,
  holdCalls,
  holdReplies,
  LEASE_MS,
  PERIOD_MS,
  REFRESH_MS,
} from '../caller-fixture.ts';

/** Lets a pod's lease run out while the others go on beating. */
async function outlive({ clock, beat }: CallerFixture, others: readonly number[]): Promise<void> {
  for (let passed = 0; passed <= LEASE_MS; passed += PERIOD_MS) {
    await clock.advance(PERIOD_MS);
    for (const podId of others) await beat(podId);
  }
  await clock.advance(PERIOD_MS / 2);
}

it('takes a claim over whose owner has died', async () => {
  const fixture = await callerFixture();
  const { startedCaller, claim, link } = fixture;
  await claim('ada', 2);
  const { rooms, calls } = await startedCaller();
  await outlive(fixture, [0, 1]);
  calls();

  expect(await rooms.locate('ada')).toMatchObject({ podId: 0, temporary: true });
  expect(calls()).toEqual(['setLinkedPodIfAbsent', 'getServiceState', 'replaceLinkedPod']);
  expect(await link('ada')).toMatchObject({ podId: 0, permanent: false });
});

it('leaves a claim with its owner up to the last moment of the lease', async () => {
  const { startedCaller, claim, clock, beat, link } = await callerFixture([0, 2]);
  await claim('ada', 2);
  await beat(2, { state: 'NOT_READY' });
  const { rooms } = await startedCaller();
  await clock.advance(LEASE_MS);
  await beat(0);

  await expect(rooms.locate('ada')).rejects.toMatchObject({ code: 'POD_NOT_AVAILABLE', podId: 2 });
  expect(await link('ada')).toMatchObject({ podId: 2, permanent: true });
  await clock.advance(1);
  expect(await rooms.locate('ada')).toMatchObject({ podId: 0 });
});

it.each(['TERMINATING', 'FAILED'] as const)(
  'takes a claim over at once from a pod that said %s',
  async (state) => {
    const { startedCaller, claim, beat, clock, link } = await callerFixture();
    await claim('ada', 2);
    const { rooms } = await startedCaller();
    await beat(2, { state });
    await clock.advance(0);

    expect(await rooms.locate('ada')).toMatchObject({ podId: 0, temporary: true });
    expect(await link('ada')).toMatchObject({ podId: 0, permanent: false });
  },
);

it.each([
  ['is not ready', { state: 'NOT_READY' }],
  ['is pending', { state: 'PENDING' }],
  ['is shut down', { routingState: 'SHUTDOWN' }],
] as const)('says when to ask again for a user whose pod %s', async (_what, report) => {
  const { startedCaller, claim, beat, link } = await callerFixture();
  await claim('ada', 2);
  await beat(2, report);
  const { rooms } = await startedCaller();
  const token = (await link('ada'))?.token;

  const refusal = await rooms.locate('ada').catch((error: unknown) => error);
  expect(refusal).toMatchObject({
    code: 'POD_NOT_AVAILABLE',
    namespace: 'game',
    serviceName: 'room',
    podId: 2,
    uid: 'ada',
    retryable: true,
  });
  const { retryAfterMs } = refusal as { retryAfterMs: number };
  expect(retryAfterMs).toBeGreaterThan(0);
  expect(retryAfterMs).toBeLessThanOrEqual(LEASE_MS + 1);
  expect(await link('ada')).toMatchObject({ podId: 2, permanent: true, token });
});

it('lets an owner win that came back and claimed again while its claim was being taken over', async () => {
  const fixture = await callerFixture();
  const { startedCaller, claim, restart, link } = fixture;
  await claim('ada', 2);
  const { rooms, around } = await startedCaller();
  await outlive(fixture, [0, 1]);
  around(
    before('replaceLinkedPod', async () => {
      await restart(2);
      await claim('ada', 2);
    }),
  );

  expect(await rooms.locate('ada')).toMatchObject({ podId: 2, temporary: false });
  expect(await link('ada')).toMatchObject({ podId: 2, permanent: true });
});

it('lets an owner win that came back between the two reads', async () => {
  const fixture = await callerFixture();
  const { startedCaller, claim, restart, link } = fixture;
  await claim('ada', 2);
  const { rooms, around, calls } = await startedCaller();
  await outlive(fixture, [0, 1]);
  calls();
  around(before('getServiceState', () => restart(2)));

  expect(await rooms.locate('ada')).toMatchObject({ podId: 2, temporary: false });
  expect(calls()).toEqual(['setLinkedPodIfAbsent', 'getServiceState']);
  expect(await link('ada')).toMatchObject({ podId: 2, permanent: true });
});

it('decides about the owner by a read that began after the link was read', async () => {
  const fixture = await callerFixture();
  const { startedCaller, claim, clock } = fixture;
  await claim('ada', 2);
  const { rooms, around, calls } = await startedCaller();
  await outlive(fixture, [0, 1]);
  const refresh = holdCalls('getServiceState');
  around(refresh.around);
  await clock.advance(REFRESH_MS);
  expect(refresh.count()).toBe(1);
  calls();

  const located = rooms.locate('ada');
  await clock.advance(0);
  expect(calls()).toEqual(['setLinkedPodIfAbsent']);
  refresh.release();
  expect(await located).toMatchObject({ podId: 0 });
  expect(calls()).toEqual(['getServiceState', 'replaceLinkedPod']);
});

it('takes over as well when another caller does so at the same moment, and agrees with it', async () => {
  const fixture = await callerFixture();
  await fixture.claim('ada', 2);
  const callers = [
    await fixture.startedCaller({ strategy: { pick: (pods) => pods[0] } }),
    await fixture.startedCaller({ strategy: { pick: (pods) => pods.at(-1) } }),
  ];
  await outlive(fixture, [0, 1]);

  const located = await Promise.all(callers.map(({ rooms }) => rooms.locate('ada')));
  expect(located[0]).toEqual(located[1]);
  expect((await fixture.link('ada'))?.podId).toBe(located[0]!.podId);
});

it('takes over from a pod whose entry is gone', async () => {
  const fixture = await callerFixture();
  const { startedCaller, claim, executors } = fixture;
  await claim('ada', 2);
  const { rooms } = await startedCaller();
  await outlive(fixture, [0, 1]);
  await executors.stateful.removeServiceState('game', 'room', 2);

  expect(await rooms.locate('ada')).toMatchObject({ podId: 0 });
});

it('takes no user over while the directory is young', async () => {
  const { startedCaller, claim, clock, beat, link } = await callerFixture([0, 1]);
  await claim('ada', 2);
  const { rooms } = await startedCaller();

  await expect(rooms.locate('ada')).rejects.toMatchObject({ code: 'POD_NOT_AVAILABLE', podId: 2 });
  await clock.advance(LEASE_MS - 1_000);
  await beat(0);
  await clock.advance(1_000);
  await expect(rooms.locate('ada')).rejects.toMatchObject({ code: 'POD_NOT_AVAILABLE', podId: 2 });
  expect(await link('ada')).toMatchObject({ podId: 2, permanent: true });

  await clock.advance(1);
  expect(await rooms.locate('ada')).toMatchObject({ podId: 0 });
});

it('counts the lease that the owner published, not the one of the caller', async () => {
  const fixture = await callerFixture([0, 1]);
  const { startedCaller, claim, clock, beat } = fixture;
  await beat(2, { leaseMs: LEASE_MS + 60_000 });
  await claim('ada', 2);
  await beat(2, { leaseMs: LEASE_MS + 60_000, state: 'NOT_READY' });
  const { rooms } = await startedCaller();
  await outlive(fixture, [0, 1]);
  await expect(rooms.locate('ada')).rejects.toMatchObject({ code: 'POD_NOT_AVAILABLE' });
  await clock.advance(60_000);
  expect(await rooms.locate('ada')).toMatchObject({ podId: 0 });
});

it('waits for the same ordinal where the service says so', async () => {
  const { startedCaller, claim, beat, restart, clock, link } = await callerFixture([0, 1]);
  await beat(2, { deadOwner: 'wait' });
  await claim('ada', 2);
  await beat(2, { deadOwner: 'wait', state: 'TERMINATING' });
  const { rooms } = await startedCaller();

  const refusal = await rooms.locate('ada').catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: 'POD_NOT_AVAILABLE', podId: 2 });
  expect((refusal as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(0);
  expect(await link('ada')).toMatchObject({ podId: 2, permanent: true });

  await restart(2);
  await clock.advance(0);
  expect(await rooms.locate('ada')).toMatchObject({ podId: 2, temporary: false });
});

it.each([
  ['waits', 'wait', { code: 'POD_NOT_AVAILABLE', podId: 2 }],
  ['does not wait', 'relink', { podId: 0 }],
] as const)('%s for a pod without an entry where its peers say %s', async (_what, deadOwner, outcome) => {
  const { startedCaller, claim, clock, beat } = await callerFixture([]);
  await beat(0, { deadOwner });
  await claim('ada', 2);
  const { rooms } = await startedCaller();
  await clock.advance(LEASE_MS);
  await beat(0, { deadOwner });
  await clock.advance(REFRESH_MS);
  expect(await rooms.locate('ada').catch((error: unknown) => error)).toMatchObject(outcome);
});

it('takes no user over if no pod takes new users', async () => {
  const { startedCaller, claim, beat, link } = await callerFixture([0, 1]);
  await claim('ada', 1);
  await beat(0, { routingState: 'DENY_NEW_CALL' });
  await beat(1, { state: 'TERMINATING' });
  const { rooms } = await startedCaller();

  await expect(rooms.locate('ada')).rejects.toMatchObject({ code: 'SERVICE_NOT_READY' });
  expect(await link('ada')).toMatchObject({ podId: 1, permanent: true });
});

it('takes no user over by unreadable states', async () => {
  const fixture = await callerFixture();
  const { startedCaller, claim, link } = fixture;
  await claim('ada', 2);
  const { rooms, around } = await startedCaller();
  await outlive(fixture, [0, 1]);
  around(before('getServiceState', () => Promise.reject(new Error('connection lost'))));

  await expect(rooms.locate('ada')).rejects.toThrow('connection lost');
  expect(await link('ada')).toMatchObject({ podId: 2, permanent: true });
});

it('believes a link only after a bounded number of looks when others keep changing it', async () => {
  const { startedCaller, executors, beat } = await callerFixture();
  await beat(2, { routingState: 'DENY_NEW_CALL' });
  const { rooms, around, calls } = await startedCaller();
  const { stateful } = executors;
  around(async (call) => {
    if (call.method === 'setLinkedPodIfAbsent') {
      await stateful.setLinkedPod('game', 'ada', 'room', 2, 300);
    } else if (call.method === 'replaceLinkedPod') {
      await stateful.setLinkedPod('game', 'ada', 'room', 7, 300);
    }
    return call.run(call.options);
  });

  await expect(rooms.locate('ada')).rejects.toMatchObject({ retryable: true });
  expect(calls().length).toBeLessThanOrEqual(10);
});

it('decides about the owner by one reading, whatever was pushed during it', async () => {
  const { startedCaller, claim, clock, beat } = await callerFixture([0, 2]);
  await claim('ada', 2);
  await clock.advance(LEASE_MS * 4);
  await beat(0);
  await beat(2);
  await clock.advance(LEASE_MS * 4);
  await beat(0);
  await beat(2);
  const { rooms, around } = await startedCaller();
  await clock.advance(LEASE_MS + PERIOD_MS);
  const reading = holdReplies('getServiceState');
  around(reading.around);
  const located = rooms.locate('ada', { timeoutMs: 1_000 });
  await clock.advance(0);
  await beat(0, { routingState: 'DENY_NEW_CALL' });
  await clock.advance(0);
  reading.release();
  await expect(located).rejects.toMatchObject({ code: 'POD_NOT_AVAILABLE', why: 'mass expiry' });
});
