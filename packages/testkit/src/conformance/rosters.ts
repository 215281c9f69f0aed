import type { RosterEntry } from '@stateful-route/core/adapter';
import { race, type Store, type Suite } from './suite.ts';

function enter({ stateful, ns }: Store, uid: string, incarnation = 'a', podId = 0): Promise<number> {
  return stateful.enterRoster(ns, 'room', podId, uid, { incarnation });
}

/** Every entry of an ordinal's roster, page by page, by uid. */
async function entriesOf(
  { stateful, ns }: Store,
  podId = 0,
  betweenPages: () => Promise<unknown> = async () => {},
): Promise<Map<string, RosterEntry>> {
  const found = new Map<string, RosterEntry>();
  let cursor: string | undefined;
  do {
    const page = await stateful.readRoster(ns, 'room', podId, { cursor });
    for (const entry of page.entries) found.set(entry.uid, entry);
    cursor = page.cursor;
    await betweenPages();
  } while (cursor !== undefined);
  return found;
}

/** Rosters: from them a restarted pod finds its users again. */
export function describeRosters({ describe, test, expect }: Suite): void {
  describe('rosters', () => {
    const leave = ({ stateful, ns }: Store, uid: string, number: number, podId = 0) =>
      stateful.leaveRoster(ns, 'room', podId, uid, { number });

    test('an unknown roster is one empty page', async ({ stateful, ns }) => {
      expect(await stateful.readRoster(ns, 'room', 0)).toEqual({ entries: [] });
    });

    test('stores uid, incarnation and number of an entry', async (store) => {
      const ada = await enter(store, 'ada', '5.a.0');
      const odd = await enter(store, '__proto__', '6.b.1');
      expect(Number.isSafeInteger(ada)).toBe(true);
      expect(await entriesOf(store)).toEqual(
        new Map([
          ['ada', { uid: 'ada', incarnation: '5.a.0', number: ada }],
          ['__proto__', { uid: '__proto__', incarnation: '6.b.1', number: odd }],
        ]),
      );
    });

    test('numbers grow with every entry, also of a user entered again', async (store) => {
      const numbers = [await enter(store, 'ada'), await enter(store, 'bob'), await enter(store, 'ada', 'b')];
      expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
      expect((await entriesOf(store)).get('ada')).toEqual({
        uid: 'ada',
        incarnation: 'b',
        number: numbers[2],
      });
      expect((await entriesOf(store)).size).toBe(2);
    });

    test('numbers go on growing after the last entry is removed', async (store) => {
      let last = 0;
      for (let round = 0; round < 5; round++) {
        const number = await enter(store, 'ada');
        expect(number).toBeGreaterThan(last);
        last = number;
        expect(await leave(store, 'ada', number)).toBe(true);
      }
    });

    test('only the entry with that number is removed', async (store) => {
      const old = await enter(store, 'ada');
      const current = await enter(store, 'ada');
      const bob = await enter(store, 'bob');
      expect(await leave(store, 'ada', old)).toBe(false);
      expect(await leave(store, 'ada', bob)).toBe(false);
      expect(await leave(store, 'cyd', current)).toBe(false);
      expect(await leave(store, 'ada', current, 1)).toBe(false);
      expect([...(await entriesOf(store)).keys()].toSorted()).toEqual(['ada', 'bob']);
      expect(await leave(store, 'ada', current)).toBe(true);
      expect(await leave(store, 'ada', current)).toBe(false);
      expect([...(await entriesOf(store)).keys()]).toEqual(['bob']);
    });

    test('belongs to one ordinal, service and namespace', async (store) => {
      const { stateful, ns } = store;
      await enter(store, 'ada');
      expect((await entriesOf(store, 1)).size).toBe(0);
      expect(await stateful.readRoster(ns, 'lobby', 0)).toEqual({ entries: [] });
      expect(await stateful.readRoster(`${ns}.2`, 'room', 0)).toEqual({ entries: [] });
    });

    test('is independent of links and pods', async (store) => {
      const { stateful, ns } = store;
      await enter(store, 'ada');
      expect((await stateful.getLink(ns, 'ada', 'room')).podId).toBe(undefined);
      expect((await stateful.getServiceState(ns, 'room')).pods.size).toBe(0);
      await stateful.removeLinkedPod(ns, 'ada', 'room');
      await stateful.removeServiceState(ns, 'room', 0);
      expect((await entriesOf(store)).size).toBe(1);
    });

    test('of many entries at once each has a number of its own', async (store) => {
      const numbers = await race(100, (at) => enter(store, `user-${at % 20}`));
      expect(new Set(numbers).size).toBe(100);
      expect((await entriesOf(store)).size).toBe(20);
    });

    test('thousands are read page by page, each at least once', async (store) => {
      const numbers = await race(3_500, (at) => enter(store, `user-${at}`));
      const found = await entriesOf(store);
      expect(found.size).toBe(3_500);
      expect(numbers.every((number, at) => found.get(`user-${at}`)?.number === number)).toBe(true);
    });

    test('an entry that stays is read, whatever is entered and removed during the reading', async (store) => {
      const numbers = await race(2_400, (at) => enter(store, `user-${at}`));
      let page = 0;
      const found = await entriesOf(store, 0, async () => {
        const at = page++;
        await Promise.all([
          enter(store, `late-${at}`),
          leave(store, `user-${at * 2}`, numbers[at * 2]!),
          leave(store, `user-${2_399 - at * 2}`, numbers[2_399 - at * 2]!),
          ...(at < 40 ? [enter(store, `user-${1_200 + at}`)] : []),
        ]);
      });
      const left = new Set(Array.from({ length: page }, (_, at) => [at * 2, 2_399 - at * 2]).flat());
      const stayed = numbers.map((_, at) => at).filter((at) => !left.has(at));
      expect(stayed.filter((at) => !found.has(`user-${at}`))).toEqual([]);
    });
  });
}
