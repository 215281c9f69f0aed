import type { PodReport } from '@stateful-route/core/adapter';
import { type PodEvent, readFeed } from './feed-reader.ts';
import { beatingPod, report } from './beating-pod.ts';
import { race, type Suite } from './suite.ts';

const changes: Readonly<Record<string, Partial<PodReport>>> = {
  state: { state: 'NOT_READY' },
  'routing state': { routingState: 'DENY_NEW_CALL' },
  address: { address: 'there' },
  healing: { healing: 'held' },
  'end of the pod': { state: 'TERMINATING', routingState: 'SHUTDOWN' },
};

/** Push of changes. */
export function describeFeed({ describe, test, expect, refused }: Suite): void {
  const gapless = (events: readonly PodEvent[]): void => {
    const start = events[0]?.sequence ?? 0;
    expect(events.map((event) => event.sequence)).toEqual(events.map((_, at) => start + at));
  };

  describe('feed', () => {
    test("pushes a pod's first heartbeat with its entry", async (store) => {
      const reader = await readFeed(store);
      const { storeTime } = await beatingPod(store, 0, 'a').beat({
        address: 'here',
        metadata: { zone: 'b' },
      });
      const [event] = await reader.events(1);
      const { pods } = await store.stateful.getServiceState(store.ns, 'room');
      expect(event).toMatchObject({ type: 'state', podId: 0, storeTime, current: pods.get(0) });
      expect(event?.sequence).toBeGreaterThanOrEqual(0);
    });

    for (const [name, fields] of Object.entries(changes)) {
      test(`pushes a change of ${name}, once`, async (store) => {
        const pod = beatingPod(store, 0, 'a');
        await pod.beat({ address: 'here' });
        const reader = await readFeed(store);
        await pod.beat({ address: 'here', ...fields });
        await pod.beat({ address: 'here', ...fields });
        const events = await reader.all();
        expect(events.length).toBe(1);
        expect(events[0]).toMatchObject({ type: 'state', podId: 0, current: fields });
      });
    }

    test('pushes the removal of an address', async (store) => {
      const pod = beatingPod(store, 0, 'a');
      await pod.beat({ address: 'here' });
      const reader = await readFeed(store);
      await pod.beat();
      expect((await reader.all()).length).toBe(1);
    });

    test('pushes a new incarnation, though nothing else changed', async (store) => {
      await beatingPod(store, 0, 'a').beat();
      const reader = await readFeed(store);
      await beatingPod(store, 0, 'b').beat();
      const events = await reader.all();
      expect(events.length).toBe(1);
      expect(events[0]).toMatchObject({ type: 'state', podId: 0, current: { incarnation: 'b' } });
    });

    test('pushes no unchanged, repeated, late or refused heartbeat', async (store) => {
      const { stateful, ns } = store;
      const displaced = beatingPod(store, 0, 'a');
      await displaced.beat();
      await stateful.setServiceState(ns, 'room', 0, report('b', 7));
      const reader = await readFeed(store);
      await stateful.setServiceState(ns, 'room', 0, report('b', 7));
      await stateful.setServiceState(ns, 'room', 0, report('b', 8));
      await refused('FENCED', displaced.beat({ state: 'FAILED' }));
      await stateful.setServiceState(ns, 'room', 0, report('b', 2, { state: 'FAILED' }));
      expect(await reader.all()).toEqual([]);
    });

    test('pushes a removal, unless there was nothing to remove', async (store) => {
      const { stateful, ns } = store;
      const pod = beatingPod(store, 0, 'a');
      await pod.beat();
      const reader = await readFeed(store);
      await stateful.removeServiceState(ns, 'room', 0, { incarnation: 'b' });
      await stateful.removeServiceState(ns, 'room', 5);
      await stateful.removeServiceState(ns, 'room', 0, { incarnation: 'a' });
      await stateful.removeServiceState(ns, 'room', 0);
      const events = await reader.all();
      expect(events.length).toBe(1);
      expect(events[0]).toMatchObject({ type: 'state', podId: 0 });
      expect((events[0] as { current?: unknown }).current).toBe(undefined);
      await pod.beat();
      expect(await reader.all()).toMatchObject([{ type: 'state', podId: 0, current: { incarnation: 'a' } }]);
    });

    test('pushes every intent', async (store) => {
      const { server, ns } = store;
      const reader = await readFeed(store);
      await server.setPodIntent(ns, 'room', 0, 'drain');
      await server.setPodIntent(ns, 'room', 0, 'resume');
      const events = await reader.all();
      expect(events).toMatchObject([
        { type: 'intent', podId: 0, intent: 'drain' },
        { type: 'intent', podId: 0, intent: 'resume' },
      ]);
      expect(events[0]?.storeTime).toBeGreaterThan(0);
      gapless(events);
    });

    test('numbers the events of a service without a gap, of every kind', async (store) => {
      const { stateful, server, ns } = store;
      const reader = await readFeed(store);
      const pod = beatingPod(store, 0, 'a');
      await pod.beat();
      await pod.beat();
      await pod.beat({ state: 'NOT_READY' });
      await server.setPodIntent(ns, 'room', 0, 'drain');
      await beatingPod(store, 1, 'b').beat();
      await stateful.removeServiceState(ns, 'room', 0);
      await stateful.removeServiceState(ns, 'room', 1);
      await beatingPod(store, 1, 'c').beat();
      const events = await reader.all();
      expect(events.map((event) => event.podId)).toEqual([0, 0, 0, 1, 0, 1, 1]);
      gapless(events);
    });

    test('numbers concurrent changes without a gap', async (store) => {
      const reader = await readFeed(store);
      await race(30, (podId) => beatingPod(store, podId, 'a').beat());
      const events = await reader.events(30);
      gapless(events);
      expect(new Set(events.map((event) => event.podId)).size).toBe(30);
    });

    test('gives a later subscriber only later events, with the same numbers', async (store) => {
      const early = await readFeed(store);
      const pod = beatingPod(store, 0, 'a');
      await pod.beat();
      const late = await readFeed(store, 'room', 1);
      await pod.beat({ state: 'PENDING' });
      const [, second] = await early.events(2);
      const [first] = await late.events(1);
      expect(first).toEqual(second);
    });

    test('does not push events of other services and namespaces', async (store) => {
      const reader = await readFeed(store);
      await store.stateful.setServiceState(store.ns, 'lobby', 0, report('a', 0));
      await store.stateful.setServiceState(`${store.ns}.2`, 'room', 0, report('a', 0));
      expect(await reader.all()).toEqual([]);
    });

    test('pushes nothing after the subscription ended; others go on', async (store) => {
      const stopped = await readFeed(store);
      const other = await readFeed(store, 'room', 1);
      await beatingPod(store, 0, 'a').beat();
      await stopped.events(1);
      await stopped.stop();
      await beatingPod(store, 1, 'b').beat();
      expect((await other.all()).map((event) => event.podId)).toEqual([0, 1]);
      expect((await stopped.events(0)).map((event) => event.podId)).toEqual([0]);
      await stopped.stop();
    });
  });
}
