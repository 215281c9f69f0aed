import { isRouteError } from '@stateful-route/core';
import { createTestRoute, type TestRouteOptions } from '@stateful-route/testkit/test-route';
import { describe, expect, it } from 'vitest';

const realtime = { config: { profile: 'realtime' } } as const;

describe('createTestRoute', () => {
  it('has several gateways, which agree on a user’s pod', async () => {
    await using route = await createTestRoute({ pods: 3, gateways: 2 });
    const [first, second] = route.gateways.map((gateway) => gateway.service('room'));
    expect(route.gateway).toBe(route.gateways[0]);
    const { podId } = await first!.locate('ada');
    expect(second!.peek('ada')).toBe(undefined);
    expect((await second!.locate('ada')).podId).toBe(podId);
    const third = await route.addGateway();
    expect(route.gateways).toHaveLength(3);
    expect((await third.service('room').locate('ada')).podId).toBe(podId);
  });

  it('scales out: new pods get new users', async () => {
    await using route = await createTestRoute({ pods: 1, strategy: 'least-loaded' });
    await route.pods[0]!.server.claim('ada');
    await route.advance(30_000); // until its load is published
    await Promise.all([route.addPod(), route.addPod({ address: 'room-2:8080' })]);
    expect(route.pods).toHaveLength(3);
    const rooms = route.gateway.service('room');
    expect([...(await rooms.pods()).keys()]).toEqual([0, 1, 2]);
    const placed = await Promise.all(['bob', 'eve'].map((uid) => rooms.locate(uid)));
    expect(new Set(placed.map(({ podId }) => podId))).toEqual(new Set([1, 2]));
    expect(placed.find(({ podId }) => podId === 2)?.address).toBe('room-2:8080');
  });

  it('restarts an ordinal as a new process, separate from the one before', async () => {
    await using route = await createTestRoute({ pods: [{ address: 'a' }, {}] });
    const old = route.pods[0]!;
    await old.server.claim('ada');
    const before = (await route.executors.stateful.getServiceState('test', 'room')).pods.get(0);
    const again = await route.restart(0);
    expect(route.pods[0]).toBe(again);
    const after = (await route.executors.stateful.getServiceState('test', 'room')).pods.get(0);
    expect(after?.incarnation).not.toBe(before?.incarnation);
    expect(after?.address).toBe('a');
    expect(again.server.holds('ada')).toBe(false);
    expect(await again.server.claim('ada')).toMatchObject({ claimed: true });
    await route.advance(300_000);
    expect(old.server.isFenced()).toBe(true);
    await route.restart(0, { address: 'b' });
    expect((await route.executors.stateful.getServiceState('test', 'room')).pods.get(0)?.address).toBe('b');
  });

  it('restarts an ordinal any number of times, one process after the other', async () => {
    await using route = await createTestRoute({ pods: 2 });
    const lives = await Promise.all([route.restart(0), route.restart(0), route.restart(1)]);
    expect([...route.pods]).toEqual([lives[1], lives[2]]);
    expect([...(await route.gateway.service('room').pods()).keys()]).toEqual([0, 1]);
  });

  it('a pod that is killed loses its users when its lease is over', async () => {
    await using route = await createTestRoute({ pods: 2, ...realtime });
    await route.pods[0]!.server.claim('ada');
    route.kill(0);
    const rooms = route.gateway.service('room');
    await route.advance(14_000);
    expect((await rooms.locate('ada')).podId).toBe(0);
    await route.advance(2_000);
    expect((await rooms.locate('ada')).podId).toBe(1);
  });

  it('drains a pod with its options and its listener', async () => {
    await using route = await createTestRoute({ pods: 2, ...realtime });
    const saved: string[] = [];
    const remove = route.onHandOff(0, ({ uid, podId }) => void saved.push(`${uid} to ${podId}`));
    for (const uid of ['ada', 'bob']) await route.pods[0]!.server.claim(uid);
    const drained = route.drain(0, { ratePerSecond: 1, deadlineMs: 5_000 });
    await route.advance(100);
    expect(saved).toEqual(['ada to 1']);
    await route.advance(2_000);
    expect(saved).toEqual(['ada to 1', 'bob to 1']);
    expect(await drained).toEqual({ left: 0, unsaved: [] });
    remove();
    await route.pods[1]!.server.claim('eve');
    const waiting = route.drain(1, { deadlineMs: 50 });
    await route.advance(60);
    expect(await waiting).toEqual({ left: 1, unsaved: [] });
  });

  it('gives a pod and a gateway their own options beside the shared ones', async () => {
    await using route = await createTestRoute({
      pods: [{ config: { maxUsers: 1 } }, {}],
      gateways: [{}, { config: { excludePods: [0] }, strategy: 'rendezvous' }],
      config: { profile: 'realtime', maxUsers: 2 },
    });
    const claims = async (podId: number): Promise<boolean[]> => {
      const { server } = route.pods[podId]!;
      const uids = ['a', 'b', 'c'].map((uid) => `${uid}${podId}`);
      return Promise.all(uids.map(async (uid) => (await server.claim(uid)).claimed));
    };
    expect(await claims(0)).toEqual([true, false, false]);
    expect(await claims(1)).toEqual([true, true, false]);
    await route.restart(0);
    expect(route.gateways.map((gateway) => gateway.routeInfo.getLinkInfoCacheTimeSecs())).toEqual([60, 60]);
    await expect(route.gateways[1]!.routeInfo.getServiceBestPod('test', 'room')).resolves.toBe(1);
  });

  it('gives all the same needs of users and the same filters, unless one has its own', async () => {
    await using route = await createTestRoute({
      pods: [{ zone: 'a' }, { zone: 'b' }, { zone: 'b' }],
      gateways: [{}, { zone: 'a' }, { zone: 'a', filters: { zone: { minCandidates: 1 } } }],
      placement: (uid) => (uid === 'gpu' ? { labels: { gpu: '1' } } : undefined),
      filters: { zone: { required: true } },
    });
    await route.pods[1]!.server.setMetadata({ gpu: '1' });
    await route.advance(1_000); // the gateways read the pods again
    const { routeInfo } = route.gateways[1]!;
    expect(await routeInfo.getServiceBestPod('test', 'room', { uid: 'ada' })).toBe(0);
    await expect(routeInfo.getServiceBestPod('test', 'room', { uid: 'gpu' })).rejects.toMatchObject({
      code: 'SERVICE_NOT_READY',
    });
    const own = route.gateways[2]!.routeInfo;
    expect(await own.getServiceBestPod('test', 'room', { uid: 'gpu' })).toBe(1);
    expect((await route.gateway.service('room').locate('gpu')).podId).toBe(1);
  });

  it('has a store that can lose its data', async () => {
    await using route = await createTestRoute({ pods: 2, ...realtime });
    await route.pods[0]!.server.claim('ada');
    route.executors.faults.restart({ lose: 'everything' });
    await route.advance(7_000);
    expect(route.pods[0]!.server.holds('ada')).toBe(true);
    expect((await route.gateway.service('room').locate('ada')).podId).toBe(0);
  });

  it('repeats by its seed', async () => {
    const run = async (seed: number): Promise<number[]> => {
      await using route = await createTestRoute({ pods: 3, seed, strategy: 'random' });
      const rooms = route.gateway.service('room');
      const uids = Array.from({ length: 20 }, (_, at) => `user-${at}`);
      return Promise.all(uids.map(async (uid) => (await rooms.locate(uid)).podId));
    };
    expect(await run(7)).toEqual(await run(7));
    expect(await run(7)).not.toEqual(await run(8));
  });

  it.each<[string, unknown, string[]]>([
    ['no object', 'three', ['options']],
    ['unknown names', { pod: 3, gateway: 1 }, ['pod', 'gateway']],
    ['numbers that are none', { pods: -1, gateways: 0, seed: 0.5 }, ['pods', 'gateways', 'seed']],
    ['too few gateways', { gateways: [] }, ['gateways']],
    ['names that are none', { namespace: '{', serviceName: '' }, ['namespace', 'serviceName']],
    ['a wrong configuration', { config: { timeoutMs: 0 } }, ['timeoutMs']],
    ['a pod’s unknown name', { pods: [{ adress: 'a' }] }, ['adress']],
    [
      'what the test itself gives, and what is no options',
      { pods: [{}, { podId: 3, namespace: 'a' }, null], gateways: [{ clock: {} }] },
      ['pods[1].namespace', 'pods[1].podId', 'pods[2]', 'gateways[0].clock'],
    ],
    ['a gateway’s wrong configuration', { gateways: [{ config: { timoutMs: 1 } }] }, ['timoutMs']],
  ])('refuses %s', async (_, options, names) => {
    const made = await createTestRoute(options as TestRouteOptions).catch((error: unknown) => error);
    if (!isRouteError(made, 'INVALID_CONFIG')) throw made;
    expect(made.faults.map(({ name }) => name)).toEqual(names);
  });

  it('refuses the same options of a later route, and changes nothing', async () => {
    await using route = await createTestRoute({ pods: 1 });
    const [pod] = route.pods;
    const wrong: object = { podId: 3 };
    await expect(route.addPod(wrong)).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    await expect(route.addGateway(wrong)).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    await expect(route.restart(0, wrong)).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    expect(route.pods).toEqual([pod]);
    expect(route.gateways).toHaveLength(1);
    expect(await pod!.server.claim('ada')).toMatchObject({ claimed: true });
  });

  it('rejects a pod that does not exist', async () => {
    await using route = await createTestRoute({ pods: 1 });
    expect(() => route.kill(1)).toThrow(expect.objectContaining({ code: 'POD_NOT_FOUND', podId: 1 }));
    await expect(route.restart(1)).rejects.toMatchObject({ code: 'POD_NOT_FOUND' });
    await expect(route.drain(1)).rejects.toMatchObject({ code: 'POD_NOT_FOUND' });
    expect(() => route.onHandOff(1, () => {})).toThrow(expect.objectContaining({ code: 'POD_NOT_FOUND' }));
    const none = await createTestRoute({ pods: 0 });
    await expect(none.gateway.service('room').locate('ada')).rejects.toMatchObject({
      code: 'SERVICE_NOT_READY',
    });
    await none.stop();
  });
});
