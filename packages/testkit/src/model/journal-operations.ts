import type { PodOrder } from '@stateful-route/core';
import * as fc from 'fast-check';
import { incarnation, maybe, mostly, podId, service, uid } from './arbitraries.ts';
import { type Operation, operation } from './operation.ts';

const orderId = mostly(['one', 'two']);

/** Every call about orders and journals. An order's time is over at once, or never within a history. */
export function journalOperations(isTimed: boolean): Readonly<Record<string, Operation>> {
  const forMs = isTimed ? mostly([1_000_000_000, 0, 1_000]) : fc.constant(1_000_000_000);
  return {
    giveOrder: operation(
      2,
      { service, podId, id: orderId, user: maybe(uid), to: maybe(podId), forMs },
      async (world, { service: name, podId: pod, id, user, to, forMs: ms }) => {
        const until = world.clock.now + ms;
        const order: PodOrder =
          user === undefined
            ? { id, kind: 'shed', users: 2, to, until, by: 'carol' }
            : { id, kind: 'move', uid: user, to, until, by: 'carol' };
        const reply = await world.server.giveOrder(world.ns, name, pod, order);
        return () => world.same(reply, world.orders.give(name, pod, order));
      },
    ),

    takeOrder: operation(2, { service, podId, id: orderId, incarnation }, async (world, args) => {
      const { service: name, podId: pod, id } = args;
      const options = { incarnation: args.incarnation };
      const reply = await world.server.takeOrder(world.ns, name, pod, id, options);
      return () => world.same(reply, world.orders.take(name, pod, id, args.incarnation));
    }),

    orderDone: operation(
      1,
      { service, podId, id: orderId, left: maybe(fc.constant(2)) },
      async (world, { service: name, podId: pod, id, left }) => {
        const report = { outcome: left === undefined ? 'done' : 'left', moved: 1, left } as const;
        const reply = await world.server.orderDone(world.ns, name, pod, id, report);
        return () => world.same(reply, world.orders.done(name, pod, id, report));
      },
    ),

    writeJournal: operation(1, { service, podId, user: uid }, async (world, args) => {
      const event = { type: 'kicked', podId: args.podId, uid: args.user, by: 'carol' } as const;
      await world.server.writeJournal(world.ns, args.service, event);
      return () => world.journal.write(args.service, event);
    }),

    readJournal: operation(
      1,
      { service, podId: maybe(podId), uid: maybe(uid), limit: fc.constantFrom(2, 1_000) },
      async (world, { service: name, ...options }) => {
        const reply = await world.server.readJournal(world.ns, name, options);
        return () => world.same(reply.entries, world.journal.read(name, options, reply));
      },
    ),
  };
}
