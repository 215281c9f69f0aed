import type { RoutingStateChange } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { callerFixture, holdCalls, holdReplies, LEASE_MS, REFRESH_MS, settled } from '../caller-fixture.ts';

const draining = { routingState: 'DENY_NEW_CALL' } as const;

/** The changes that a listener got, in short. */
function reported(changes: readonly RoutingStateChange[]): string[] {
  return changes.map(
    ({ podId, previous, current }) =>
      `${podId}: ${previous?.routingState ?? 'none'} -> ${current?.routingState ?? 'none'}`,
  );
}

async function listening(pods?: readonly number[]) {
  const fixture = await callerFixture(pods);
  const caller = await fixture.startedCaller();
  const changes: RoutingStateChange[] = [];
  const listener = (change: RoutingStateChange): void => {
    changes.push(change);
  };
  const unregister = caller.route.routeInfo.registerRoutingStateChangedEvent('game', listener);
  return { ...fixture, ...caller, changes, unregister };
}

describe('a listener is called', () => {
  it('for each change with the entry before and after it, in order', async () => {
    const { beat, changes } = await listening();
    await beat(1, draining);
    await beat(1, { routingState: 'READY' });
    await beat(2, draining);
    await beat(1, { routingState: 'SHUTDOWN' });
    await settled();
    expect(reported(changes)).toEqual([
      '1: READY -> DENY_NEW_CALL',
      '1: DENY_NEW_CALL -> READY',
      '2: READY -> DENY_NEW_CALL',
      '1: READY -> SHUTDOWN',
    ]);
    expect(changes[0]).toMatchObject({ namespace: 'game', serviceName: 'room', podId: 1 });
  });

  it('for a pod that appeared, without an entry before', async () => {
    const { beat, changes } = await listening();
    await beat(0, { address: 'elsewhere:80' });
    await beat(3);
    await settled();
    expect(reported(changes)).toEqual(['0: READY -> READY', '3: none -> READY']);
    expect(changes[1]).toHaveProperty('previous', undefined);
  });

  it('for a pod that was removed, without an entry after', async () => {
    const { executors, changes } = await listening();
    await executors.stateful.removeServiceState('game', 'room', 0);
    await settled();
    expect(reported(changes)).toEqual(['0: READY -> none']);
    expect(changes[0]).toHaveProperty('current', undefined);
  });

  it('once for a pod that was silent for its lease, and once when it is back', async () => {
    const { clock, beat, executors, changes } = await listening([0, 1]);
    await clock.advance(LEASE_MS - 1_000);
    await beat(0);
    await clock.advance(10 * REFRESH_MS);
    expect(reported(changes)).toEqual(['1: READY -> none']);
    await beat(1);
    await clock.advance(REFRESH_MS);
    expect(reported(changes).slice(1)).toEqual(['1: none -> READY']);
    await clock.advance(LEASE_MS - 60_000);
    await beat(0);
    await executors.stateful.removeServiceState('game', 'room', 1);
    await clock.advance(REFRESH_MS);
    expect(reported(changes).slice(2)).toEqual(['1: READY -> none']);
  });

  it('for another incarnation of a pod, and for another address', async () => {
    const { beat, restart, changes } = await listening();
    await restart(1);
    await beat(1, { address: 'pod-1:80' });
    await settled();
    expect(changes.map(({ current }) => [current?.incarnation, current?.address])).toEqual([
      ['life-1-1', undefined],
      ['life-1-1', 'pod-1:80'],
    ]);
  });

  it('for a state that changed', async () => {
    const { beat, changes } = await listening();
    await beat(1, { state: 'TERMINATING' });
    await settled();
    expect(changes.map(({ previous, current }) => [previous?.state, current?.state])).toEqual([
      ['READY', 'TERMINATING'],
    ]);
  });

  it('not for a load that changed, nor for a heartbeat that changed nothing', async () => {
    const { beat, clock, changes } = await listening();
    await beat(1, { loadState: 1_000 });
    await beat(1, { loadState: 1_000, metadata: { zone: 'b' } });
    await clock.advance(2 * REFRESH_MS);
    expect(changes).toEqual([]);
  });

  it('once for a change that is pushed and read', async () => {
    const { beat, clock, changes } = await listening();
    await beat(1, draining);
    await clock.advance(3 * REFRESH_MS);
    expect(reported(changes)).toEqual(['1: READY -> DENY_NEW_CALL']);
  });

  it('once for a change that is pushed while a read from before it is under way', async () => {
    const { beat, clock, changes, around } = await listening();
    const held = holdReplies('getServiceState');
    around(held.around);
    await clock.advance(REFRESH_MS + 1);
    await beat(1, draining);
    await settled();
    held.release();
    await clock.advance(3 * REFRESH_MS);
    expect(reported(changes)).toEqual(['1: READY -> DENY_NEW_CALL']);
  });

  it('for nothing when the service is loaded first', async () => {
    const { caller } = await callerFixture();
    const { route } = caller();
    const changes: RoutingStateChange[] = [];
    route.routeInfo.registerRoutingStateChangedEvent('game', (change) => void changes.push(change));
    await route.start();
    await settled();
    expect(changes).toEqual([]);
  });

  it('after the snapshot was swapped', async () => {
    const { beat, route } = await listening();
    const seen: boolean[] = [];
    route.routeInfo.registerRoutingStateChangedEvent('game', async ({ podId }) => {
      seen.push(await route.routeInfo.isPodRoutable('game', 'room', podId));
    });
    await beat(1, draining);
    await beat(3);
    await settled();
    expect(seen).toEqual([false, true]);
  });

  it('for nothing that is read after the caller has stopped', async () => {
    const { beat, clock, route, around, changes } = await listening();
    const held = holdCalls('getServiceState');
    around(held.around);
    await clock.advance(REFRESH_MS);
    await route.stop();
    await beat(1, draining);
    held.release();
    await settled();
    expect(changes).toEqual([]);
  });

  it('for its own namespace alone', async () => {
    const { route, changes } = await listening();
    const elsewhere: RoutingStateChange[] = [];
    route.routeInfo.registerRoutingStateChangedEvent('shop', (change) => void elsewhere.push(change));
    route.routeInfo.onRoutingStateChanged('shop', 'room', 0, undefined, undefined);
    await settled();
    expect(elsewhere).toHaveLength(1);
    expect(changes).toEqual([]);
  });

  it('for a change that another part dispatches', async () => {
    const { route, changes } = await listening();
    const entry = { podId: 4, state: 'READY', loadState: 0, routingState: 'READY', metadata: {} } as const;
    route.routeInfo.onRoutingStateChanged('game', 'hall', 4, undefined, entry);
    await settled();
    expect(changes).toEqual([
      { namespace: 'game', serviceName: 'hall', podId: 4, previous: undefined, current: entry },
    ]);
  });
});

describe('several listeners', () => {
  it('are all called', async () => {
    const { beat, route, changes } = await listening();
    const others: RoutingStateChange[] = [];
    route.routeInfo.registerRoutingStateChangedEvent('game', (change) => void others.push(change));
    await beat(1, draining);
    await settled();
    expect(others).toEqual(changes);
    expect(others).toHaveLength(1);
  });

  it.each([
    [
      'throws',
      (): void => {
        throw new Error('broken');
      },
    ],
    ['rejects', (): Promise<void> => Promise.reject(new Error('broken'))],
  ])('are not affected by one that %s, which is called for the next change too', async (_how, broken) => {
    const { beat, route, logged } = await listening([0, 1]);
    const reported: string[] = [];
    const listen = (name: string, then?: () => void | Promise<void>): void => {
      route.routeInfo.registerRoutingStateChangedEvent('game', ({ podId }) => {
        reported.push(`${name} ${podId}`);
        return then?.();
      });
    };
    listen('first');
    listen('broken', broken);
    listen('last');
    await beat(0, draining);
    await settled();
    await beat(1, draining);
    await settled();
    expect(reported).toEqual(['first 0', 'broken 0', 'last 0', 'first 1', 'broken 1', 'last 1']);
    expect(logged.filter((line) => line === 'a routing state listener failed')).toHaveLength(2);
  });

  it('are not held up by a slow one, which gets its changes one at a time', async () => {
    const { beat, route, changes } = await listening();
    const slow: string[] = [];
    let goOn!: () => void;
    const wait = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    route.routeInfo.registerRoutingStateChangedEvent('game', async ({ podId }) => {
      slow.push(`begin ${podId}`);
      await wait;
      slow.push(`end ${podId}`);
    });
    await beat(0, draining);
    await beat(1, draining);
    await settled();
    expect(changes).toHaveLength(2);
    expect(slow).toEqual(['begin 0']);
    goOn();
    await settled();
    expect(slow).toEqual(['begin 0', 'end 0', 'begin 1', 'end 1']);
  });

  it('may be the same function twice, each with an end of its own', async () => {
    const { beat, route, changes, unregister } = await listening();
    const again = route.routeInfo.registerRoutingStateChangedEvent('game', (change) => {
      changes.push(change);
    });
    unregister();
    await beat(1, draining);
    await settled();
    expect(changes).toHaveLength(1);
    again();
    await beat(2, draining);
    await settled();
    expect(changes).toHaveLength(1);
  });
});

describe('a listener that was unregistered', () => {
  it('is not called any more, and may be unregistered again', async () => {
    const { beat, changes, unregister } = await listening();
    unregister();
    unregister();
    await beat(1, draining);
    await settled();
    expect(changes).toEqual([]);
  });

  it('is not called for changes that were queued', async () => {
    const { route } = await listening();
    const reported: number[] = [];
    const unregister = route.routeInfo.registerRoutingStateChangedEvent('game', ({ podId }) => {
      reported.push(podId);
      unregister();
    });
    for (const podId of [0, 1, 2]) {
      route.routeInfo.onRoutingStateChanged('game', 'room', podId, undefined, undefined);
    }
    await settled();
    expect(reported).toEqual([0]);
  });
});

it('refuses an invalid listener or namespace', async () => {
  const { route } = await listening();
  const register = (namespace: string, listener: unknown) => (): unknown =>
    route.routeInfo.registerRoutingStateChangedEvent(namespace, listener as () => void);
  expect(register('game', undefined)).toThrow(expect.objectContaining({ parameter: 'listener' }));
  expect(register('', () => {})).toThrow(expect.objectContaining({ parameter: 'namespace' }));
});
