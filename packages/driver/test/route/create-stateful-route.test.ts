import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { routeError, silentLogger, systemClock } from '@stateful-route/core';
import { decorateExecutors } from '@stateful-route/core/adapter';
import { ManualClock } from '@stateful-route/core/testing';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  type CallerRouteOptions,
  createStatefulRoute,
  type StatefulRouteForServerDriver,
} from '../../src/index.ts';

function fixture(): {
  clock: ManualClock;
  calls: string[];
  store: { down: boolean };
  room: CallerRouteOptions & { serviceName: string };
} {
  const clock = new ManualClock();
  const calls: string[] = [];
  const store = { down: false };
  const executors = decorateExecutors(createMemoryExecutors({ clock }), ({ method, options, run }) => {
    calls.push(method);
    if (store.down)
      return Promise.reject(routeError('STORE_ERROR', 'The store is down.', { operation: method }));
    return run(options);
  });
  return {
    clock,
    calls,
    store,
    room: {
      executors,
      namespace: 'game',
      serviceName: 'room',
      clock,
      logger: silentLogger,
      // Waits between attempts take real time; what they do is tested by itself.
      config: { profile: 'compat', maxRetryCount: 0 },
    },
  };
}

describe('createStatefulRoute', () => {
  it('has a server for a pod only, by type and in fact', () => {
    const { room } = fixture();
    const pod = createStatefulRoute({ ...room, podId: 0 });
    const caller = createStatefulRoute({ ...room, podId: undefined });
    expectTypeOf(pod.server).toEqualTypeOf<StatefulRouteForServerDriver>();
    expectTypeOf(caller.server).toEqualTypeOf<undefined>();
    expect(pod.server).toBeDefined();
    expect(caller.server).toBeUndefined();
  });

  it('shows what it was made with', () => {
    const { parts } = createStatefulRoute({
      executors: createMemoryExecutors(),
      namespace: 'game',
      serviceName: 'room',
      podId: 3,
      clock: systemClock,
      logger: silentLogger,
      config: { maxUsers: 7 },
    });
    expect(parts).toMatchObject({
      place: { namespace: 'game', serviceName: 'room', podId: 3 },
      clock: systemClock,
    });
    expect([parts.logger, parts.config.maxUsers, parts.config.userTimeoutMs]).toEqual([
      silentLogger,
      7,
      6_250,
    ]);
  });

  it('does nothing before start', async () => {
    const { room, calls, clock } = fixture();
    createStatefulRoute({ ...room, podId: 0 });
    await clock.advance(600_000);
    expect(calls).toEqual([]);
  });

  it('publishes a pod’s zone and revision, the zone unless the metadata have another', async () => {
    const { room } = fixture();
    const pod = createStatefulRoute({ ...room, podId: 0, zone: 'eu-1a', revision: 'room-7d9f' });
    await pod.start();
    const entry = async (): Promise<unknown> =>
      (await pod.routeInfo.getAllServiceState(room.namespace, 'room')).get(0);
    expect(await entry()).toMatchObject({ metadata: { zone: 'eu-1a' }, revision: 'room-7d9f' });
    await pod.server.setMetadata({ weight: '2' });
    const stored = await room.executors.stateful.getServiceState(room.namespace, 'room');
    expect(stored.pods.get(0)?.metadata).toEqual({ zone: 'eu-1a', weight: '2' });
    await pod.server.setMetadata({ zone: 'eu-1b' });
    const later = await room.executors.stateful.getServiceState(room.namespace, 'room');
    expect(later.pods.get(0)?.metadata).toEqual({ zone: 'eu-1b' });
    for (const wrong of ['', 7]) {
      const options = { ...room, podId: 0, zone: wrong as string, revision: wrong as string };
      expect(() => createStatefulRoute(options)).toThrow(/zone.*revision/s);
    }
    await pod.stop();
  });

  it('loads the services in start, so that a first user costs one round trip', async () => {
    const { room, calls } = fixture();
    const pod = createStatefulRoute({ ...room, podId: 0 });
    await pod.start();
    const caller = createStatefulRoute({
      ...room,
      podId: undefined,
      serviceName: undefined,
      services: ['room'],
    });
    await caller.start();
    calls.length = 0;
    await caller.service('room').locate('ada');
    expect(calls).toEqual(['setLinkedPodIfAbsent']);
    await caller.service('room').locate('ada');
    expect(calls).toEqual(['setLinkedPodIfAbsent']);
    await caller.stop();
    await pod.stop();
  });

  it('loads many services without a warning of a leak', async () => {
    const { room } = fixture();
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    const services = Array.from({ length: 30 }, (_, at) => `service-${at}`);
    const caller = createStatefulRoute({ ...room, podId: undefined, services });
    await caller.start({ signal: new AbortController().signal });
    await caller.stop();
    await new Promise(setImmediate);
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });

  it('leaves nothing running when start fails, and starts when tried again', async () => {
    const { room, calls, store, clock } = fixture();
    const caller = createStatefulRoute({ ...room, podId: undefined });
    store.down = true;
    await expect(caller.start()).rejects.toMatchObject({ code: 'STORE_ERROR' });
    calls.length = 0;
    await clock.advance(600_000);
    expect(calls).toEqual([]);
    store.down = false;
    await caller.start();
    await caller.stop();
  });

  it('ends every timer with stop', async () => {
    const { room, calls, clock } = fixture();
    const pod = createStatefulRoute({ ...room, podId: 0, services: ['room'] });
    await pod.start();
    await pod.service('hall').isReady();
    await pod.stop();
    calls.length = 0;
    await clock.advance(600_000);
    expect(calls).toEqual([]);
  });

  it('is ready while it runs and the store has answered within the lease', async () => {
    const { room, store, clock } = fixture();
    const route = createStatefulRoute({ ...room, podId: 0 });
    expect(route.readiness()).toMatchObject({
      ready: false,
      problems: ['the route is stopped', 'the store has not answered yet'],
    });
    await route.start();
    expect(route.readiness()).toMatchObject({ ready: true, problems: [], store: { state: 'ok' } });
    store.down = true;
    await clock.advance(200_000);
    expect(route.readiness()).toMatchObject({
      ready: true,
      store: { state: 'failing', error: { code: 'STORE_ERROR' } },
    });
    await clock.advance(101_000);
    expect(route.readiness()).toMatchObject({
      ready: false,
      problems: ['the pod is fenced', 'the store has not answered for a lease'],
    });
    expect(route.liveness()).toEqual({ alive: true, problems: [] });
    store.down = false;
    await clock.advance(2_000);
    expect(route.readiness().ready).toBe(true);
    await route.stop();
    expect(route.readiness().ready).toBe(false);
  });

  it('pings an idle store', async () => {
    const { room, calls, store, clock } = fixture();
    const idle = createStatefulRoute({ ...room, podId: undefined, serviceName: undefined });
    await idle.start();
    await clock.advance(30_000);
    expect(calls).toEqual(['listServices']);
    expect(idle.readiness().ready).toBe(true);
    store.down = true;
    await clock.advance(30_000);
    expect(idle.readiness().store.state).toBe('failing');
    await idle.stop();
  });

  it('gives every store call the configured deadline, unless it has its own', async () => {
    const { room } = fixture();
    const deadlines: (number | undefined)[] = [];
    const executors = decorateExecutors(room.executors, ({ options, run }) => {
      deadlines.push(options?.timeoutMs);
      return run(options);
    });
    const { routeInfo } = createStatefulRoute({
      ...room,
      executors,
      podId: undefined,
      config: { timeoutMs: 77 },
    });
    await routeInfo.getServiceNameByTag('game', 'a');
    await routeInfo.getServiceNameByTag('game', 'a', { timeoutMs: 5 });
    expect(deadlines).toEqual([77, 5]);
  });

  it('does not close the executors, which the application made', async () => {
    const { room } = fixture();
    let closed = false;
    const executors = {
      ...room.executors,
      close: async (): Promise<void> => {
        closed = true;
      },
    };
    const route = createStatefulRoute({ ...room, executors, podId: 0 });
    await route.start();
    await route.stop();
    expect(closed).toBe(false);
  });
});
