import type { JournalEntry, ReportedEvent } from '@stateful-route/core';
import type { ReadJournalOptions } from '@stateful-route/core/adapter';
import { beatingPod, report } from './beating-pod.ts';
import { race, type Store, type Suite } from './suite.ts';

const LEASE_MS = 600;

/** What happened to a service. */
export function describeJournals({ describe, test, expect, refused }: Suite): void {
  const read = async (
    { server, ns }: Store,
    options?: ReadJournalOptions,
  ): Promise<readonly JournalEntry[]> => (await server.readJournal(ns, 'room', options)).entries;
  /** The entries without their ids and times. */
  const events = async (store: Store, options?: ReadJournalOptions) =>
    (await read(store, options)).map(({ id: _id, at: _at, ...event }) => event);
  const takeOvers = (users: number, podId = 0): ReportedEvent => ({ type: 'take-overs', podId, users });

  describe('a journal', () => {
    test('has the life of a pod, in order, and no heartbeat that brings nothing new', async (store) => {
      const { stateful, server, ns } = store;
      const before = await store.storeTime();
      const pod = beatingPod(store, 3, '5.a.0');
      await pod.beat();
      await pod.beat({ loadState: 7 });
      await pod.beat({ routingState: 'DENY_NEW_CALL', users: 2 });
      await pod.beat({ routingState: 'DENY_NEW_CALL', users: 1 });
      const next = beatingPod(store, 3, '5.a.1');
      await next.beat({ beatenBefore: true });
      await refused('FENCED', pod.beat());
      await next.beat({ state: 'TERMINATING' });
      const ended = { podId: 3, incarnation: '5.a.1', state: 'TERMINATING', routingState: 'READY' };
      expect(await events(store)).toEqual([
        { type: 'started', podId: 3, incarnation: '5.a.0', state: 'READY', routingState: 'READY' },
        { type: 'directory', podId: 3, is: 'young' },
        {
          type: 'state',
          podId: 3,
          incarnation: '5.a.0',
          state: 'READY',
          routingState: 'DENY_NEW_CALL',
          users: 2,
        },
        { type: 'returned', podId: 3, incarnation: '5.a.1', state: 'READY', routingState: 'READY' },
        { type: 'fenced', podId: 3, incarnation: '5.a.0', met: '5.a.1' },
        { type: 'state', ...ended },
      ]);
      const times = (await read(store)).map(({ at }) => at);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(times[0]).toBeGreaterThanOrEqual(before);
      expect(times.at(-1)).toBeLessThan((await store.storeTime()) + 1);
      expect((await server.readJournal(ns, 'lobby')).entries).toEqual([]);
      expect((await stateful.getServiceState(ns, 'room')).pods.size).toBe(1);
    });

    test('has the incarnation of a process as stored, whose start was raised', async (store) => {
      await beatingPod(store, 0, '8.a.0').beat({ state: 'TERMINATING' });
      await beatingPod(store, 0, '5.b.0').beat();
      expect(await events(store, { types: ['started'] })).toMatchObject([
        { incarnation: '8.a.0' },
        { incarnation: '9.b.0' },
      ]);
    });

    test('has a process that finds no entry of its own as a change of state, and the loss', async (store) => {
      await beatingPod(store, 0, '5.a.0').beat();
      await beatingPod(store, 1, '5.b.0').beat({ beatenBefore: true });
      expect(await events(store, { podId: 1 })).toEqual([
        { type: 'state', podId: 1, incarnation: '5.b.0', state: 'READY', routingState: 'READY' },
        { type: 'directory', podId: 1, is: 'restored' },
      ]);
    });

    test('has a directory that starts again', async (store) => {
      const pod = beatingPod(store, 0, 'a');
      await pod.beat({ leaseMs: LEASE_MS, updatePeriodMs: 100 });
      await store.elapse(3 * LEASE_MS);
      await pod.beat({ leaseMs: LEASE_MS, updatePeriodMs: 100 });
      expect(await events(store, { types: ['directory'] })).toEqual([
        { type: 'directory', podId: 0, is: 'young' },
        { type: 'directory', podId: 0, is: 'quiet' },
      ]);
    });

    test('has the guard, when it changes', async (store) => {
      const pod = beatingPod(store, 0, 'a');
      for (const guard of [undefined, false, true, undefined, true, false, false]) await pod.beat({ guard });
      expect(await events(store, { types: ['guard'] })).toEqual([
        { type: 'guard', podId: 0, active: true },
        { type: 'guard', podId: 0, active: false },
      ]);
    });

    test('has an intent, when it changes, and who set it', async (store) => {
      const { server, ns } = store;
      const set = (intent: 'drain' | 'resume', by?: string) =>
        server.setPodIntent(ns, 'room', 2, intent, { by });
      await set('drain', 'carol & "co" é');
      await set('drain', 'dave');
      await set('resume');
      expect(await events(store)).toEqual([
        { type: 'intent', podId: 2, intent: 'drain', by: 'carol & "co" é' },
        { type: 'intent', podId: 2, intent: 'resume' },
      ]);
    });

    test('has a death and a removal once, and who asked for them', async (store) => {
      const { stateful, ns } = store;
      await beatingPod(store, 0, 'a').beat();
      const { updateTime } = (await stateful.getServiceState(ns, 'room')).pods.get(0)!;
      for (const by of ['carol', 'dave']) {
        await stateful.reportDead(ns, 'room', 0, { incarnation: 'a', by });
      }
      await refused('FENCED', stateful.reportDead(ns, 'room', 0, { incarnation: 'b', by: 'eve' }));
      await stateful.removeServiceState(ns, 'room', 0, { incarnation: 'other', by: 'eve' });
      await stateful.removeServiceState(ns, 'room', 0, { incarnation: 'a', updateTime });
      await stateful.removeServiceState(ns, 'room', 0, { by: 'eve' });
      await beatingPod(store, 1, 'b').beat();
      await stateful.removeServiceState(ns, 'room', 1, { by: 'carol' });
      expect(await events(store, { types: ['dead', 'removed', 'directory'] })).toEqual([
        { type: 'directory', podId: 0, is: 'young' },
        { type: 'dead', podId: 0, incarnation: 'a', by: 'carol' },
        { type: 'removed', podId: 0 },
        { type: 'removed', podId: 1, by: 'carol' },
        { type: 'directory', podId: 1, is: 'young' },
      ]);
    });

    test('has what clients write, with every field', async (store) => {
      const { server, ns } = store;
      const all: readonly ReportedEvent[] = [
        { type: 'drain', podId: 0, cause: 'operator', users: 5, left: 1, unsaved: 0 },
        { type: 'hand-off', podId: 1, users: 2, left: 0, unsaved: 1 },
        { type: 'take-overs', podId: 2 ** 31 - 1, users: 0 },
        { type: 'kicked', podId: 0, uid: 'ada "é" :', by: 'carol' },
        { type: 'unlinked', podId: 0, uid: '__proto__', by: 'x'.repeat(128) },
        { type: 'moved', podId: 0, uid: 'ada', to: 2, by: 'carol' },
        { type: 'pinned', podId: 0, uid: 'ada', by: 'carol' },
        { type: 'unpinned', podId: 0, uid: 'ada', by: 'carol' },
        { type: 'reaped', users: 3, by: 'carol' },
        { type: 'reaped', podId: 4, users: 3, by: 'carol' },
      ];
      for (const event of all) await server.writeJournal(ns, 'room', event);
      expect(await events(store)).toEqual(all);
    });

    test('refuses what only the store writes, and wrong fields', async (store) => {
      const { server, ns } = store;
      const bad: readonly object[] = [
        { type: 'intent', podId: 0, intent: 'drain' },
        { type: 'drain', podId: 0, users: 1, left: 0, unsaved: 0 },
        { type: 'drain', podId: 0, cause: 'eve', users: 1, left: 0, unsaved: 0 },
        { type: 'kicked', podId: 0, uid: 'ada' },
        { type: 'moved', podId: 0, uid: 'ada', by: 'carol' },
        { type: 'kicked', podId: 0, uid: 'a{b', by: 'carol' },
        { type: 'kicked', podId: -1, uid: 'ada', by: 'carol' },
        { type: 'take-overs', podId: 0, users: 0.5 },
        { type: 'take-overs', podId: 0, users: 1, at: 5 },
        { type: 'reaped', users: 1, by: '' },
        { type: 'reaped', users: 1, by: 'a\n' },
      ];
      for (const event of bad) {
        await refused('INVALID_PARAMETER', server.writeJournal(ns, 'room', event as ReportedEvent));
      }
      expect(await read(store)).toEqual([]);
    });

    test('is read from the newest entry back, and followed by `after`', async (store) => {
      const { server, ns } = store;
      const page = (options?: ReadJournalOptions) => server.readJournal(ns, 'room', options);
      const users = ({ entries }: { entries: readonly JournalEntry[] }) =>
        entries.map((entry) => (entry.type === 'take-overs' ? entry.users : undefined));
      const empty = await page();
      expect(empty.entries).toEqual([]);
      expect(await page({ after: empty.after })).toEqual(empty);
      for (let at = 0; at < 7; at++) await server.writeJournal(ns, 'room', takeOvers(at, at % 2));
      expect(users(await page({ after: empty.after, limit: 3 }))).toEqual([0, 1, 2]);
      const newest = await page({ limit: 2 });
      expect(users(newest)).toEqual([5, 6]);
      expect(await page({ after: newest.after })).toEqual({ entries: [], after: newest.after });
      await server.writeJournal(ns, 'room', takeOvers(7));
      expect(users(await page({ after: newest.after }))).toEqual([7]);
      expect(users(await page({ podId: 1, limit: 2 }))).toEqual([3, 5]);
      let from = await page({ after: empty.after, podId: 1, limit: 2 });
      expect(users(from)).toEqual([1, 3]);
      from = await page({ after: from.after, podId: 1, limit: 2 });
      expect(users(from)).toEqual([5]);
      // It has looked at the entries of other pods too.
      expect(from.after).toBe((await page({ limit: 1 })).after);
    });

    test('is read by user and by type', async (store) => {
      const { server, ns } = store;
      await server.writeJournal(ns, 'room', takeOvers(1));
      await server.writeJournal(ns, 'room', { type: 'kicked', podId: 0, uid: 'ada', by: 'carol' });
      await server.writeJournal(ns, 'room', { type: 'kicked', podId: 0, uid: 'bob', by: 'carol' });
      await server.writeJournal(ns, 'room', { type: 'unlinked', podId: 1, uid: 'ada', by: 'carol' });
      expect(await events(store, { uid: 'ada' })).toMatchObject([{ type: 'kicked' }, { type: 'unlinked' }]);
      expect(await events(store, { uid: 'ada', podId: 1 })).toMatchObject([{ type: 'unlinked' }]);
      expect(await events(store, { types: ['take-overs', 'unlinked'] })).toMatchObject([
        { type: 'take-overs' },
        { type: 'unlinked' },
      ]);
      expect(await events(store, { types: ['guard'] })).toEqual([]);
      expect(await events(store, { types: [] })).toEqual([]);
    });

    test('refuses bad options', async ({ server, ns }) => {
      const bad: Readonly<Record<string, readonly unknown[]>> = {
        after: ['', '5', '5-', 7, null, '(5-0', '+', '-'],
        limit: [0, 1_001, 0.5, '1', null],
        types: ['guard', ['Guard'], [undefined], null],
        podId: [-1, '0', null],
        uid: ['', 'a{b', 7, null],
      };
      for (const [parameter, values] of Object.entries(bad)) {
        for (const value of values) {
          const options: ReadJournalOptions = { [parameter]: value };
          await refused('INVALID_PARAMETER', server.readJournal(ns, 'room', options), { parameter });
        }
      }
    });

    test('refuses a bad name of who asks', async ({ server, stateful, ns }) => {
      for (const by of ['', 'a\n', 'x'.repeat(129), '\ud800', 7, null] as string[]) {
        const calls = [
          server.setPodIntent(ns, 'room', 0, 'drain', { by }),
          server.setFrozen(ns, 'room', true, { by }),
          stateful.setPin(ns, 'ada', 'room', 0, { by }),
          stateful.reportDead(ns, 'room', 0, { incarnation: 'a', by }),
          stateful.removeServiceState(ns, 'room', 0, { by }),
        ];
        for (const call of calls) await refused('INVALID_PARAMETER', call, { parameter: 'by' });
      }
    });

    test('keeps about the last 10,000 entries', async (store) => {
      const { server, ns } = store;
      for (let round = 0; round < 12; round++) {
        await race(1_000, (at) => server.writeJournal(ns, 'room', takeOvers(round * 1_000 + at)));
      }
      const seen = new Set<number>();
      let { after } = { after: '0-0' };
      for (;;) {
        const page = await server.readJournal(ns, 'room', { after, limit: 1_000 });
        if (page.entries.length === 0) break;
        for (const entry of page.entries) if (entry.type === 'take-overs') seen.add(entry.users);
        after = page.after;
      }
      expect(seen.size).toBeGreaterThanOrEqual(10_000);
      expect(seen.size).toBeLessThan(10_500);
      expect(seen.has(0)).toBe(false);
      // A filter looks through all of them.
      await server.writeJournal(ns, 'room', { type: 'kicked', podId: 0, uid: 'ada', by: 'carol' });
      await race(1_500, () => server.writeJournal(ns, 'room', takeOvers(1)));
      expect(await events(store, { uid: 'ada' })).toMatchObject([{ type: 'kicked' }]);
    });

    test('has a heartbeat whose reply was repeated once', async (store) => {
      const { stateful, ns } = store;
      await race(3, () => stateful.setServiceState(ns, 'room', 0, report('a', 0)));
      expect(await events(store, { types: ['started'] })).toMatchObject([{ podId: 0 }]);
    });
  });
}
