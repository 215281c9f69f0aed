import type { Clock } from '@stateful-route/core';
import { expect, it } from 'vitest';
import { before, callerFixture, failing, holdReplies, settled } from '../caller-fixture.ts';

it('shares one request among all who ask first about a user at the same time', async () => {
  const { startedCaller } = await callerFixture();
  const { rooms, route, calls } = await startedCaller();

  const located = await Promise.all([
    rooms.locate('ada'),
    rooms.locate('ada'),
    route.client.computeLinkedPod('game', 'ada', 'room'),
  ]);
  expect(located).toEqual([expect.objectContaining({ podId: 0 }), expect.objectContaining({ podId: 0 }), 0]);
  expect(calls()).toEqual(['setLinkedPodIfAbsent']);
});

it('shares one load of the service among its first users', async () => {
  const { startedCaller } = await callerFixture();
  const { rooms, calls } = await startedCaller({ services: [] });
  await Promise.all([rooms.locate('ada'), rooms.locate('bob'), rooms.isReady()]);
  expect(calls().toSorted()).toEqual([
    'getServiceState',
    'getWorkloadState',
    'setLinkedPodIfAbsent',
    'setLinkedPodIfAbsent',
    'subscribe',
  ]);
});

it('makes a request of its own for each user, service and namespace', async () => {
  const { startedCaller } = await callerFixture();
  const { rooms, calls } = await startedCaller();
  await Promise.all([rooms.locate('ada'), rooms.locate('bob')]);
  expect(calls()).toEqual(['setLinkedPodIfAbsent', 'setLinkedPodIfAbsent']);
});

it('rejects only the caller that gave up', async () => {
  const { startedCaller } = await callerFixture();
  const { rooms, around, calls } = await startedCaller();
  const held = holdReplies('setLinkedPodIfAbsent');
  around(held.around);
  const impatient = new AbortController();
  const reason = new Error('went away');

  const first = rooms.locate('ada', { signal: impatient.signal });
  const second = rooms.locate('ada');
  await settled();
  impatient.abort(reason);
  await expect(first).rejects.toBe(reason);
  held.release();
  expect(await second).toMatchObject({ podId: 0 });
  expect(calls()).toEqual(['setLinkedPodIfAbsent']);
});

it('caches an answer that no caller waits for any more', async () => {
  const { startedCaller } = await callerFixture();
  const { rooms, around } = await startedCaller();
  const held = holdReplies('setLinkedPodIfAbsent');
  around(held.around);
  const located = rooms.locate('ada', { signal: AbortSignal.timeout(0) });
  await expect(located).rejects.toMatchObject({ name: 'TimeoutError' });
  held.release();
  await settled();
  expect(rooms.peek('ada')).toMatchObject({ podId: 0 });
});

it('does nothing for a caller whose signal is already aborted', async () => {
  const { startedCaller } = await callerFixture();
  const { rooms, calls } = await startedCaller();
  const reason = new Error('too late');
  const signal = AbortSignal.abort(reason);
  await expect(rooms.locate('ada', { signal })).rejects.toBe(reason);
  await expect(rooms.locateMany(['ada'], { signal })).rejects.toBe(reason);
  await settled();
  expect(calls()).toEqual([]);
});

it('lets a caller with little time go without failing the others', async () => {
  const { startedCaller, clock } = await callerFixture();
  const { rooms, around } = await startedCaller();
  const held = holdReplies('setLinkedPodIfAbsent');
  around(held.around);

  const hasty = Promise.allSettled([rooms.locate('ada', { timeoutMs: 10 })]);
  const patient = rooms.locate('ada');
  await clock.advance(10);
  expect(await hasty).toMatchObject([{ reason: { code: 'TIMEOUT', timeoutMs: 10, retryable: true } }]);
  held.release();
  expect(await patient).toMatchObject({ podId: 0 });
});

it('gives a caller no more than its own time when others share the request', async () => {
  const { startedCaller, clock } = await callerFixture();
  const { rooms, around } = await startedCaller();
  const held = holdReplies('setLinkedPodIfAbsent');
  around(held.around);

  const patient = rooms.locate('ada');
  const hasty = Promise.allSettled([rooms.locate('ada', { timeoutMs: 10 })]);
  await clock.advance(10);
  expect(await hasty).toMatchObject([{ reason: { code: 'TIMEOUT' } }]);
  held.release();
  await patient;
});

it('leaves no deadline behind', async () => {
  const { startedCaller, clock } = await callerFixture();
  const deadlines = new Set<symbol>();
  const watched: Clock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    setTimeout: (callback, ms) => {
      const timer = Symbol(String(ms));
      if (ms === 77) deadlines.add(timer);
      const cancel = clock.setTimeout(callback, ms);
      return () => {
        deadlines.delete(timer);
        cancel();
      };
    },
  };
  const { rooms, around } = await startedCaller({ clock: watched, services: [] });
  const located = rooms.locate('ada', { timeoutMs: 77 });
  expect(deadlines.size).toBe(1);
  await located;
  around(failing());
  await expect(rooms.locate('bob', { timeoutMs: 77 })).rejects.toMatchObject({ code: 'STORE_ERROR' });
  await settled();
  expect(deadlines.size).toBe(0);
});

it('applies the deadline to the whole lookup, not to each of its store calls', async () => {
  const { startedCaller, clock } = await callerFixture();
  const { rooms, around } = await startedCaller({ services: [] });
  around(holdReplies('getServiceState').around);
  const hasty = Promise.allSettled([rooms.locate('ada', { timeoutMs: 10 })]);
  await clock.advance(10);
  expect(await hasty).toMatchObject([{ reason: { code: 'TIMEOUT' } }]);
});

it('applies the configured deadline to a lookup without its own', async () => {
  const { startedCaller, clock } = await callerFixture();
  const { rooms, around } = await startedCaller({ config: { timeoutMs: 700 } });
  around(holdReplies('setLinkedPodIfAbsent').around);
  const located = Promise.allSettled([rooms.locate('ada')]);
  await clock.advance(700);
  expect(await located).toMatchObject([{ reason: { code: 'TIMEOUT', timeoutMs: 700 } }]);
});

it('gives the store no less time than the most patient caller has', async () => {
  const { startedCaller } = await callerFixture();
  const { rooms, around } = await startedCaller({ config: { timeoutMs: 700 } });
  const given: unknown[] = [];
  around((call) => {
    given.push(call.options?.timeoutMs);
    return call.run(call.options);
  });
  await rooms.locate('ada', { timeoutMs: 10 });
  await rooms.locate('bob', { timeoutMs: 9_000 });
  expect(given).toEqual([700, 9_000]);
});

it('fails all lookups that shared a request, and makes a new request for the next', async () => {
  const { startedCaller } = await callerFixture();
  const { rooms, around } = await startedCaller();
  around(failing('setLinkedPodIfAbsent'));
  const both = await Promise.allSettled([rooms.locate('ada'), rooms.locate('ada')]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  around();
  expect(await rooms.locate('ada')).toMatchObject({ podId: 0 });
});

it('makes a new request after a user was forgotten during one', async () => {
  const { startedCaller, claim } = await callerFixture();
  const { rooms, around } = await startedCaller();
  const held = holdReplies('setLinkedPodIfAbsent');
  around(held.around);
  const early = rooms.locate('ada');
  await settled();
  await claim('ada', 2);
  rooms.forget('ada');

  const late = rooms.locate('ada');
  held.release();
  expect(await early).toMatchObject({ podId: 0 });
  expect(await late).toMatchObject({ podId: 2, temporary: false });
  expect(rooms.peek('ada')).toMatchObject({ podId: 2 });
});

it('does not remember what was forgotten while it was under way', async () => {
  const { startedCaller } = await callerFixture();
  const { rooms, around } = await startedCaller();
  const held = holdReplies('setLinkedPodIfAbsent');
  around(held.around);
  const early = rooms.locate('ada');
  await settled();
  rooms.forget('ada');
  held.release();
  await early;
  expect(rooms.peek('ada')).toBeUndefined();
});

it('shares a take-over, too', async () => {
  const { startedCaller, claim, beat, clock } = await callerFixture();
  await claim('ada', 2);
  await beat(2, { state: 'TERMINATING' });
  const { rooms, calls, around } = await startedCaller();
  around(before('replaceLinkedPod', () => clock.advance(0)));
  await Promise.all([rooms.locate('ada'), rooms.locate('ada')]);
  expect(calls()).toEqual(['setLinkedPodIfAbsent', 'getServiceState', 'replaceLinkedPod']);
});
