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
      closed: async (uid) => {
        entries.push(`${podId} closes ${uid}, owned by ${await ownerOf(uid)}`);
      },
    },
    ...parts,
  });
}

describe('RoomPod', () => {
  it('claims a user once for all who ask at the same time, and keeps their state', async () => {
    const pod = podOn(0);
    const answers = await Promise.all(['ada', 'ada', 'ada'].map((uid) => pod.handle(uid)));
    expect(answers.map(({ kind }) => kind)).toEqual(['served', 'served', 'served']);
    expect(await pod.handle('ada')).toEqual({
      kind: 'served',
      served: { podId: 0, visits: 4, held: true, ownerSeen: 0 },
    });
    expect(entries).toEqual(['0 opens ada, owned by 0']);
  });

  it("does not serve another pod's user, until that pod has let them go", async () => {
    const [first, second] = [podOn(0), podOn(1)];
    await first.handle('ada');
    expect(await second.handle('ada')).toEqual({ kind: 'not-mine' });
    await first.handOff();
    expect(await second.handle('ada')).toMatchObject({ served: { podId: 1, visits: 1, ownerSeen: 1 } });
    expect(await first.handle('ada')).toEqual({ kind: 'not-mine' });
    expect(entries).toEqual([
      '0 opens ada, owned by 0',
      // It stops serving first and gives the claim back then.
      '0 closes ada, owned by 0',
      '1 opens ada, owned by 1',
    ]);
  });

  it('serves whom it holds while it drains, and refuses all others, links and all', async () => {
    const pod = podOn(0);
    await pod.handle('ada');
    await route.executors.stateful.setLinkedPodIfAbsent(route.namespace, 'bob', route.serviceName, 0, 300);
    const draining = route.drain(0);
    expect(await pod.handle('ada')).toMatchObject({ kind: 'served' });
    expect(await pod.handle('bob')).toEqual({ kind: 'not-mine' });
    expect(await route.gateway.service(route.serviceName).locate('bob')).toMatchObject({ podId: 1 });
    await pod.handOff();
    expect(await draining).toEqual({ left: 0 });
  });

  it('does not let a user go in the middle of a request', async () => {
    let answer: (podId: number) => void = () => {};
    const pod = podOn(0, {
      ownerOf: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    });
    const request = pod.handle('ada');
    await expect.poll(() => entries).toHaveLength(1);
    const leaving = pod.handOff();
    await new Promise((resolve) => setImmediate(resolve));
    expect(entries).toHaveLength(1);
    answer(0);
    expect(await request).toMatchObject({ served: { held: true } });
    await leaving;
    expect(entries).toHaveLength(2);
  });

  it('gives a claim back that came while it began to drain', async () => {
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

  it('tries again to let a user go when the store failed, and serves them no more meanwhile', async () => {
    const { server } = route.pods[0]!;
    let fails = true;
    const release: RoomDriver['release'] = (uid) =>
      fails ? Promise.reject(new Error('the store is away')) : server.release(uid);
    const pod = podOn(0, { driver: { ...boundTo(server), release } });
    await pod.handle('ada');
    await expect(pod.handOff()).rejects.toThrow('1 users could not leave');
    await expect(pod.handle('ada')).rejects.toThrow('the store is away');
    fails = false;
    expect(await pod.handle('ada')).toEqual({ kind: 'not-mine' });
    expect(await ownerOf('ada')).toBeUndefined();
  });
});

function boundTo(server: RoomDriver): RoomDriver {
  return {
    claim: (uid) => server.claim(uid),
    getRoutingState: () => server.getRoutingState(),
    holds: (uid) => server.holds(uid),
    on: (event, listener) => server.on(event, listener),
    refuse: (uid) => server.refuse(uid),
    release: (uid) => server.release(uid),
    setLoadState: (load) => server.setLoadState(load),
  };
}
