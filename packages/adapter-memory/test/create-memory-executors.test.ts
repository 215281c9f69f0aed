import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { PERSIST_FOREVER } from '@stateful-route/core';
import type { FeedEvent, PodReport } from '@stateful-route/core/adapter';
import { ManualClock } from '@stateful-route/core/testing';
import { describe, expect, it } from 'vitest';

const report: PodReport = {
  state: 'READY',
  loadState: 0,
  routingState: 'READY',
  incarnation: 'a',
  seq: 0,
  beatenBefore: false,
  leaseMs: 60_000,
  updatePeriodMs: 6_000,
};

describe('createMemoryExecutors', () => {
  it('makes a separate directory each time', async () => {
    const one = createMemoryExecutors();
    const other = createMemoryExecutors();
    await one.stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 0, 60);
    expect(await other.stateful.getLinkedPod('game', 'ada', 'room')).toBeUndefined();
  });

  it('takes effect at the call, in the order of calls', async () => {
    const { stateful } = createMemoryExecutors();
    const first = stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 3, 60);
    const second = stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 4, 60);
    expect((await second).podId).toBe(3);
    expect((await first).created).toBe(true);
  });

  it('stores copies that callers cannot change', async () => {
    const { stateful, server, feed } = createMemoryExecutors();
    const events: FeedEvent[] = [];
    await feed.subscribe('game', 'room', (event) => events.push(event));
    const mine = { ...report, metadata: { zone: 'a' } };
    await stateful.setServiceState('game', 'room', 0, mine);
    mine.metadata.zone = 'b';

    const read = await stateful.getServiceState('game', 'room');
    const [event] = events;
    for (const frozen of [read.pods.get(0), read.pods.get(0)?.metadata, event]) {
      expect(Object.isFrozen(frozen)).toBe(true);
    }
    (read.pods as Map<number, unknown>).clear();

    await stateful.trySetLinkedPod('game', 'ada', 'room', 0, PERSIST_FOREVER);
    (await stateful.getLinkService('game', 'ada')).clear();
    const link = (await stateful.getLink('game', 'ada', 'room')) as { podId: number };
    link.podId = 9;
    await stateful.setWorkloadState('game', 'room', { state: 'READY', replicas: 1, readyReplicas: 1 });
    const workload = (await stateful.getWorkloadState('game', 'room')) as { replicas: number };
    workload.replicas = 9;
    await server.registerService('game', 'room');
    (await server.listServices('game')).length = 0;

    expect((await stateful.getServiceState('game', 'room')).pods.get(0)).toMatchObject({
      metadata: { zone: 'a' },
    });
    expect(await stateful.getLinkService('game', 'ada')).toEqual(new Map([['room', 0]]));
    expect(await stateful.getLinkedPod('game', 'ada', 'room')).toBe(0);
    expect(await stateful.getWorkloadState('game', 'room')).toMatchObject({ replicas: 1 });
    expect(await server.listServices('game')).toEqual(['room']);
  });

  it('pushes a change after its call has returned, and before the caller continues', async () => {
    const { stateful, feed } = createMemoryExecutors();
    const order: string[] = [];
    await feed.subscribe('game', 'room', () => order.push('received'));
    const beat = stateful.setServiceState('game', 'room', 0, report);
    order.push('returned');
    await beat;
    order.push('went on');
    expect(order).toEqual(['returned', 'received', 'went on']);
  });

  it('calls no listener after close, which may come while events are under way', async () => {
    const { stateful, feed, close } = createMemoryExecutors();
    const received: FeedEvent[] = [];
    const stop = await feed.subscribe('game', 'room', (event) => received.push(event));
    const beat = stateful.setServiceState('game', 'room', 0, report);
    await Promise.all([beat, close()]);
    await stateful.setServiceState('game', 'room', 1, report);
    await stop();
    expect(received).toEqual([]);
  });

  it('follows its clock when it is stepped, as a server does', async () => {
    const clock = new ManualClock();
    const { stateful } = createMemoryExecutors({ clock });
    await stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 0, 60);
    clock.stepWallClock(-3_600_000);
    expect((await stateful.getLink('game', 'ada', 'room')).ttlMs).toBe(3_660_000);
    clock.stepWallClock(3_660_000);
    expect((await stateful.getLink('game', 'ada', 'room')).podId).toBeUndefined();
  });

  it('rounds its clock down to whole ms', async () => {
    const clock = new ManualClock(1_000.75);
    const { stateful } = createMemoryExecutors({ clock });
    const { storeTime } = await stateful.setServiceState('game', 'room', 0, report);
    expect(storeTime).toBe(1_000);
    expect(await stateful.removeServiceState('game', 'room', 0, { updateTime: storeTime })).toBe(true);
  });
});
