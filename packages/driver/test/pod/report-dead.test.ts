import { NOT_MINE, UNREACHABLE } from '@stateful-route/core';
import { createTestRoute, type TestRoute } from '@stateful-route/testkit/test-route';
import { describe, expect, it } from 'vitest';
import { reportDead } from '../../src/index.ts';

/** The pod's incarnation, as its entry has it. */
async function identityOf({ executors, namespace, serviceName }: TestRoute, podId: number) {
  const { pods } = await executors.stateful.getServiceState(namespace, serviceName);
  return { namespace, serviceName, podId, incarnation: pods.get(podId)!.incarnation! };
}

/** A service whose pod 0 holds ada and is dead. Its entry was written a moment ago. */
async function withDeadOwner(pods: number, config = {}): Promise<TestRoute> {
  const route = await createTestRoute({ pods, config });
  await route.advance(60_000);
  await route.pods[0]!.server.claim('ada');
  await route.gateway.service('room').locate('ada');
  route.kill(0);
  return route;
}

describe('a pod that was reported dead', () => {
  it('loses its users to other pods in the step in which the push arrives', async () => {
    await using route = await withDeadOwner(2);
    const rooms = route.gateway.service('room');
    const asked: number[] = [];
    const served = rooms.call('ada', async ({ podId }) => {
      asked.push(podId);
      if (podId === 0) return UNREACHABLE;
      return (await route.pods[podId]!.server.claim('ada')).claimed ? podId : NOT_MINE;
    });
    // The call waits for its next attempt, as the owner's lease runs.
    await route.advance(1_000);
    expect(new Set(asked)).toEqual(new Set([0]));
    expect(await reportDead(route.executors, await identityOf(route, 0))).toBe(true);
    await route.advance(0);
    expect(await Promise.race([served, Promise.resolve('waits')])).toBe(1);
    expect(await rooms.locate('ada')).toMatchObject({ podId: 1 });
  });

  it('is dead for callers that remember its user, and for those that do not', async () => {
    await using route = await withDeadOwner(3);
    const other = await route.addGateway();
    await reportDead(route.executors, await identityOf(route, 0));
    await route.advance(0);
    const { podId } = await route.gateway.service('room').locate('ada');
    expect([1, 2]).toContain(podId);
    expect(await other.service('room').locate('ada')).toMatchObject({ podId });
  });

  it('is no stall: the other pods are judged as before', async () => {
    await using route = await withDeadOwner(3);
    await route.pods[1]!.server.claim('bob');
    route.kill(1);
    await reportDead(route.executors, await identityOf(route, 0));
    await route.advance(16_000);
    // Pod 1 alone is silent of the two that have not ended: half, which is no mass expiry.
    expect(await route.gateway.service('room').locate('bob')).toMatchObject({ podId: 2 });
    expect(await route.gateway.service('room').locate('ada')).toMatchObject({ podId: 2 });
  });

  it('keeps its users for its ordinal where they wait for it', async () => {
    await using route = await withDeadOwner(2, { deadOwner: 'wait' });
    await reportDead(route.executors, await identityOf(route, 0));
    await route.advance(0);
    const rooms = route.gateway.service('room');
    const why = 'waits for its owner';
    await expect(rooms.locate('ada')).rejects.toMatchObject({ code: 'POD_NOT_AVAILABLE', podId: 0, why });
    await route.restart(0);
    await route.advance(0);
    expect(await rooms.locate('ada')).toMatchObject({ podId: 0, temporary: false });
  });

  it('does not touch a later process of its ordinal', async () => {
    await using route = await withDeadOwner(2);
    const earlier = await identityOf(route, 0);
    await route.advance(16_000);
    await route.restart(0);
    await expect(reportDead(route.executors, earlier)).rejects.toMatchObject({ code: 'FENCED' });
    await route.pods[0]!.server.claim('bob');
    expect(route.pods[0]!.server.holds('bob')).toBe(true);
  });

  it('fences itself with its next heartbeat if it lives, and comes back as its next life', async () => {
    await using route = await createTestRoute({ pods: 2 });
    const { server } = route.pods[0]!;
    const heard: string[] = [];
    server.on('fenced', ({ reason }) => heard.push(reason));
    server.on('unfenced', ({ claims }) => heard.push(...claims.map(({ uid }) => uid)));
    await server.claim('ada');
    await server.claim('bob');
    await reportDead(route.executors, await identityOf(route, 0));
    await route.gateway.service('room').locate('ada');
    await route.pods[1]!.server.claim('ada');
    await route.advance(3_000);
    expect(heard).toEqual(['it was reported dead', 'bob']);
    expect([server.holds('ada'), server.holds('bob')]).toEqual([false, true]);
    expect(route.pods[1]!.server.holds('ada')).toBe(true);
    expect(route.pods[0]!.liveness().alive).toBe(true);
  });
});
