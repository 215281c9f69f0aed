import { PERSIST_FOREVER } from '@stateful-route/core';
import * as fc from 'fast-check';
import { incarnation, maybe, near, type Operation, operation, podId, service, uid } from './operation.ts';

/** Every call about links, with these times to live. */
export function linkOperations(timesToLive: readonly number[]): Readonly<Record<string, Operation>> {
  const temporary = fc.constantFrom(...timesToLive);
  const forever = fc.constant(PERSIST_FOREVER);
  const seconds = fc.oneof(temporary, forever);
  const keepSeconds = maybe(fc.oneof(temporary, fc.constantFrom(0, -1)));
  const link = { uid, service };
  return {
    setLinkedPod: operation(3, { ...link, podId, seconds }, async (world, args) => {
      const { ns, stateful, links } = world;
      const [reply, made] = await Promise.all([
        stateful.setLinkedPod(ns, args.uid, args.service, args.podId, args.seconds),
        // a forced claim does not tell its token: the reading does
        stateful.getLink(ns, args.uid, args.service),
      ]);
      return () => {
        world.same(reply, links.set(args, made?.token));
        world.same(made, links.get(args.uid, args.service, made));
      };
    }),

    setLinkedPodIfAbsent: operation(4, { ...link, podId, seconds }, async (world, args) => {
      const { ns, stateful, links } = world;
      const reply = await stateful.setLinkedPodIfAbsent(ns, args.uid, args.service, args.podId, args.seconds);
      return () => world.same(reply, links.setIfAbsent(args, reply));
    }),

    trySetLinkedPod: operation(
      10,
      {
        ...link,
        podId,
        seconds: fc.oneof(temporary, forever, forever),
        incarnation: maybe(incarnation),
        nearToken: near,
      },
      async (world, { nearToken, ...args }) => {
        const { ns, stateful, links } = world;
        const minToken = world.token(args.uid, args.service, nearToken);
        const options = { incarnation: args.incarnation, minToken };
        const { uid: user, service: name } = args;
        const reply = await stateful.trySetLinkedPod(ns, user, name, args.podId, args.seconds, options);
        return () => world.same(reply, links.trySet({ ...args, minToken }, reply));
      },
    ),

    assertLinkedPod: operation(
      3,
      { ...link, podId, incarnation: maybe(incarnation), nearToken: fc.constantFrom(0, -1, 5_000_000) },
      async (world, { nearToken, ...args }) => {
        const { ns, stateful, links } = world;
        const assertToken = world.token(args.uid, args.service, nearToken);
        const options = { incarnation: args.incarnation, assertToken };
        const { uid: user, service: name } = args;
        const reply = await stateful.trySetLinkedPod(ns, user, name, args.podId, PERSIST_FOREVER, options);
        return () =>
          world.same(reply, links.trySet({ ...args, seconds: PERSIST_FOREVER, assertToken }, reply));
      },
    ),

    replaceLinkedPod: operation(
      5,
      {
        ...link,
        from: podId,
        to: podId,
        seconds: temporary,
        onlyIfTemporary: maybe(fc.boolean()),
        nearToken: fc.oneof(fc.constant(0), near, fc.constant(null)),
      },
      async (world, { nearToken, ...args }) => {
        const { ns, stateful, links } = world;
        const ifToken = nearToken === null ? null : world.token(args.uid, args.service, nearToken);
        const options = { onlyIfTemporary: args.onlyIfTemporary, ifToken };
        const { uid: user, service: name, from, to } = args;
        const reply = await stateful.replaceLinkedPod(ns, user, name, from, to, args.seconds, options);
        return () => world.same(reply, links.replace({ ...args, ifToken }));
      },
    ),

    removeLinkedPod: operation(4, { ...link, keepSeconds }, async (world, args) => {
      const reply = await world.stateful.removeLinkedPod(world.ns, args.uid, args.service, {
        keepSeconds: args.keepSeconds,
      });
      return () => world.same(reply, world.links.remove(args));
    }),

    removeLinkedPodWithId: operation(
      4,
      { ...link, podId, keepSeconds, nearToken: near },
      async (world, { nearToken, ...args }) => {
        const token = world.token(args.uid, args.service, nearToken);
        const options = { keepSeconds: args.keepSeconds, token };
        const { ns, stateful, links } = world;
        const reply = await stateful.removeLinkedPodWithId(ns, args.uid, args.service, args.podId, options);
        return () => world.same(reply, links.removeWithId({ ...args, token }));
      },
    ),

    readLink: operation(2, link, async (world, args) => {
      const { ns, stateful, links } = world;
      const [reply, podId, ifPersist, claims] = await Promise.all([
        stateful.getLink(ns, args.uid, args.service),
        stateful.getLinkedPod(ns, args.uid, args.service),
        stateful.getLinkedPodIfPersist(ns, args.uid, args.service),
        stateful.getLinkService(ns, args.uid),
      ]);
      return () => {
        const expected = links.get(args.uid, args.service, reply);
        world.same(reply, expected);
        world.same(podId, expected?.podId);
        world.same(ifPersist, expected?.permanent ? expected.podId : undefined);
        world.same(claims, links.claims(args.uid));
      };
    }),

    readBatch: operation(1, { users: fc.array(uid, { maxLength: 4 }), service }, async (world, args) => {
      const { ns, stateful, links } = world;
      const [reply, whole] = await Promise.all([
        stateful.batchGetLinkedPod(ns, args.users, args.service),
        stateful.batchGetLink(ns, args.users, args.service),
      ]);
      return () => {
        const byPod = new Map<number, string[]>();
        const byUid = new Map<string, unknown>();
        for (const user of args.users) {
          const found = links.get(user, args.service, whole.get(user));
          if (!found) continue;
          byUid.set(user, found);
          byPod.set(found.podId, [...(byPod.get(found.podId) ?? []), user]);
        }
        world.same(reply, byPod);
        world.same(whole, byUid);
      };
    }),
  };
}
