import type { RosterEntry } from '@stateful-route/core/adapter';
import { links, type Mutant } from './mutant.ts';

/** Rosters. */
export const rosterMutants: readonly Mutant[] = [
  links('the number of an entry grows', (inner) => ({
    enterRoster: async (...args) => {
      await inner.enterRoster(...args);
      return 1;
    },
  })),
  links('a user entered again has a new number', (inner) => {
    const known = new Map<string, number>();
    return {
      enterRoster: async (ns, service, podId, uid, options) => {
        const name = `${ns} ${service} ${podId} ${uid}`;
        const entered = await inner.enterRoster(ns, service, podId, uid, options);
        const number = known.get(name) ?? entered;
        known.set(name, number);
        return number;
      },
    };
  }),
  links('numbers grow across the end of the last entry', (inner) => {
    const rosters = new Map<string, Map<string, RosterEntry>>();
    const rosterOf = (...name: readonly unknown[]): Map<string, RosterEntry> => {
      const key = name.join(' ');
      const roster = rosters.get(key) ?? new Map<string, RosterEntry>();
      rosters.set(key, roster);
      return roster;
    };
    return {
      ...inner,
      enterRoster: async (ns, service, podId, uid, options) => {
        await inner.enterRoster(ns, service, podId, uid, options);
        const roster = rosterOf(ns, service, podId);
        const number = Math.max(0, ...[...roster.values()].map((entry) => entry.number)) + 1;
        roster.set(uid, { uid, incarnation: options.incarnation, number });
        return number;
      },
      leaveRoster: async (ns, service, podId, uid, options) => {
        await inner.leaveRoster(ns, service, podId, uid, options);
        const roster = rosterOf(ns, service, podId);
        return roster.get(uid)?.number === options.number && roster.delete(uid);
      },
      readRoster: async (ns, service, podId, options) => {
        await inner.readRoster(ns, service, podId, options);
        return { entries: [...rosterOf(ns, service, podId).values()] };
      },
    };
  }),
  links('only an entry with the given number is removed', (inner) => ({
    leaveRoster: async (ns, service, podId, uid, options) => {
      const { entries } = await inner.readRoster(ns, service, podId);
      const number = entries.find((entry) => entry.uid === uid)?.number ?? options.number;
      return inner.leaveRoster(ns, service, podId, uid, { ...options, number });
    },
  })),
  links('leaveRoster returns whether an entry was removed', (inner) => ({
    leaveRoster: async (...args) => {
      await inner.leaveRoster(...args);
      return true;
    },
  })),
  links('an entry names the incarnation that made it', (inner) => ({
    enterRoster: (ns, service, podId, uid, options) =>
      inner.enterRoster(ns, service, podId, uid, { ...options, incarnation: 'any' }),
  })),
  links('a roster is of one ordinal', (inner) => ({
    enterRoster: (ns, service, _podId, ...rest) => inner.enterRoster(ns, service, 0, ...rest),
    leaveRoster: (ns, service, _podId, ...rest) => inner.leaveRoster(ns, service, 0, ...rest),
    readRoster: (ns, service, _podId, ...rest) => inner.readRoster(ns, service, 0, ...rest),
  })),
  links(
    'a roster is read to its end',
    (inner) => ({
      readRoster: async (...args) => ({ ...(await inner.readRoster(...args)), cursor: undefined }),
    }),
    { model: false },
  ),
  links(
    'who stays is on a page, whoever leaves meanwhile',
    (inner) => ({
      // a cursor that is a position
      readRoster: async (ns, service, podId, { cursor = '0', ...options } = {}) => {
        const all: RosterEntry[] = [];
        let next: string | undefined;
        do {
          const page = await inner.readRoster(ns, service, podId, { ...options, cursor: next });
          all.push(...page.entries);
          next = page.cursor;
        } while (next !== undefined);
        const end = Number(cursor) + 100;
        return {
          entries: all.slice(Number(cursor), end),
          cursor: end < all.length ? String(end) : undefined,
        };
      },
    }),
    { model: false },
  ),
];
