import { createTestRoute } from '@stateful-route/testkit/test-route';
import { describe, expect, it } from 'vitest';
import { installSdk } from './sdk.ts';

const sdk = installSdk();
const pod0 = { namespace: 'test', service: 'room', pod: 0 };

describe('a pod', () => {
  it('tells its users, load, capacity and the age of its heartbeat', async () => {
    await using route = await createTestRoute({ pods: [{ config: { maxUsers: 10 } }, {}] });
    await route.pods[0]!.server.claim('ada');
    await route.pods[0]!.server.claim('bob');
    await route.advance(3_000);
    expect(await sdk.values('pod.users', pod0)).toEqual([2]);
    expect(await sdk.values('pod.load', pod0)).toEqual([2]);
    expect(await sdk.values('pod.capacity')).toEqual([10]);
    await route.advance(1_000);
    const [age] = await sdk.values('heartbeat.age', pod0);
    expect(age).toBeGreaterThan(0.5);
    expect(age).toBeLessThanOrEqual(3);
  });

  it('tells the imbalance of its service if it leads it', async () => {
    await using route = await createTestRoute({ pods: 2 });
    await route.pods[0]!.server.claim('ada');
    await route.pods[0]!.server.claim('bob');
    await route.pods[0]!.server.claim('cyd');
    await route.pods[1]!.server.claim('dan');
    await route.advance(12_000);
    // Three and one: the mean is two.
    expect(await sdk.values('imbalance')).toEqual([0.5]);
    route.kill(0);
    await route.advance(40_000);
    expect(await sdk.values('imbalance')).toEqual([0]);
  });

  it('tells how many pods its service should have, if it leads it and has a target', async () => {
    const config = { replicaTarget: { usersPerPod: 1 } };
    await using route = await createTestRoute({ pods: [{ config }, { config }] });
    const { stateful } = route.executors;
    for (const uid of ['ada', 'bob', 'cyd']) await route.pods[1]!.server.claim(uid);
    await route.advance(12_000);
    expect(await sdk.values('desired_replicas')).toEqual([3]);
    expect((await stateful.getWorkloadState('test', 'room'))?.desiredReplicas).toBe(3);
    // The next leader begins with the pods that there are.
    route.kill(0);
    await route.advance(40_000);
    expect(await sdk.values('desired_replicas')).toEqual([3]);
  });

  it('tells none without a target', async () => {
    await using route = await createTestRoute({ pods: 1 });
    await route.advance(12_000);
    expect(await sdk.values('desired_replicas')).toEqual([]);
    const workload = await route.executors.stateful.getWorkloadState('test', 'room');
    expect(workload).toMatchObject({ replicas: 1, desiredReplicas: undefined });
  });

  it('counts why it fenced itself and which claims it lost', async () => {
    await using route = await createTestRoute({ pods: 2 });
    const [pod, other] = route.pods;
    await pod!.server.claim('ada');
    await pod!.server.setServiceState('FAILED');
    expect(await sdk.total('fences', { ...pod0, reason: 'state' })).toBe(1);
    const rooms = route.gateway.service('room');
    await route.advance(2_000);
    await rooms.locate('ada');
    await other!.server.claim('ada');
    await pod!.server.setServiceState('READY');
    await route.advance(10_000);
    expect(await sdk.total('claims.lost', { ...pod0, reason: 'not-regained' })).toBe(1);
    await pod!.server.claim('bob');
    await route.executors.stateful.setLinkedPod('test', 'bob', 'room', 1, -1);
    await route.advance(20_000);
    expect(await sdk.total('claims.lost', { ...pod0, reason: 'taken' })).toBe(1);
    route.kill(0);
    await route.advance(16_000);
    expect(await sdk.total('fences', { ...pod0, reason: 'silent' })).toBe(1);
  });

  it('counts that a later process of its ordinal displaced it', async () => {
    await using route = await createTestRoute({ pods: 1 });
    const before = route.pods[0]!;
    await before.server.claim('ada');
    const { createStatefulRoute } = await import('../../src/index.ts');
    const later = createStatefulRoute({
      executors: route.executors,
      namespace: 'test',
      serviceName: 'room',
      podId: 0,
      clock: route.clock,
    });
    await route.advance(100);
    await later.start();
    await route.advance(4_000);
    expect(before.liveness().alive).toBe(false);
    expect(await sdk.total('fences', { ...pod0, reason: 'displaced' })).toBe(1);
    expect(await sdk.total('claims.lost', { ...pod0, reason: 'displaced' })).toBe(1);
    const stopped = later.stop();
    await route.advance(30_000);
    await stopped;
  });

  it('tells who is left on a pod that drains, not on one that is cordoned', async () => {
    await using route = await createTestRoute({ pods: 2 });
    await route.pods[0]!.server.claim('ada');
    const left: number[][] = [];
    for (const intent of ['drain', 'cordon', 'drain', 'resume'] as const) {
      await route.executors.server.setPodIntent('test', 'room', 0, intent);
      await route.advance(3_000);
      left.push(await sdk.values('handoff.left', pod0));
    }
    expect(left).toEqual([[1], [0], [1], [0]]);
    expect(route.pods[0]!.server.getRoutingState()).toBe('READY');
  });

  it('counts and measures whom it hands over, and tells who is left', async () => {
    await using route = await createTestRoute({ pods: 2 });
    const [pod] = route.pods;
    for (const uid of ['ada', 'bob', 'cyd']) await pod!.server.claim(uid);
    route.onHandOff(0, ({ uid }) =>
      uid === 'ada'
        ? Promise.resolve()
        : new Promise((resolve) => {
            route.clock.setTimeout(() => resolve(), uid === 'bob' ? 2_000 : 60_000);
          }),
    );
    expect(await sdk.values('handoff.left', pod0)).toEqual([0]);
    const drained = route.drain(0);
    await route.advance(1_000);
    expect(await sdk.values('handoff.left', pod0)).toEqual([2]);
    await route.advance(9_000);
    expect(await drained).toEqual({ left: 0, unsaved: ['cyd'] });
    expect(await sdk.total('handoff.unsaved', pod0)).toBe(1);
    expect(await sdk.total('links.moved', { reason: 'handed-over' })).toBe(3);
    expect(await sdk.total('handoff.duration', pod0)).toBe(3);
    // 0 s, 2 s, and the limit of a save, a quarter of drainTimeoutMs.
    expect(await sdk.recorded('handoff.duration')).toBeCloseTo(0 + 2 + 6.25, 1);
    const spans = sdk.spans('hand_off');
    expect(spans.map(({ attributes }) => attributes['stateful_route.outcome'])).toEqual([
      'moved',
      'moved',
      'moved',
    ]);
    expect(spans[0]?.attributes).toMatchObject({ 'stateful_route.uid': 'ada', 'stateful_route.to': 1 });
  });

  it('counts users whom it took by force', async () => {
    await using route = await createTestRoute({ pods: 2 });
    const [pod, other] = route.pods;
    await pod!.server.claim('ada');
    await other!.server.setLinkedPod('test', 'ada', 'room', 1);
    await other!.server.setLinkedPod('test', 'bob', 'room', 1);
    await other!.server.setLinkedPod('test', 'ada', 'room', 0);
    expect(await sdk.total('links.moved', { reason: 'forced' })).toBe(2);
  });
});

describe('the spans of a pod', () => {
  it('show a claim that asks the store, and how it ended', async () => {
    await using route = await createTestRoute({ pods: 2 });
    const [pod, other] = route.pods;
    await pod!.server.claim('ada');
    await pod!.server.claim('ada');
    await other!.server.claim('ada');
    const spans = sdk.spans('claim');
    expect(spans.map(({ attributes }) => attributes['stateful_route.outcome'])).toEqual(['claimed', 'held']);
    const [claiming] = sdk.spans('store.trySetLinkedPod');
    expect(claiming?.parentSpanContext?.spanId).toBe(spans[0]?.spanContext().spanId);
  });
});
