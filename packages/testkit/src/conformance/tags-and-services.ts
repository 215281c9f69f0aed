import { beatingPod } from './beating-pod.ts';
import { race, type Suite } from './suite.ts';

/** Tags, the list of services, and operators' intents. */
export function describeTagsAndServices({ describe, test, expect }: Suite): void {
  describe('tags', () => {
    test('a tag names the service it was set to', async ({ server, ns }) => {
      expect(await server.getServiceNameByTag(ns, 'room:30013')).toBe(undefined);
      expect(await server.setGlobalServiceNameTag(ns, 'room:30013', 'room')).toBe(true);
      expect(await server.getServiceNameByTag(ns, 'room:30013')).toBe('room');
      expect(await server.setGlobalServiceNameTag(ns, 'room:30013', 'room')).toBe(false);
      expect(await server.setGlobalServiceNameTag(ns, 'room:30013', 'lobby')).toBe(true);
      expect(await server.getServiceNameByTag(ns, 'room:30013')).toBe('lobby');
    });

    test('a removed tag is unknown', async ({ server, ns }) => {
      expect(await server.removeServiceNameTag(ns, 'chat')).toBe(false);
      await server.setGlobalServiceNameTag(ns, 'chat', 'room');
      expect(await server.removeServiceNameTag(ns, 'chat')).toBe(true);
      expect(await server.getServiceNameByTag(ns, 'chat')).toBe(undefined);
      expect(await server.removeServiceNameTag(ns, 'chat')).toBe(false);
    });

    test('tags and namespaces are separate', async ({ server, ns }) => {
      await server.setGlobalServiceNameTag(ns, 'constructor', 'room');
      await server.setGlobalServiceNameTag(`${ns}.2`, 'chat', 'lobby');
      expect(await server.getServiceNameByTag(ns, 'chat')).toBe(undefined);
      expect(await server.getServiceNameByTag(ns, 'toString')).toBe(undefined);
      expect(await server.getServiceNameByTag(ns, 'constructor')).toBe('room');
    });

    test('of many equal sets and removals at once one changes something', async ({ server, ns }) => {
      const set = await race(20, () => server.setGlobalServiceNameTag(ns, 'chat', 'room'));
      expect(set.filter(Boolean).length).toBe(1);
      const removed = await race(20, () => server.removeServiceNameTag(ns, 'chat'));
      expect(removed.filter(Boolean).length).toBe(1);
    });
  });

  describe('services', () => {
    test('lists the registered services once each, in alphabetical order', async ({ server, ns }) => {
      expect(await server.listServices(ns)).toEqual([]);
      for (const name of ['room', 'lobby', 'constructor', 'room', 'room-2', 'a10', 'a9']) {
        await server.registerService(ns, name);
      }
      expect(await server.listServices(ns)).toEqual(['a10', 'a9', 'constructor', 'lobby', 'room', 'room-2']);
      expect(await server.listServices(`${ns}.2`)).toEqual([]);
    });
  });

  describe('intents', () => {
    test("is in the reply to the pod's heartbeats until the opposite is set", async (store) => {
      const { server, ns } = store;
      const pod = beatingPod(store, 0, 'a');
      expect((await pod.beat()).intent).toBe(undefined);
      await server.setPodIntent(ns, 'room', 0, 'drain');
      expect((await pod.beat()).intent).toBe('drain');
      expect((await pod.beat()).intent).toBe('drain');
      await server.setPodIntent(ns, 'room', 0, 'resume');
      expect((await pod.beat()).intent).toBe('resume');
    });

    test('is kept across incarnations and prunings of the pod, and may be set before it comes', async (store) => {
      const { stateful, server, ns } = store;
      await server.setPodIntent(ns, 'room', 0, 'drain');
      expect((await beatingPod(store, 0, 'a').beat()).intent).toBe('drain');
      await stateful.removeServiceState(ns, 'room', 0, { incarnation: 'a' });
      expect((await beatingPod(store, 0, 'b').beat()).intent).toBe('drain');
    });

    test('belongs to one pod of one service', async (store) => {
      const { server, ns } = store;
      await server.setPodIntent(ns, 'room', 1, 'drain');
      await server.setPodIntent(ns, 'lobby', 0, 'drain');
      await server.setPodIntent(`${ns}.2`, 'room', 0, 'drain');
      expect((await beatingPod(store, 0, 'a').beat()).intent).toBe(undefined);
      expect((await beatingPod(store, 1, 'b').beat()).intent).toBe('drain');
    });

    test('a drain has its rate until the next intent, and no other intent has one', async (store) => {
      const { server, ns } = store;
      const pod = beatingPod(store, 0, 'a');
      const wish = async () => {
        const { intent, ratePerSecond } = await pod.beat();
        return [intent, ratePerSecond];
      };
      await server.setPodIntent(ns, 'room', 0, 'drain', { ratePerSecond: 2.5 });
      expect(await wish()).toEqual(['drain', 2.5]);
      expect(await wish()).toEqual(['drain', 2.5]);
      await server.setPodIntent(ns, 'room', 0, 'drain');
      expect(await wish()).toEqual(['drain', undefined]);
      await server.setPodIntent(ns, 'room', 0, 'drain', { ratePerSecond: 20 });
      await server.setPodIntent(ns, 'room', 0, 'cordon', { ratePerSecond: 30 });
      expect(await wish()).toEqual(['cordon', undefined]);
    });

    test('are read by ordinal, without those of other services', async (store) => {
      const { stateful, server, ns } = store;
      expect(await server.getPodIntents(ns, 'room')).toEqual(new Map());
      await server.setPodIntent(ns, 'room', 10, 'drain', { ratePerSecond: 20 });
      await server.setPodIntent(ns, 'room', 0, 'resume');
      await server.setPodIntent(ns, 'room', 9, 'cordon');
      await server.setPodIntent(ns, 'lobby', 1, 'drain');
      expect([...(await server.getPodIntents(ns, 'room'))]).toEqual([
        [0, { intent: 'resume' }],
        [9, { intent: 'cordon' }],
        [10, { intent: 'drain', ratePerSecond: 20 }],
      ]);
      await stateful.removeServiceState(ns, 'room', 10);
      expect([...(await server.getPodIntents(ns, 'room')).keys()]).toEqual([0, 9]);
      await server.setPodIntent(ns, 'room', 10, 'drain');
      expect((await server.getPodIntents(ns, 'room')).get(10)).toEqual({ intent: 'drain' });
    });

    test('makes no entry of an unknown pod', async ({ stateful, server, ns }) => {
      await server.setPodIntent(ns, 'room', 4, 'drain');
      expect((await stateful.getServiceState(ns, 'room')).pods.size).toBe(0);
    });
  });
}
