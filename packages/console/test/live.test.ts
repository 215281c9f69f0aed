import { expect, it } from 'vitest';
import { routeError } from '@stateful-route/core';
import { decorateExecutors } from '@stateful-route/core/adapter';
import { look } from './support/looking.ts';

const EVENTS = '/api/v1/events?service=room';

it('reads nothing while nobody looks', async () => {
  await using looking = await look();
  const { route, calls, events } = looking;
  await route.advance(60_000);
  expect(calls).toEqual([]);

  const stream = await events(EVENTS);
  expect(await stream.next()).toMatchObject({ event: 'service' });
  expect(calls.length).toBeGreaterThan(0);
  await stream.cancel();
  await route.advance(5_000);
  calls.length = 0;
  await route.advance(60_000);
  expect(calls).toEqual([]);
});

it('reads once for all who look', async () => {
  await using looking = await look();
  const { route, calls, events } = looking;
  const callsIn = async (lookers: number): Promise<Record<string, number>> => {
    const streams = await Promise.all(Array.from({ length: lookers }, () => events(EVENTS)));
    for (const stream of streams) expect(await stream.next()).toMatchObject({ event: 'service' });
    calls.length = 0;
    await route.advance(10_000);
    const counts: Record<string, number> = {};
    for (const method of calls) counts[method] = (counts[method] ?? 0) + 1;
    for (const stream of streams) {
      for (let second = 0; second < 10; second++)
        expect(await stream.next()).toMatchObject({ event: 'change' });
      await stream.cancel();
    }
    return counts;
  };
  const ofOne = await callsIn(1);
  expect(ofOne).toEqual({ getServiceState: 10, getPodIntents: 10, readJournal: 10 });
  await route.advance(1_000);
  expect(await callsIn(50)).toEqual(ofOne);
});

it('answers single questions of a second from one reading', async () => {
  await using looking = await look();
  const { calls, get } = looking;
  await Promise.all(Array.from({ length: 20 }, () => get('/api/v1/services/room/pods')));
  expect(calls.filter((method) => method === 'getServiceState')).toHaveLength(1);
});

it('sends all at first, and then what has changed', async () => {
  await using looking = await look();
  const { route, events } = looking;
  const rooms = route.gateway.service('room');
  const stream = await events(EVENTS);
  const { data: first } = await stream.next();
  expect(first).toMatchObject({
    summary: { service: 'room', pods: 3, routable: 3, users: 0 },
    pods: [{ podId: 0, status: 'routable' }, { podId: 1 }, { podId: 2 }],
  });

  const { podId } = await rooms.locate('ada');
  await route.pods[podId]!.server.claim('ada');
  await route.advance(4_000);
  const changes = [];
  for (let second = 0; second < 4; second++) changes.push((await stream.next()).data);
  const moved = changes.flatMap(({ changed }) => changed);
  expect(moved).toMatchObject([{ podId, users: 1, load: 1 }]);
  // The heartbeat of a pod that is as it was has its time alone.
  const beats = changes.flatMap((change) => change.beats.map(([pod]: [number]) => pod));
  expect([...beats, podId].toSorted((a, b) => a - b)).toEqual([0, 1, 2]);
  expect(changes.at(-1)).toMatchObject({ summary: { users: 1 }, point: { users: 1 } });
  expect(changes.reduce((sum, { point }) => sum + point.arrivals, 0)).toBeCloseTo(1);
  await stream.cancel();
});

it('goes on where a stream was cut', async () => {
  await using looking = await look();
  const { route, events } = looking;
  const { server } = route.executors;
  const stream = await events(EVENTS);
  await stream.next();
  await server.setPodIntent(route.namespace, 'room', 1, 'cordon', { by: 'carol' });
  await route.advance(1_000);
  const { id, data } = await stream.next();
  expect(data.journal).toMatchObject([{ type: 'intent', podId: 1, by: 'carol' }, { type: 'state' }]);
  await stream.cancel();

  await server.setPodIntent(route.namespace, 'room', 1, 'resume', { by: 'carol' });
  const again = await events(EVENTS, { 'last-event-id': id! });
  await route.advance(1_000);
  const { event, data: later } = await again.next();
  expect(event).toBe('service');
  const seen = new Set(data.journal.map((entry: { id: string }) => entry.id));
  const missed = [...later.journal, ...(await again.next()).data.journal];
  expect(missed.filter((entry) => seen.has(entry.id))).toEqual([]);
  expect(missed.filter(({ type }) => type === 'intent')).toMatchObject([{ intent: 'resume' }]);
  await again.cancel();
});

it('says that the store cannot be read, and goes on when it can', async () => {
  let isDown = true;
  await using looking = await look({
    around: (executors) =>
      decorateExecutors(executors, async ({ method, run, options }) => {
        if (isDown && method === 'getServiceState')
          throw routeError('STORE_ERROR', 'The store is away.', { operation: 'getServiceState' });
        return run(options);
      }),
    services: ['room'],
  });
  const { route, events, get } = looking;
  const stream = await events(EVENTS);
  expect(await stream.next()).toMatchObject({
    event: 'unreadable',
    data: { error: { code: 'STORE_ERROR', message: 'The store is away.' } },
  });
  expect(await get('/api/v1/services/room/pods')).toMatchObject({
    status: 503,
    body: { error: { code: 'STORE_ERROR' } },
  });
  isDown = false;
  await route.advance(1_000);
  expect(await stream.next()).toMatchObject({ event: 'service' });
  await route.advance(1_000);
  expect(await stream.next()).toMatchObject({ event: 'change' });
});

it('ends its streams when it is closed', async () => {
  await using looking = await look();
  const { console, events } = looking;
  const stream = await events(EVENTS);
  await stream.next();
  await console.close();
  await expect(stream.next()).rejects.toThrow('the stream has ended');
});
