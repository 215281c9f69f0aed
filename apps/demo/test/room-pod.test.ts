import type { DrainReport } from '@stateful-route/core';
import { createTestRoute, type TestRoute } from '@stateful-route/testkit/test-route';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RoomDriver, RoomPod } from '../src/room/room-pod.ts';

let route: TestRoute;
let entries: string[] = [];
beforeEach(async () => {
  route = await createTestRoute({ pods: 2 });
  entries = [];
});
afterEach(() => route.stop());

function ownerOf(uid: string): Promise<number | undefined> {
  return route.executors.stateful.getLinkedPodIfPersist(route.namespace, uid, route.serviceName);
}

/** A drain that hands the pod's users over, as the pod's own would. */
function handOver(podId: number, pod: RoomPod): Promise<DrainReport> {
  return route.pods[podId]!.server.drain({
    onHandOff: (user) => pod.handOver(user.uid, user.podId),
  });
}

function podOn(podId: number, parts: Partial<ConstructorParameters<typeof RoomPod>[0]> = {}): RoomPod {
  const driver = route.pods[podId]!.server;
  return new RoomPod({
    podId,
    driver,
    ownerOf,
    journal: {
      opened: async (uid) => {
        entries.push(`${podId} opens ${uid}, owned by ${await ownerOf(uid)}`);
      },
      closed: async (uid, movesTo) => {
        entries.push(`${podId} closes ${uid} for ${movesTo}, owned by ${await ownerOf(uid)}`);
      },
    },
    ...parts,
  });
}

describe('RoomPod', () => {
  it('claims a user once for concurrent requests, and keeps their state', async () => {
    const pod = podOn(0);
    const answers = await Promise.all(['ada', 'ada', 'ada'].map((uid) => pod.handle(uid)));
    expect(answers.map(({ kind }) => kind)).toEqual(['served', 'served', 'served']);
    expect(await pod.handle('ada')).toEqual({
      kind: 'served',
      served: { podId: 0, visits: 4, held: true, ownerSeen: 0 },
    });
    expect(entries).toEqual(['0 opens ada, owned by 0']);
  });

  it('lets go of a user who has sent no request over so many calls', async () => {
    const pod = podOn(0);
    await pod.handle('ada');
    await pod.handle('bob');
    await pod.endIdle(2);
    await pod.endIdle(2);
    await pod.handle('bob');
    await pod.endIdle(2);
    expect([await ownerOf('ada'), await ownerOf('bob')]).toEqual([undefined, 0]);
    expect(entries.slice(2)).toEqual(['0 closes ada for undefined, owned by 0']);
    expect(await pod.handle('ada')).toMatchObject({ served: { visits: 1 } });
  });

  it("serves another pod's user only after that pod has handed them off", async () => {
    const [first, second] = [podOn(0), podOn(1)];
    await first.handle('ada');
    expect(await second.handle('ada')).toEqual({ kind: 'not-mine' });
    const handed = handOver(0, first);
    await route.clock.advance(0);
    expect(await handed).toEqual({ left: 0, unsaved: [] });
    expect(await route.gateway.service(route.serviceName).locate('ada')).toMatchObject({
      podId: 1,
      temporary: true,
    });
    expect(await second.handle('ada')).toMatchObject({ served: { podId: 1, visits: 1, ownerSeen: 1 } });
    expect(await first.handle('ada')).toEqual({ kind: 'not-mine' });
    expect(entries).toEqual([
      '0 opens ada, owned by 0',
      // It stops serving first; the link moves then.
      '0 closes ada for 1, owned by 0',
      '1 opens ada, owned by 1',
    ]);
  });

  it('serves held users while it drains, and refuses others and removes their links', async () => {
    const pod = podOn(0);
    await pod.handle('ada');
    await route.executors.stateful.setLinkedPodIfAbsent(route.namespace, 'bob', route.serviceName, 0, 300);
    const draining = route.drain(0);
    expect(await pod.handle('ada')).toMatchObject({ kind: 'served' });
    expect(await pod.handle('bob')).toEqual({ kind: 'not-mine' });
    expect(await route.gateway.service(route.serviceName).locate('bob')).toMatchObject({ podId: 1 });
    await route.pods[0]!.server.release('ada');
    expect(await draining).toEqual({ left: 0, unsaved: [] });
  });

  it('hands a user off only after a pending request', async () => {
    let answer: (podId: number) => void = () => {};
    const pod = podOn(0, {
      ownerOf: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    });
    const request = pod.handle('ada');
    await expect.poll(() => entries).toHaveLength(1);
    const handed = handOver(0, pod);
    await expect.poll(() => route.pods[0]!.server.holds('ada')).toBe(false);
    expect(await ownerOf('ada')).toBe(0);
    expect(entries).toHaveLength(1);
    answer(0);
    // Its link moves only afterwards: the request was served by the user's owner.
    expect(await request).toMatchObject({ served: { held: true } });
    await route.clock.advance(0);
    await handed;
    expect(entries).toHaveLength(2);
    expect(await ownerOf('ada')).toBeUndefined();
  });

  it('releases a claim that was made while a drain began', async () => {
    const { server } = route.pods[0]!;
    const claim: RoomDriver['claim'] = async (uid) => {
      const result = await server.claim(uid);
      await server.setRoutingState('DENY_NEW_CALL');
      return result;
    };
    const pod = podOn(0, { driver: { ...boundTo(server), claim } });
    expect(await pod.handle('ada')).toEqual({ kind: 'not-mine' });
    expect(await ownerOf('ada')).toBeUndefined();
    expect(entries).toEqual([]);
  });

  it('does not hold a user after a lost claim, even during a request', async () => {
    const answers: ((podId: number) => void)[] = [];
    const pod = podOn(0, { ownerOf: () => new Promise((resolve) => answers.push(resolve)) });
    const request = pod.handle('ada');
    await expect.poll(() => answers).toHaveLength(1);
    const handed = handOver(0, pod);
    await expect.poll(() => route.pods[0]!.server.holds('ada')).toBe(false);
    route.pods[0]!.server.on('fenced', () => answers[0]!(0));
    // No heartbeat arrives any more, so the pod fences itself.
    route.kill(0);
    await route.clock.advance(290_000);
    expect(await request).toMatchObject({ served: { held: false } });
    await handed;
  });

  it('serves nobody while it is fenced', async () => {
    let notify: (reason: { reason: string }) => void = () => {};
    const { server } = route.pods[0]!;
    const on: RoomDriver['on'] = (event, listener) => {
      if (event === 'fenced') notify = listener as typeof notify;
      return server.on(event, listener);
    };
    const pod = podOn(0, { driver: { ...boundTo(server), on } });
    await pod.handle('ada');
    notify({ reason: 'no heartbeat is acknowledged' });
    await expect.poll(() => entries.length).toBe(2);
    // The claim stands again: a room opens again.
    expect(await pod.handle('ada')).toMatchObject({ served: { visits: 1 } });
    expect(entries).toEqual([
      '0 opens ada, owned by 0',
      '0 closes ada for undefined, owned by 0',
      '0 opens ada, owned by 0',
    ]);
  });

  it('keeps a user whose entry failed, and hands the user off in the next drain', async () => {
    let fails = true;
    let tries = 0;
    const pod = podOn(0, {
      journal: {
        opened: async () => {},
        closed: async (uid) => {
          tries += 1;
          if (fails) throw new Error('the journal is away');
          entries.push(uid);
        },
      },
    });
    const { server } = route.pods[0]!;
    await pod.handle('ada');
    const handed = handOver(0, pod);
    await expect.poll(() => tries).toBe(1);
    await expect.poll(() => server.holds('ada')).toBe(true);
    await expect(pod.handle('ada')).rejects.toThrow('the journal is away');
    await route.clock.advance(25_000);
    expect(await handed).toMatchObject({ left: 1 });
    fails = false;
    expect(await handOver(0, pod)).toEqual({ left: 0, unsaved: [] });
    expect(entries).toEqual(['ada']);
    expect(await pod.handle('ada')).toEqual({ kind: 'not-mine' });
    expect(await ownerOf('ada')).toBeUndefined();
  });
});

function boundTo(server: RoomDriver): RoomDriver {
  return {
    claim: (uid) => server.claim(uid),
    getRoutingState: () => server.getRoutingState(),
    holds: (uid) => server.holds(uid),
    isFenced: () => server.isFenced(),
    on: (event, listener) => server.on(event, listener),
    refuse: (uid) => server.refuse(uid),
    release: (uid) => server.release(uid),
    setLoadState: (load) => server.setLoadState(load),
  };
}
