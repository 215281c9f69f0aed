import * as fc from 'fast-check';
import { service } from './arbitraries.ts';
import { type Operation, operation } from './operation.ts';

const tag = fc.constantFrom('chat', 'toString:1');

/** Every call about tags and the list of services. */
export const tagOperations: Readonly<Record<string, Operation>> = {
  setGlobalServiceNameTag: operation(2, { tag, service }, async (world, args) => {
    const reply = await world.server.setGlobalServiceNameTag(world.ns, args.tag, args.service);
    return () => {
      world.same(reply, world.tags.get(args.tag) !== args.service);
      world.tags.set(args.tag, args.service);
    };
  }),

  getServiceNameByTag: operation(1, { tag }, async (world, args) => {
    const reply = await world.server.getServiceNameByTag(world.ns, args.tag);
    return () => world.same(reply, world.tags.get(args.tag));
  }),

  removeServiceNameTag: operation(1, { tag }, async (world, args) => {
    const reply = await world.server.removeServiceNameTag(world.ns, args.tag);
    return () => world.same(reply, world.tags.delete(args.tag));
  }),

  registerService: operation(2, { service }, async (world, args) => {
    await world.server.registerService(world.ns, args.service);
    return () => {
      world.registered.add(args.service);
    };
  }),

  listServices: operation(1, {}, async (world) => {
    const reply = await world.server.listServices(world.ns);
    return () => world.same(reply, [...world.registered].toSorted());
  }),
};
