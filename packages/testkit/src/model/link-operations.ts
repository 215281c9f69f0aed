import { type Link, PERSIST_FOREVER, type Pin } from '@stateful-route/core';
import type { ReplaceReason, TrySetLinkedPodOptions } from '@stateful-route/core/adapter';
import * as fc from 'fast-check';
import { incarnation, maybe, mostly, near, podId, service, uid } from './arbitraries.ts';
import { type Compare, type Operation, operation } from './operation.ts';
import { unlessFenced, unlessOtherEpoch } from './refusals.ts';
import type { World } from './world.ts';

/** The owner of a claim. */
const owner = { incarnation: maybe(incarnation), leaseMs: maybe(fc.constantFrom(500, 9_000)) };

/** Who asks for a link. */
const by = fc.constantFrom(undefined, undefined, 'carol: a/b %');

/** The pin that a caller ignores; mostly none. */
const despitePin = fc.option(podId, { nil: undefined, freq: 1 });

/** A condition on the link; mostly none. */
const conditions = {
  despitePin,
  onlyIfNamed: mostly([undefined, false, true]),
  onlyIfClaimed: mostly([undefined, undefined, true]),
};

/** The distance of a call's epoch from the store's; mostly the call has none. */
const nearEpoch = mostly([undefined, undefined, 0, 1]);

interface Try extends Omit<TrySetLinkedPodOptions, 'epoch'> {
  readonly uid: string;
  readonly service: string;
  readonly podId: number;
  readonly seconds: number;
  readonly nearEpoch: number | undefined;
}

async function trySet(world: World, { nearEpoch: distance, ...wanted }: Try): Promise<Compare> {
  const { ns, stateful, links } = world;
  const { uid: user, service: name, podId: pod, seconds, ...options } = wanted;
  const epoch = world.epochAt(distance);
  const call = stateful.trySetLinkedPod(ns, user, name, pod, seconds, { ...options, epoch });
  const reply = await unlessOtherEpoch(unlessFenced(call));
  return () => world.sameIn(epoch, reply, () => links.trySet(wanted, 'linked' in reply ? reply : undefined));
}

/** Every call about links, with these times to live. */
export function linkOperations(timesToLive: readonly number[]): Readonly<Record<string, Operation>> {
  const temporary = fc.constantFrom(...timesToLive);
  const forever = fc.constant(PERSIST_FOREVER);
  const seconds = fc.oneof(temporary, forever);
  const keepSeconds = maybe(fc.oneof(temporary, fc.constantFrom(0, -1)));
  const link = { uid, service };
  return {
    setLinkedPod: operation(
      3,
      { ...link, podId, seconds, ...owner, nearToken: near, by },
      async (world, { nearToken, ...args }) => {
        const { ns, stateful, links } = world;
        const { uid: user, service: name, incarnation: life, leaseMs } = args;
        const minToken = world.token(user, name, nearToken);
        const options = { incarnation: life, leaseMs, minToken, by: args.by };
        const reply = await stateful.setLinkedPod(ns, user, name, args.podId, args.seconds, options);
        return () => world.same(reply, links.set({ ...args, minToken }, reply));
      },
    ),

    setLinkedPodIfAbsent: operation(
      4,
      { ...link, podId, seconds, nearEpoch, despitePin },
      async (world, { nearEpoch: distance, ...args }) => {
        const { ns, stateful, links } = world;
        const epoch = world.epochAt(distance);
        const call = stateful.setLinkedPodIfAbsent(ns, args.uid, args.service, args.podId, args.seconds, {
          epoch,
          despitePin: args.despitePin,
        });
        const reply = await unlessOtherEpoch(call);
        return () =>
          world.sameIn(epoch, reply, () => links.setIfAbsent(args, 'created' in reply ? reply : undefined));
      },
    ),

    trySetLinkedPod: operation(
      10,
      {
        ...link,
        podId,
        seconds: fc.oneof(temporary, forever, forever),
        ...owner,
        ...conditions,
        nearToken: near,
        nearEpoch,
      },
      async (world, { nearToken, ...args }) =>
        trySet(world, { ...args, minToken: world.token(args.uid, args.service, nearToken) }),
    ),

    assertLinkedPod: operation(
      4,
      {
        ...link,
        podId,
        ...owner,
        ...conditions,
        nearToken: fc.constantFrom(0, 0, -1, 5_000_000),
        nearEpoch,
      },
      async (world, { nearToken, ...args }) => {
        const assertToken = world.token(args.uid, args.service, nearToken);
        return trySet(world, { ...args, seconds: PERSIST_FOREVER, assertToken });
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
        nearEpoch,
        why: maybe(fc.constantFrom<ReplaceReason[]>('handed-over', 'moved', 'relinked')),
        by,
        unservedMs: maybe(fc.constantFrom(0, 500)),
        despitePin,
        died: fc.constantFrom(undefined, undefined, 0, 1, 2, 70_000),
        othersFell: fc.constantFrom(undefined, undefined, 0, 1, 3),
        poison: fc.constantFrom(undefined, undefined, 'quarantine' as const, 'forgive' as const),
      },
      async (world, { nearToken, nearEpoch: distance, died, ...args }) => {
        const ownerDiedAt =
          died === undefined
            ? undefined
            : Math.floor(world.links.lastToken(args.uid, args.service) / 1_000) + died;
        const { ns, stateful, links } = world;
        const ifToken = nearToken === null ? null : world.token(args.uid, args.service, nearToken);
        const epoch = world.epochAt(distance);
        const { uid: user, service: name, from, to, seconds: forSeconds, ...given } = args;
        const options = { ...given, ifToken, epoch, ownerDiedAt };
        const call = stateful.replaceLinkedPod(ns, user, name, from, to, forSeconds, options);
        const reply = await unlessOtherEpoch(call);
        return () =>
          world.sameIn(epoch, reply, () =>
            links.replace({ ...args, ifToken, ownerDiedAt }, 'linked' in reply ? reply : undefined),
          );
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
      {
        ...link,
        podId,
        keepSeconds,
        condition: fc.oneof(near, fc.constant('temporary' as const), fc.constant('any' as const)),
      },
      async (world, { condition, ...args }) => {
        const isWord = typeof condition === 'string';
        const token = isWord ? undefined : world.token(args.uid, args.service, condition);
        const onlyIfTemporary = isWord ? condition === 'temporary' : undefined;
        const options = { keepSeconds: args.keepSeconds, token, onlyIfTemporary };
        const { ns, stateful, links } = world;
        const reply = await stateful.removeLinkedPodWithId(ns, args.uid, args.service, args.podId, options);
        return () => world.same(reply, links.removeWithId({ ...args, ...options }));
      },
    ),

    endQuarantine: operation(1, link, async (world, args) => {
      const reply = await world.stateful.endQuarantine(world.ns, args.uid, args.service);
      return () => world.same(reply, world.links.endQuarantine(args));
    }),

    setPin: operation(2, { ...link, podId: maybe(podId), by }, async (world, args) => {
      const { ns, stateful, links } = world;
      const reply = await stateful.setPin(ns, args.uid, args.service, args.podId, { by: args.by });
      return () => world.same(reply, links.setPin(args, reply));
    }),

    readLink: operation(2, link, async (world, args) => {
      const { ns, stateful, links } = world;
      const [reply, podId, ifPersist, claims] = await Promise.all([
        stateful.getLink(ns, args.uid, args.service),
        stateful.getLinkedPod(ns, args.uid, args.service),
        stateful.getLinkedPodIfPersist(ns, args.uid, args.service),
        stateful.getLinkService(ns, args.uid),
      ]);
      return () => {
        const expected = links.read(args, reply);
        world.same(reply, expected);
        world.same(podId, expected.podId);
        world.same(ifPersist, expected.permanent ? expected.podId : undefined);
        world.same(claims, links.claims(args.uid));
      };
    }),

    readBatch: operation(1, { users: fc.array(uid, { maxLength: 4 }), service }, async (world, args) => {
      const { ns, stateful, links } = world;
      const [reply, whole, withPins] = await Promise.all([
        stateful.batchGetLinkedPod(ns, args.users, args.service),
        stateful.batchGetLink(ns, args.users, args.service),
        stateful.batchGetLink(ns, args.users, args.service, { pins: true }),
      ]);
      return () => {
        const byPod = new Map<number, string[]>();
        const byUid = new Map<string, Link>();
        for (const user of args.users) {
          const found = links.get({ uid: user, service: args.service }, whole.get(user));
          if (!found) continue;
          byUid.set(user, found);
          byPod.set(found.podId, [...(byPod.get(found.podId) ?? []), user]);
        }
        world.same(reply, byPod);
        world.same(whole, byUid);
        const pinOf = (user: string): Pin | undefined =>
          links.pin({ uid: user, service: args.service }, withPins.get(user)?.pin);
        const found = [...withPins].map(([user, { pin }]) => [user, pin] as const);
        world.same(new Map(found), new Map([...byUid.keys()].map((user) => [user, pinOf(user)])));
      };
    }),
  };
}
