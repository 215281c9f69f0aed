import { isRouteError, NOT_MINE, routeError, silentLogger, UNREACHABLE } from '@stateful-route/core';
import { decorateExecutors } from '@stateful-route/core/adapter';
import { createTestRoute, type TestRoute } from '@stateful-route/testkit/test-route';
import { describe, expect, it } from 'vitest';
import { createStatefulRoute, type StatefulRoute } from '../../src/index.ts';
import { installSdk } from './sdk.ts';

const sdk = installSdk();
const service = { namespace: 'test', service: 'room' };

/** A caller of the test's service whose store fails while `isDown` says so. */
async function callerOf(
  { executors, namespace, clock }: TestRoute,
  isDown: () => boolean,
): Promise<StatefulRoute<undefined>> {
  const caller = createStatefulRoute({
    executors: decorateExecutors(executors, ({ method, options, run }) =>
      isDown() ? Promise.reject(routeError('STORE_ERROR', 'down', { operation: method })) : run(options),
    ),
    namespace,
    serviceName: 'room',
    clock,
    logger: silentLogger,
    config: { maxRetryCount: 0 },
  });
  await caller.start();
  return caller;
}

describe('a caller', () => {
  it('counts what became of users it did not know, and its lookups in memory', async () => {
    await using route = await createTestRoute({ pods: 2, gateways: 2, strategy: 'least-loaded' });
    const [first, second] = route.gateways.map((gateway) => gateway.service('room'));
    await first!.locate('ada');
    await first!.locate('ada');
    await second!.locate('ada');
    const strategy = { ...service, strategy: 'least-loaded' };
    expect(await sdk.total('placements', { ...strategy, outcome: 'placed' })).toBe(1);
    expect(await sdk.total('placements', { ...strategy, outcome: 'found' })).toBe(1);
    expect(await sdk.total('link_cache.lookups', { ...service, result: 'hit' })).toBe(1);
    expect(await sdk.total('link_cache.lookups', { ...service, result: 'miss' })).toBe(2);
    // Two gateways of one process: what they remember is added up.
    expect(await sdk.values('link_cache.size', service)).toEqual([2]);
  });

  it('counts each user of a batch once', async () => {
    await using route = await createTestRoute({ pods: 2, gateways: 2 });
    const [first, second] = route.gateways.map((gateway) => gateway.service('room'));
    await first!.locateMany(['ada', 'bob', 'ada']);
    await second!.locateMany(['ada', 'bob', 'cyd']);
    await second!.locateMany(['ada', 'bob', 'cyd']);
    expect(await sdk.total('link_cache.lookups', { result: 'miss' })).toBe(5);
    expect(await sdk.total('link_cache.lookups', { result: 'hit' })).toBe(3);
  });

  it('counts users whom no pod takes, and failures of the store', async () => {
    await using route = await createTestRoute({ pods: 1 });
    let isDown = false;
    await using caller = await callerOf(route, () => isDown);
    const rooms = caller.service('room');
    await route.pods[0]!.server.setRoutingState('SHUTDOWN');
    await route.advance(2_000);
    await expect(rooms.locate('ada')).rejects.toMatchObject({ code: 'SERVICE_NOT_READY' });
    expect(await sdk.total('placements', { outcome: 'refused' })).toBe(1);
    await route.pods[0]!.server.setRoutingState('READY');
    await route.advance(2_000);
    isDown = true;
    await expect(rooms.locate('ada')).rejects.toThrow('down');
    expect(await sdk.total('placements', { outcome: 'failed' })).toBe(1);
  });

  it('counts links that it moved, and claims that it took over by how the owner was dead', async () => {
    await using route = await createTestRoute({ pods: 3, gateways: 1 });
    const rooms = route.gateway.service('room');
    const { podId: temporary } = await rooms.locate('ada');
    await route.pods[temporary]!.server.setRoutingState('DENY_NEW_CALL');
    await route.advance(2_000);
    rooms.forget('ada');
    const { podId } = await rooms.locate('ada');
    expect(await sdk.total('links.moved', { ...service, reason: 'relinked' })).toBe(1);
    await route.pods[podId]!.server.claim('ada');
    route.kill(podId);
    await route.advance(60_000);
    await rooms.locate('ada');
    expect(await sdk.total('takeovers', { ...service, cause: 'silent' })).toBe(1);
    expect(await sdk.total('takeovers')).toBe(1);
  });

  it('counts answers of pods that do not have the user or cannot be reached', async () => {
    await using route = await createTestRoute({ pods: 2 });
    const rooms = route.gateway.service('room');
    const answers = [NOT_MINE, UNREACHABLE, 'served'];
    const served = rooms.call('ada', () => answers.shift() as string);
    await route.advance(1_000);
    expect(await served).toBe('served');
    rooms.unreachable(1);
    expect(await sdk.total('not_mine', service)).toBe(1);
    expect(await sdk.total('unreachable', service)).toBe(2);
  });

  it('tells how old what it knows of the pods is, and whether the guard is on', async () => {
    await using route = await createTestRoute({ pods: 4 });
    let isDown = false;
    await using caller = await callerOf(route, () => isDown);
    await caller.service('room').pods();
    expect(await sdk.values('guard.active', service)).toEqual([0]);
    for (const pod of route.pods.slice(1)) route.kill(pod.parts.place.podId!);
    await route.advance(15_500);
    expect(await sdk.values('guard.active', service)).toEqual([1]);
    isDown = true;
    const [before] = await sdk.values('snapshot.age', service);
    await route.advance(3_000);
    const [after] = await sdk.values('snapshot.age', service);
    expect(after! - before!).toBeCloseTo(3, 1);
  });

  it('keeps what it counted when it stops, and has gauges of 0', async () => {
    const route = await createTestRoute({ pods: 1 });
    await route.gateway.service('room').locate('ada');
    await route.pods[0]!.server.claim('ada');
    expect(await sdk.values('link_cache.size')).toEqual([1]);
    expect(await sdk.values('pod.users')).toEqual([1]);
    await route.stop();
    expect(await sdk.values('link_cache.size')).toEqual([0]);
    expect(await sdk.values('pod.users')).toEqual([0]);
    expect(await sdk.total('placements', { outcome: 'placed' })).toBe(1);
  });

  it('counts the services beyond a thousand together', async () => {
    await using route = await createTestRoute({ pods: 1 });
    for (let at = 0; at < 1_100; at++) {
      const cut = route.gateway.client.computeLinkedPod('test', 'ada', `other-${at}`);
      await expect(cut).rejects.toMatchObject({ code: 'SERVICE_NOT_READY' });
    }
    expect(await sdk.total('placements', { outcome: 'refused' })).toBeLessThan(1_000);
    expect(await sdk.total('placements')).toBe(1_100);
    expect(await sdk.total('placements', { 'otel.metric.overflow': true })).toBeGreaterThan(100);
  });
});

describe('the spans of a caller', () => {
  it('show a lookup that leaves memory, with the calls of the store in it', async () => {
    await using route = await createTestRoute({ pods: 1 });
    const rooms = route.gateway.service('room');
    await route.advance(100);
    const { podId } = await rooms.locate('ada');
    const [span, ...others] = sdk.spans('locate');
    expect(others).toEqual([]);
    expect(span?.attributes).toEqual({
      'stateful_route.namespace': 'test',
      'stateful_route.service': 'room',
      'stateful_route.uid': 'ada',
      'stateful_route.outcome': 'ok',
      'stateful_route.pod': podId,
    });
    const [placing] = sdk.spans('store.setLinkedPodIfAbsent');
    expect(placing?.parentSpanContext?.spanId).toBe(span?.spanContext().spanId);
  });

  it('are none for a known user', async () => {
    await using route = await createTestRoute({ pods: 1 });
    const rooms = route.gateway.service('room');
    await rooms.locate('ada');
    const before = sdk.spans().length;
    await rooms.locate('ada');
    rooms.peek('ada');
    expect(sdk.spans()).toHaveLength(before);
  });

  it('show a call with its lookups, and what failed with its code', async () => {
    await using route = await createTestRoute({ pods: 1 });
    const rooms = route.gateway.service('room');
    await rooms.call('ada', () => 'served');
    const [call] = sdk.spans('call');
    const [locate] = sdk.spans('locate');
    expect(locate?.parentSpanContext?.spanId).toBe(call?.spanContext().spanId);
    await route.pods[0]!.server.setRoutingState('SHUTDOWN');
    await route.advance(2_000);
    const refused = rooms.call('bob', () => 'served').catch((error: unknown) => error);
    await route.advance(20_000);
    expect(isRouteError(await refused, 'SERVICE_NOT_READY')).toBe(true);
    expect(sdk.spans('call')[1]?.attributes['stateful_route.outcome']).toBe('SERVICE_NOT_READY');
  });
});
