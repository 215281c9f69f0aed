import type { RosterEntry } from '@stateful-route/core/adapter';
import * as fc from 'fast-check';
import { incarnation, podId, service, uid } from './arbitraries.ts';
import { type Operation, operation } from './operation.ts';

const roster = { service, podId };

/** Every call about rosters. */
export const rosterOperations: Readonly<Record<string, Operation>> = {
  enterRoster: operation(2, { ...roster, uid, incarnation }, async (world, args) => {
    const { ns, stateful, rosters } = world;
    const own = { incarnation: args.incarnation };
    const reply = await stateful.enterRoster(ns, args.service, args.podId, args.uid, own);
    return () =>
      world.same(reply, rosters.enter(`${args.service}/${args.podId}`, args.uid, args.incarnation, reply));
  }),

  leaveRoster: operation(
    2,
    { ...roster, uid, nearNumber: fc.constantFrom(0, 0, -1, 1) },
    async (world, { nearNumber, ...args }) => {
      const { ns, stateful, rosters } = world;
      const name = `${args.service}/${args.podId}`;
      const number = Math.max(0, (rosters.read(name).get(args.uid)?.number ?? 1) + nearNumber);
      const reply = await stateful.leaveRoster(ns, args.service, args.podId, args.uid, { number });
      return () => world.same(reply, rosters.leave(name, args.uid, number));
    },
  ),

  readRoster: operation(1, roster, async (world, args) => {
    const { ns, stateful, rosters } = world;
    const found = new Map<string, RosterEntry>();
    let cursor: string | undefined;
    do {
      const page = await stateful.readRoster(ns, args.service, args.podId, { cursor });
      for (const entry of page.entries) found.set(entry.uid, entry);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return () => world.same(found, rosters.read(`${args.service}/${args.podId}`));
  }),
};
