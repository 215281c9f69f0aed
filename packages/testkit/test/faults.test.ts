import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { isRouteError, PERSIST_FOREVER } from '@stateful-route/core';
import type { FeedEvent, PodReport } from '@stateful-route/core/adapter';
import { ManualClock } from '@stateful-route/core/testing';
import { describeExecutors } from '@stateful-route/testkit/conformance';
import { faulty, type FaultyExecutors } from '@stateful-route/testkit/faults';
import { describe, expect, it } from 'vitest';

const make = (): FaultyExecutors => faulty(createMemoryExecutors());

const link = ({ stateful }: FaultyExecutors): Promise<unknown> =>
  stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 0, 60);
const linked = ({ stateful }: FaultyExecutors): Promise<number | undefined> =>
  stateful.getLinkedPod('game', 'ada', 'room');

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

describeExecutors(
  { describe, it, expect },
  {
    name: 'without a fault',
    capabilities: { clock: 'manual' },
    create: () => {
      const clock = new ManualClock();
      const executors = faulty(createMemoryExecutors({ clock }));
      return { executors, advance: (ms) => clock.advance(ms), close: () => executors.close() };
    },
  },
);

describe('faulty', () => {
  it('fails the next call, which is never made', async () => {
    const store = make();
    store.faults.failNext('setLinkedPodIfAbsent');
    await expect(link(store)).rejects.toSatisfy((error) => isRouteError(error, 'STORE_ERROR'));
    expect(await linked(store)).toBeUndefined();
    await link(store);
    expect(await linked(store)).toBe(0);
  });

  it('fails as many calls as requested, with the given error', async () => {
    const store = make();
    const error = new Error('down');
    store.faults.failNext('getLinkedPod', { times: 2, error });
    await expect(linked(store)).rejects.toBe(error);
    await link(store);
    await expect(linked(store)).rejects.toBe(error);
    expect(await linked(store)).toBe(0);
  });

  it('fails any call if none is named, in the order of the faults', async () => {
    const store = make();
    store.faults.failNext('*', { error: 'first' });
    store.faults.failNext('getLinkedPod', { error: 'second' });
    await expect(linked(store)).rejects.toBe('first');
    await link(store);
    await expect(linked(store)).rejects.toBe('second');
  });

  it('loses a reply after the call was made', async () => {
    const store = make();
    store.faults.loseReply('setLinkedPodIfAbsent');
    await expect(link(store)).rejects.toMatchObject({ code: 'TIMEOUT', effect: 'unknown' });
    expect(await linked(store)).toBe(0);
  });

  it('holds calls until they are released', async () => {
    const store = make();
    const hold = store.faults.hold('setLinkedPodIfAbsent', { times: 2 });
    const calls = [link(store), link(store)];
    expect(hold.waiting()).toBe(2);
    expect(await linked(store)).toBeUndefined();
    hold.release();
    await Promise.all(calls);
    expect(hold.waiting()).toBe(0);
    expect(await linked(store)).toBe(0);
  });

  it('ends a held call that is aborted', async () => {
    const store = make();
    const hold = store.faults.hold('getLinkedPod', { times: 2 });
    const reason = new Error('no longer wanted');
    const controller = new AbortController();
    const call = store.stateful.getLinkedPod('game', 'ada', 'room', { signal: controller.signal });
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(hold.waiting()).toBe(0);
    const aborted = store.stateful.getLinkedPod('game', 'ada', 'room', { signal: AbortSignal.abort(reason) });
    await expect(aborted).rejects.toBe(reason);
  });

  it('fails at random, repeatably for a seed', async () => {
    const outcomes = async (seed: number): Promise<string> => {
      const store = make();
      const stop = store.faults.failRandomly({ seed, probability: 0.3 });
      const codes: string[] = [];
      for (let call = 0; call < 100; call++) {
        codes.push(
          await linked(store).then(
            () => '',
            (error: { code: string }) => error.code,
          ),
        );
      }
      stop();
      await linked(store);
      return codes.join();
    };
    const first = await outcomes(1);
    expect(await outcomes(1)).toBe(first);
    expect(await outcomes(2)).not.toBe(first);
    expect(first.match(/STORE_ERROR/g)?.length).toBeGreaterThan(5);
    expect(first.match(/TIMEOUT/g)?.length).toBeGreaterThan(5);
    expect(first.match(/,,/g)?.length).toBeGreaterThan(10);
  });

  it('fails only the named calls at random', async () => {
    const store = make();
    store.faults.failRandomly({ seed: 1, probability: 1, methods: ['getLinkedPod'], lostReplies: 0 });
    await link(store);
    await expect(linked(store)).rejects.toMatchObject({ code: 'STORE_ERROR' });
  });

  it('counts calls, failed ones too', async () => {
    const store = make();
    store.faults.failNext('getLinkedPod');
    await linked(store).catch(() => {});
    await linked(store);
    await link(store);
    await store.server.listServices('game');
    expect(store.faults.calls('getLinkedPod')).toBe(2);
    expect(store.faults.calls('getLink')).toBe(0);
    expect(store.faults.calls()).toBe(4);
  });

  it('drops events', async () => {
    const store = make();
    const events: FeedEvent[] = [];
    const stop = await store.feed.subscribe('game', 'room', (event) => events.push(event));
    store.faults.dropEvents(1);
    for (const intent of ['drain', 'resume'] as const)
      await store.server.setPodIntent('game', 'room', 0, intent);
    expect(events).toMatchObject([{ type: 'intent', intent: 'resume' }]);
    await stop();
  });

  it('cuts the feed, and sends missed to every subscriber when it is back', async () => {
    const store = make();
    const received: string[] = [];
    await store.feed.subscribe('game', 'room', (event) => received.push(event.type));
    const restore = store.faults.cutFeed();
    await store.stateful.setServiceState('game', 'room', 0, report);
    expect(received).toEqual([]);
    restore();
    restore();
    expect(received).toEqual(['missed']);
    await store.stateful.setServiceState('game', 'room', 1, report);
    expect(received).toEqual(['missed', 'state']);
  });

  it('drops and cuts events of pods’ channels too', async () => {
    const store = make();
    const received: string[] = [];
    const stop = await store.feed.subscribePod('game', 'room', 0, (event) => received.push(event.type));
    const kick = async (): Promise<void> => {
      await store.stateful.setLinkedPod('game', 'ada', 'room', 0, PERSIST_FOREVER);
      await store.stateful.removeLinkedPod('game', 'ada', 'room');
    };
    store.faults.dropEvents(1);
    await kick();
    expect(received).toEqual([]);
    const restore = store.faults.cutFeed();
    await kick();
    restore();
    await kick();
    expect(received).toEqual(['missed', 'claimEnded']);
    await stop();
    await kick();
    expect(received.length).toBe(2);
  });

  it('disturbs roster calls like any other', async () => {
    const store = make();
    store.faults.loseReply('enterRoster');
    const enter = store.stateful.enterRoster('game', 'room', 0, 'ada', { incarnation: 'a' });
    await expect(enter).rejects.toMatchObject({ code: 'TIMEOUT', effect: 'unknown' });
    expect((await store.stateful.readRoster('game', 'room', 0)).entries).toMatchObject([{ uid: 'ada' }]);
  });

  it('resets everything', async () => {
    const store = make();
    store.faults.failRandomly({ seed: 1, probability: 1 });
    store.faults.failNext('getLinkedPod');
    store.faults.hold('setLinkedPodIfAbsent');
    const held = link(store);
    store.faults.cutFeed();
    store.faults.reset();
    await held;
    expect(await linked(store)).toBe(0);
    expect(store.faults.calls()).toBe(1);
    const received: string[] = [];
    await store.feed.subscribe('game', 'room', (event) => received.push(event.type));
    await store.server.setPodIntent('game', 'room', 0, 'drain');
    expect(received).toEqual(['intent']);
  });
});
