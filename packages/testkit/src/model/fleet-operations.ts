import * as fc from 'fast-check';
import { mostly, service } from './arbitraries.ts';
import { type Operation, operation } from './operation.ts';

/** Every call about callers and the evening out, with these times to live in ms. */
export function fleetOperations(timesToLive: readonly number[]): Readonly<Record<string, Operation>> {
  return {
    setFrozen: operation(
      2,
      { service, frozen: fc.boolean(), by: fc.constantFrom(undefined, 'carol: a/b % é') },
      async (world, { service: name, frozen, by }) => {
        const reply = await world.server.setFrozen(world.ns, name, frozen, { by });
        return () => world.same(reply, world.fleet.freeze(name, frozen, by));
      },
    ),

    quarantineUser: operation(
      2,
      { service, uid: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), ttlMs: mostly(timesToLive) },
      async (world, { service: name, uid, ttlMs }) => {
        const reply = await world.server.quarantineUser(world.ns, name, uid, ttlMs);
        return () => world.same(reply, world.fleet.quarantine(name, uid, ttlMs));
      },
    ),

    unquarantineUser: operation(
      1,
      { service, uid: fc.constantFrom('a', 'b', 'c'), by: fc.constantFrom(undefined, 'carol') },
      async (world, { service: name, uid, by }) => {
        const reply = await world.server.unquarantineUser(world.ns, name, uid, { by });
        return () => world.same(reply, world.fleet.unquarantine(name, uid, by));
      },
    ),

    announceCaller: operation(
      1,
      { service, callerId: fc.constantFrom('one', 'two', 'three'), ttlMs: mostly(timesToLive) },
      async (world, { service: name, callerId, ttlMs }) => {
        const reply = await world.server.announceCaller(world.ns, name, callerId, ttlMs);
        return () => world.same(reply, world.fleet.announce(name, callerId, ttlMs));
      },
    ),
  };
}
