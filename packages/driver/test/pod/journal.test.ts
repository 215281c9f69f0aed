import { type LogFields, routeError } from '@stateful-route/core';
import type { AroundCall } from '@stateful-route/core/adapter';
import { describe, expect, it } from 'vitest';
import { orderFixture } from './orders/order-fixture.ts';

const stopNow = { signal: AbortSignal.abort() };

describe('the journal has, once it is over,', () => {
  it('a drain of the application, of an operator and of a stop, and a hand-off', async () => {
    const { executors, pod, journal, clock } = orderFixture();
    const onHandOff = ({ uid }: { readonly uid: string }): void => {
      if (uid === 'eve') throw new Error('the disk is full');
      if (uid === 'bob') throw routeError('NOT_SAVED', 'A use runs on.', { uid });
    };
    const [a, b] = [pod(0, { drain: { onHandOff } }), pod(1)];
    await a.start();
    await b.start();
    const claim = async (...uids: readonly string[]): Promise<void> => {
      for (const uid of uids) {
        await executors.stateful.removeLinkedPod('game', uid, 'room');
        await executors.stateful.setLinkedPodIfAbsent('game', uid, 'room', 0, 60);
        expect(await a.server.claim(uid)).toMatchObject({ claimed: true });
      }
    };
    await claim('ada', 'bob', 'eve', 'dan');
    await a.server.handOff(['ada', 'bob', 'eve']);
    const drained = a.server.drain({ deadlineMs: 1_000 });
    await clock.advance(1_000);
    await drained;
    await claim('ada');
    await executors.server.setPodIntent('game', 'room', 0, 'drain');
    await clock.advance(25_000);
    await a.server.release('eve');
    await claim('ada', 'bob');
    const stopping = a.stop();
    await clock.advance(25_000);
    await stopping;
    expect(await journal('drain', 'hand-off')).toMatchObject([
      { type: 'hand-off', podId: 0, users: 2, left: 1, unsaved: 1 },
      { type: 'drain', podId: 0, cause: 'application', users: 1, left: 1, unsaved: 0 },
      { type: 'drain', podId: 0, cause: 'operator', users: 1, left: 1, unsaved: 0 },
      { type: 'drain', podId: 0, cause: 'stop', users: 2, left: 0, unsaved: 1 },
    ]);
    await b.stop();
    // A pod without users has nothing to drain when it stops.
    expect(await journal('drain')).toHaveLength(3);
  });

  it('the take-overs of a dead pod, counted by each caller for some seconds', async () => {
    const { pod, journal, clock } = orderFixture();
    const [a, b, c] = [pod(0), pod(1), pod(2)];
    for (const route of [a, b, c]) await route.start();
    for (const uid of ['ada', 'bob', 'eve', 'dan']) await a.server.claim(uid);
    await a.server.setServiceState('FAILED');
    for (const uid of ['ada', 'bob']) await b.client.computeLinkedPod('game', uid, 'room');
    await c.client.computeLinkedPod('game', 'eve', 'room');
    expect(await journal('take-overs')).toEqual([]);
    await clock.advance(3_000);
    expect(await journal('take-overs')).toMatchObject([
      { podId: 0, users: 2 },
      { podId: 0, users: 1 },
    ]);
    await b.client.computeLinkedPod('game', 'dan', 'room');
    // A caller that ends writes what it has counted.
    await b.stop(stopNow);
    expect(await journal('take-overs')).toMatchObject([{ users: 2 }, { users: 1 }, { podId: 0, users: 1 }]);
    for (const route of [a, c]) await route.stop(stopNow);
  });

  it('the guard, as the leading pod sees it', async () => {
    const { pod, journal, clock } = orderFixture();
    let isCut = false;
    const cut: AroundCall = ({ method, options, run }) =>
      isCut && method === 'setServiceState' ? Promise.reject(new Error('cut off')) : run(options);
    const [a, b, c] = [pod(0), pod(1, {}, cut), pod(2, {}, cut)];
    for (const route of [a, b, c]) await route.start();
    await clock.advance(900_000);
    expect(await journal('guard')).toEqual([]);
    isCut = true;
    await clock.advance(400_000);
    expect(await journal('guard')).toMatchObject([{ podId: 0, active: true }]);
    isCut = false;
    await clock.advance(120_000);
    expect(await journal('guard')).toMatchObject([{ active: true }, { podId: 0, active: false }]);
    for (const route of [a, b, c]) await route.stop(stopNow);
  });
});

it('a journal that cannot be written is logged once for each entry, and stops nothing', async () => {
  const { pod, journal, clock } = orderFixture();
  const lines: [LogFields, string][] = [];
  const line = (fields: LogFields, message: string): void => void lines.push([fields, message]);
  const logger = { debug: () => {}, info: () => {}, warn: line, error: line };
  let writes = 0;
  const around: AroundCall = async ({ method, options, run }) => {
    if (method !== 'writeJournal') return run(options);
    writes += 1;
    await run(options);
    throw routeError('TIMEOUT', 'No reply.', { operation: method, timeoutMs: 1, effect: 'unknown' });
  };
  const config = { maxRetryCount: 3 };
  const [a, b] = [pod(0, { logger, config, drain: { onHandOff: () => {} } }, around), pod(1)];
  await a.start();
  await b.start();
  await a.server.claim('ada');
  const handedOff = a.server.handOff(['ada']);
  await clock.advance(10_000);
  expect(await handedOff).toEqual({ left: 0, unsaved: [] });
  expect([writes, (await journal('hand-off')).length]).toEqual([1, 1]);
  expect(lines).toMatchObject([
    [
      { namespace: 'game', serviceName: 'room', entry: { type: 'hand-off', podId: 0 } },
      'an entry of the journal may not have been written',
    ],
  ]);
  for (const route of [a, b]) await route.stop(stopNow);
});
