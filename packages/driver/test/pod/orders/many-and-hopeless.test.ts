import { routeError } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { orderFixture } from './order-fixture.ts';

const stopNow = { signal: AbortSignal.abort() };
const config = { profile: 'realtime' } as const;

describe('an order whose pod takes no new users any more', () => {
  it.each(['dies', 'drains'])('moves nobody to it once it %s; the others stay', async (how) => {
    const { pod, give, ends, clock } = orderFixture();
    let isDead = false;
    const drain = { ratePerSecond: 0.5, onHandOff: (): void => {} };
    const a = pod(0, { config, drain });
    const b = pod(1, { config }, ({ options, run }) => (isDead ? new Promise(() => {}) : run(options)));
    await a.start();
    await b.start();
    for (let at = 0; at < 20; at++) await a.server.claim(`user-${at}`);
    const id = await give(0, { users: 20, to: 1 });
    await clock.advance(2_000);
    expect(a.server.held().size).toBe(18);
    if (how === 'dies') isDead = true;
    else await b.server.setRoutingState('DENY_NEW_CALL');
    // A pod that is silent takes new users for two and a half periods.
    await clock.advance(10_000);
    const left = a.server.held().size;
    expect(left).toBeGreaterThanOrEqual(how === 'dies' ? 14 : 17);
    await clock.advance(60_000);
    expect(await ends()).toEqual({ [id]: { outcome: 'left', moved: 20 - left, left } });
    for (const route of [a, b]) void route.stop(stopNow);
    await clock.advance(60_000);
  });

  it('moves nobody to it beyond its places, though nobody has come there yet', async () => {
    const { pod, give, ends, clock } = orderFixture();
    const drain = { onHandOff: (): void => {} };
    const [a, b] = [pod(0, { config, drain }), pod(1, { config: { ...config, maxUsers: 3 } })];
    await a.start();
    await b.start();
    for (let at = 0; at < 5; at++) await a.server.claim(`user-${at}`);
    await b.server.claim('eve');
    await b.server.setMetadata({});
    const id = await give(0, { users: 5, to: 1, ms: 10_000 });
    await clock.advance(10_000);
    expect(await ends()).toEqual({ [id]: { outcome: 'left', moved: 2, left: 3 } });
    for (const uid of ['user-0', 'user-1'])
      expect(await b.server.claim(uid)).toMatchObject({ claimed: true });
    await b.server.setMetadata({});
    const late = await give(0, { uid: 'user-4', to: 1 });
    expect((await ends())[late]).toEqual({ outcome: 'refused', moved: 0 });
    for (const route of [a, b]) void route.stop(stopNow);
    await clock.advance(60_000);
  });

  it('holds up no drain, which finds the users another pod', async () => {
    const { executors, pod, give, ends, clock } = orderFixture();
    const drain = { ratePerSecond: 0.5, onHandOff: (): void => {} };
    const [a, b, c] = [pod(0, { config, drain }), pod(1, { config }), pod(2, { config })];
    for (const route of [a, b, c]) await route.start();
    await a.server.claim('ada');
    await a.server.claim('bob');
    const id = await give(0, { users: 2, to: 1 });
    await b.server.setRoutingState('DENY_NEW_CALL');
    const draining = a.server.drain({ deadlineMs: 5_000 });
    await clock.advance(5_000);
    expect(await draining).toEqual({ left: 0, unsaved: [] });
    expect(await ends()).toEqual({ [id]: { outcome: 'done', moved: 1 } });
    const links = await executors.stateful.batchGetLinkedPod('game', ['ada', 'bob'], 'room');
    expect(links).toEqual(
      new Map([
        [1, ['ada']],
        [2, ['bob']],
      ]),
    );
    for (const route of [a, b, c]) await route.stop(stopNow);
  });
});

describe('more orders than a reply has', () => {
  it('are asked for with the next heartbeat in its time, where the store lets none begin', async () => {
    const { pod, give, ends, clock } = orderFixture();
    let [beats, isAway] = [0, true];
    const a = pod(0, { config }, ({ method, options, run }) => {
      if (method === 'setServiceState') beats += 1;
      if (method !== 'takeOrder' || !isAway) return run(options);
      const error = routeError('STORE_ERROR', 'No permission.', { operation: method });
      // It would beat for ever.
      return beats > 100 ? new Promise(() => {}) : Promise.reject(error);
    });
    for (let at = 0; at < 120; at++) await give(0, { uid: `user-${at}` });
    await a.start();
    await clock.advance(9_000);
    expect(beats).toBeLessThan(6);
    isAway = false;
    await clock.advance(3_000);
    expect(Object.keys(await ends()).length).toBe(120);
    await a.stop(stopNow);
  });
});
