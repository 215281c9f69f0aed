import { beatingPod } from './beating-pod.ts';
import { race, type Suite } from './suite.ts';

const MINUTE_MS = 60_000;

/** Who places users of a service, and whether its fleet is evened out. */
export function describeFleets({ describe, test, expect }: Suite): void {
  describe('callers', () => {
    test('are counted once each, by service', async ({ server, ns }) => {
      const announce = (serviceName: string, callerId: string): Promise<number> =>
        server.announceCaller(ns, serviceName, callerId, MINUTE_MS);
      expect(await announce('room', 'one')).toBe(1);
      expect(await announce('room', 'two')).toBe(2);
      expect(await announce('room', 'one')).toBe(2);
      expect(await announce('lobby', 'one')).toBe(1);
      expect(await announce('room', '__proto__')).toBe(3);
    });

    test('are all counted when they come at once', async ({ server, ns }) => {
      const counts = await race(20, (at) => server.announceCaller(ns, 'room', `caller-${at}`, MINUTE_MS));
      expect(counts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
    });

    test('are counted in each reading, as long as they are counted', async ({
      server,
      stateful,
      ns,
      elapse,
    }) => {
      const callers = async () => (await stateful.getServiceState(ns, 'room')).callers;
      expect(await callers()).toBe(undefined);
      await server.announceCaller(ns, 'room', 'one', MINUTE_MS);
      await server.announceCaller(ns, 'room', 'two', MINUTE_MS);
      expect(await callers()).toBe(2);
      await server.announceCaller(ns, 'room', 'two', 1);
      await elapse(1);
      expect(await callers()).toBe(1);
      await server.announceCaller(ns, 'room', 'one', 1);
      await elapse(1);
      expect(await callers()).toBe(undefined);
    });

    test('are counted for their own time, from their last announcement on', async ({
      server,
      ns,
      elapse,
    }) => {
      const announce = (callerId: string, ttlMs: number): Promise<number> =>
        server.announceCaller(ns, 'room', callerId, ttlMs);
      expect(await announce('short', 1)).toBe(1);
      await elapse(1);
      expect(await announce('long', MINUTE_MS)).toBe(1);
      expect(await announce('again', 0.5)).toBe(2);
      expect(await announce('again', MINUTE_MS)).toBe(2);
      await elapse(2);
      expect(await announce('last', 1)).toBe(3);
      // The last announcement counts, also if its time is shorter.
      await announce('again', 1);
      await elapse(2);
      expect(await announce('new', MINUTE_MS)).toBe(2);
    });
  });

  describe('a frozen fleet', () => {
    test('is seen in each reading, with who froze it and when', async (store) => {
      const { server, stateful, ns } = store;
      const frozen = async (serviceName = 'room') => (await stateful.getServiceState(ns, serviceName)).frozen;
      expect(await frozen()).toBe(undefined);
      const before = await store.storeTime();
      expect(await server.setFrozen(ns, 'room', true, { by: 'carol: a/b % é' })).toBe(true);
      const { at, ...who } = (await frozen())!;
      expect(who).toEqual({ by: 'carol: a/b % é' });
      expect(at).toBeGreaterThanOrEqual(before);
      expect(at).toBeLessThanOrEqual(await store.storeTime());
      await store.elapse(2);
      // Frozen once more: it stays as it is.
      expect(await server.setFrozen(ns, 'room', true, { by: 'dave' })).toBe(false);
      expect(await frozen()).toEqual({ at, ...who });
      expect(await frozen('lobby')).toBe(undefined);
      expect(await server.setFrozen(ns, 'room', false)).toBe(true);
      expect(await server.setFrozen(ns, 'room', false)).toBe(false);
      expect(await frozen()).toBe(undefined);
      expect(await server.setFrozen(ns, 'room', true)).toBe(true);
      expect(Object.keys((await frozen())!).filter((name) => name !== 'by')).toEqual(['at']);
    });

    test('has each change in the journal', async ({ server, ns }) => {
      await server.setFrozen(ns, 'room', false, { by: 'eve' });
      await server.setFrozen(ns, 'room', true, { by: 'carol "é"' });
      await server.setFrozen(ns, 'room', true, { by: 'dave' });
      await server.setFrozen(ns, 'room', false);
      const { entries } = await server.readJournal(ns, 'room');
      expect(entries.map(({ id: _id, at: _at, ...event }) => event)).toEqual([
        { type: 'frozen', by: 'carol "é"' },
        { type: 'unfrozen' },
      ]);
      expect((await server.readJournal(ns, 'room', { types: ['unfrozen'] })).entries.length).toBe(1);
    });

    test('keeps its pods and their intents', async (store) => {
      const { server, stateful, ns } = store;
      await beatingPod(store, 0, 'a').beat();
      await server.setPodIntent(ns, 'room', 0, 'cordon');
      await server.setFrozen(ns, 'room', true);
      expect(await server.getPodIntents(ns, 'room')).toEqual(new Map([[0, { intent: 'cordon' }]]));
      await stateful.removeServiceState(ns, 'room', 0);
      expect(await server.getPodIntents(ns, 'room')).toEqual(new Map());
      const { frozen, pods } = await stateful.getServiceState(ns, 'room');
      expect(pods.size).toBe(0);
      expect(frozen === undefined).toBe(false);
    });
  });
}
