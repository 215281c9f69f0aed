import 'reflect-metadata';
import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { type SelectionStrategy, silentLogger } from '@stateful-route/core';
import { ManualClock } from '@stateful-route/core/testing';
import { container } from 'tsyringe';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { createStatefulRoute, type EventManager, type RouteOverrides, tokens } from '../../src/index.ts';
import { RoutingStateEvents } from '../../src/service/event-manager.ts';
import { StoreCallHealth } from '../../src/store/store-calls.ts';

const highest: SelectionStrategy = { pick: (pods) => pods.at(-1) };
const lowest: SelectionStrategy = { pick: (pods) => pods[0] };

describe('the parts of a route', () => {
  it('never meet those of another route, nor the global container', async () => {
    const clock = new ManualClock();
    const executors = createMemoryExecutors({ clock });
    const room = { executors, namespace: 'game', serviceName: 'room', clock, logger: silentLogger };
    const pods = [0, 1, 2].map((podId) => createStatefulRoute({ ...room, podId }));
    for (const pod of pods) await pod.start();
    const [a, b] = [
      createStatefulRoute({ ...room, strategy: highest }),
      createStatefulRoute({ ...room, strategy: lowest }),
    ];
    const picks = await Promise.all([a, b].map((route) => route.routeInfo.getServiceBestPod('game', 'room')));
    expect(picks).toEqual([2, 0]);
    for (const token of Object.values(tokens)) expect(container.isRegistered(token)).toBe(false);
    for (const route of [a, b, ...pods]) await route.stop();
  });

  it('can be replaced by a value', async () => {
    const health = new StoreCallHealth(new ManualClock());
    const route = createStatefulRoute({
      executors: createMemoryExecutors(),
      namespace: 'game',
      overrides: { storeHealth: health },
    });
    expect(route.readiness().store.state).toBe('unknown');
    health.failed(new Error('not the store'));
    expect(route.readiness().store.state).toBe('unknown');
    health.succeeded();
    expect(route.readiness().store.state).toBe('ok');
  });

  it('can be replaced by a class, whose parameters are injected', async () => {
    const seen: string[] = [];
    class LoudEvents extends RoutingStateEvents {
      override publish(...[change]: Parameters<EventManager['publish']>): void {
        seen.push(`${change.podId} ${change.current?.routingState}`);
        super.publish(change);
      }
    }
    const clock = new ManualClock();
    const executors = createMemoryExecutors({ clock });
    const room = { executors, namespace: 'game', serviceName: 'room', clock, logger: silentLogger };
    const pod = createStatefulRoute({ ...room, podId: 0 });
    const caller = createStatefulRoute({ ...room, overrides: { eventManager: LoudEvents } });
    await pod.start();
    await caller.start();
    await pod.server.setRoutingState('DENY_NEW_CALL');
    await clock.advance(0);
    expect(seen).toEqual(['0 DENY_NEW_CALL']);
    await caller.stop();
    await pod.stop();
  });

  it('are refused by names that are none', () => {
    const make = (overrides: RouteOverrides): unknown =>
      createStatefulRoute({ executors: createMemoryExecutors(), namespace: 'game', overrides });
    expect(() => make({ nonsense: 1 } as RouteOverrides)).toThrow('overrides.nonsense: is unknown');
    expect(() => make({ config: {} } as RouteOverrides)).toThrow('overrides.config: is unknown');
  });

  it('have a strategy by name, or an error that lists the names', () => {
    const make = (strategy: string): unknown =>
      createStatefulRoute({
        executors: createMemoryExecutors(),
        namespace: 'game',
        strategy: strategy as 'random',
      });
    expect(make('rendezvous')).toBeDefined();
    expect(() => make('best')).toThrow(/strategy: must be one of power-of-two, least-loaded/);
    expect(() => make('__proto__')).toThrow(/strategy: must be one of/);
  });

  it('name the one that is missing', () => {
    const make = (executors: unknown): unknown =>
      createStatefulRoute({
        executors: executors as ReturnType<typeof createMemoryExecutors>,
        namespace: 'game',
      });
    expect(() => make(undefined)).toThrow(
      expect.objectContaining({ code: 'MISSING_DEPENDENCY', dependency: 'executors' }),
    );
    expect(() => make({ stateful: {}, server: {} })).toThrow(
      expect.objectContaining({ dependency: 'executors.feed' }),
    );
  });

  it('are typed', () => {
    type EventManagerOverride = NonNullable<RouteOverrides['eventManager']>;
    expectTypeOf<typeof RoutingStateEvents>().toExtend<EventManagerOverride>();
    expectTypeOf<SelectionStrategy>().not.toExtend<EventManagerOverride>();
  });
});
