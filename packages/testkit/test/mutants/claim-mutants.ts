import { PERSIST_FOREVER } from '@stateful-route/core';
import type { StatefulExecutor } from '@stateful-route/core/adapter';
import { linkOf, links, type Mutant } from './mutant.ts';

/** Uses another uid after a removal, so that the store forgets the old one. */
function forgetful(inner: StatefulExecutor): Partial<StatefulExecutor> {
  const lives = new Map<string, number>();
  const now = (ns: string, uid: string): string => {
    const life = lives.get(`${ns} ${uid}`);
    return life === undefined ? uid : `${uid}~${life}`;
  };
  return {
    trySetLinkedPod: (ns, uid, ...rest) => inner.trySetLinkedPod(ns, now(ns, uid), ...rest),
    setLinkedPod: (ns, uid, ...rest) => inner.setLinkedPod(ns, now(ns, uid), ...rest),
    setLinkedPodIfAbsent: (ns, uid, ...rest) => inner.setLinkedPodIfAbsent(ns, now(ns, uid), ...rest),
    replaceLinkedPod: (ns, uid, ...rest) => inner.replaceLinkedPod(ns, now(ns, uid), ...rest),
    getLink: (ns, uid, ...rest) => inner.getLink(ns, now(ns, uid), ...rest),
    getLinkedPod: (ns, uid, ...rest) => inner.getLinkedPod(ns, now(ns, uid), ...rest),
    getLinkedPodIfPersist: (ns, uid, ...rest) => inner.getLinkedPodIfPersist(ns, now(ns, uid), ...rest),
    getLinkService: (ns, uid, ...rest) => inner.getLinkService(ns, now(ns, uid), ...rest),
    removeLinkedPodWithId: (ns, uid, ...rest) => inner.removeLinkedPodWithId(ns, now(ns, uid), ...rest),
    removeLinkedPod: async (ns, uid, service, options) => {
      const removed = await inner.removeLinkedPod(ns, now(ns, uid), service, options);
      const left = await inner.getLinkService(ns, now(ns, uid));
      if (removed && left.size === 0 && !options?.keepSeconds) {
        lives.set(`${ns} ${uid}`, (lives.get(`${ns} ${uid}`) ?? 0) + 1);
      }
      return removed;
    },
  };
}

/** Claims and their tokens. */
export const claimMutants: readonly Mutant[] = [
  links('another pod cannot replace a claim by trySetLinkedPod', (inner) => ({
    trySetLinkedPod: async (ns, uid, service, podId, seconds, options) => {
      const before = await linkOf(inner, ns, uid, service);
      if (before?.permanent && before.podId !== podId) await inner.removeLinkedPod(ns, uid, service);
      const reply = await inner.trySetLinkedPod(ns, uid, service, podId, seconds, options);
      return { ...reply, previous: before?.podId };
    },
  })),
  links('a temporary trySetLinkedPod of another pod cannot replace a claim', (inner) => ({
    trySetLinkedPod: async (ns, uid, service, podId, seconds, options) => {
      if (seconds === PERSIST_FOREVER)
        return inner.trySetLinkedPod(ns, uid, service, podId, seconds, options);
      const { previous } = await inner.setLinkedPod(ns, uid, service, podId, seconds);
      return { linked: true, podId, previous };
    },
  })),
  links('a refused trySetLinkedPod returns the owner', (inner) => ({
    trySetLinkedPod: async (ns, uid, service, podId, ...rest) => ({
      ...(await inner.trySetLinkedPod(ns, uid, service, podId, ...rest)),
      podId,
    }),
  })),
  links("a refused trySetLinkedPod returns the claim's token", (inner) => ({
    trySetLinkedPod: async (...args) => {
      const reply = await inner.trySetLinkedPod(...args);
      return reply.linked ? reply : { ...reply, token: undefined };
    },
  })),
  links('a claim is permanent', (inner) => ({
    trySetLinkedPod: (ns, uid, service, podId, seconds, options) =>
      inner.trySetLinkedPod(ns, uid, service, podId, seconds === PERSIST_FOREVER ? 60 : seconds, options),
  })),
  links("a temporary trySetLinkedPod ends the pod's own claim", (inner) => ({
    trySetLinkedPod: async (ns, uid, service, podId, seconds, options) => {
      const own = await inner.getLinkedPodIfPersist(ns, uid, service);
      const wanted = own === podId ? PERSIST_FOREVER : seconds;
      return inner.trySetLinkedPod(ns, uid, service, podId, wanted, options);
    },
  })),
  links("a uid's services are its claims alone", (inner) => {
    const seen = new Map<string, Set<string>>();
    return {
      setLinkedPodIfAbsent: (ns, uid, service, ...rest) => {
        seen.set(`${ns} ${uid}`, (seen.get(`${ns} ${uid}`) ?? new Set()).add(service));
        return inner.setLinkedPodIfAbsent(ns, uid, service, ...rest);
      },
      getLinkService: async (ns, uid) => {
        const claims = await inner.getLinkService(ns, uid);
        for (const service of seen.get(`${ns} ${uid}`) ?? []) {
          const podId = await inner.getLinkedPod(ns, uid, service);
          if (podId !== undefined) claims.set(service, podId);
        }
        return claims;
      },
    };
  }),
  links("a claim that ended is not among the uid's services", (inner) => {
    const seen = new Map<string, Map<string, number>>();
    return {
      getLinkService: async (ns, uid) => {
        const claims = await inner.getLinkService(ns, uid);
        const all = new Map([...(seen.get(`${ns} ${uid}`) ?? []), ...claims]);
        seen.set(`${ns} ${uid}`, all);
        return new Map(all);
      },
      trySetLinkedPod: async (ns, uid, service, ...rest) => {
        const reply = await inner.trySetLinkedPod(ns, uid, service, ...rest);
        const claims = await inner.getLinkService(ns, uid);
        seen.set(`${ns} ${uid}`, new Map([...(seen.get(`${ns} ${uid}`) ?? []), ...claims]));
        return reply;
      },
    };
  }),
  links('a link names the incarnation that claimed it', (inner) => ({
    getLink: async (...args) => ({ ...(await inner.getLink(...args)), incarnation: undefined }),
  })),

  links('a token is kept by the same life', (inner) => ({
    trySetLinkedPod: async (ns, uid, service, podId, seconds, options) => {
      const kept = (await linkOf(inner, ns, uid, service))?.token ?? 0;
      if (options?.assertToken !== undefined) {
        return inner.trySetLinkedPod(ns, uid, service, podId, seconds, options);
      }
      const minToken = Math.max(kept + 1, options?.minToken ?? 1);
      return inner.trySetLinkedPod(ns, uid, service, podId, seconds, { ...options, minToken });
    },
  })),
  links('a token grows with the incarnation', (inner) => ({
    trySetLinkedPod: (ns, uid, service, podId, seconds, options) =>
      inner.trySetLinkedPod(ns, uid, service, podId, seconds, { ...options, incarnation: 'any' }),
    getLink: async (...args) => ({ ...(await inner.getLink(...args)), incarnation: undefined }),
  })),
  links('a token grows across removals', forgetful),
  links('an ended claim has no owner', (inner) => {
    const last = new Map<string, number>();
    return {
      trySetLinkedPod: async (ns, uid, service, podId, seconds, options) => {
        const { endedToken } = await inner.getLink(ns, uid, service);
        const reply = await inner.trySetLinkedPod(ns, uid, service, podId, seconds, options);
        const who = `${ns} ${uid} ${service} ${podId} ${options?.incarnation}`;
        const token = endedToken !== undefined && endedToken === last.get(who) ? endedToken : reply.token;
        if (reply.linked && token !== undefined) last.set(who, token);
        return reply.linked && reply.token !== undefined ? { ...reply, token } : reply;
      },
    };
  }),
  links('a token is not below minToken', (inner) => ({
    trySetLinkedPod: (ns, uid, service, podId, seconds, options) =>
      inner.trySetLinkedPod(ns, uid, service, podId, seconds, { ...options, minToken: undefined }),
  })),
  links('a token that is below minToken is not kept', (inner) => ({
    trySetLinkedPod: async (ns, uid, service, podId, seconds, options) => {
      const before = await linkOf(inner, ns, uid, service);
      const isOwn =
        before?.podId === podId && before.permanent && before.incarnation === options?.incarnation;
      const minToken = isOwn ? undefined : options?.minToken;
      return inner.trySetLinkedPod(ns, uid, service, podId, seconds, { ...options, minToken });
    },
  })),
  links('a forced claim has a new token', (inner) => ({
    setLinkedPod: async (ns, uid, service, podId, seconds, options) => {
      const before = await linkOf(inner, ns, uid, service);
      const stands = before?.permanent && before.podId === podId && seconds === PERSIST_FOREVER;
      return stands
        ? { previous: podId, token: before.token }
        : inner.setLinkedPod(ns, uid, service, podId, seconds, options);
    },
  })),
  links('a forced claim has the incarnation that it is given, or none', (inner) => ({
    setLinkedPod: (ns, uid, service, podId, seconds, options) =>
      inner.setLinkedPod(ns, uid, service, podId, seconds, { ...options, incarnation: 'forced' }),
  })),
  links('a forced claim keeps the lease that it is given', (inner) => ({
    setLinkedPod: (ns, uid, service, podId, seconds, options) =>
      inner.setLinkedPod(ns, uid, service, podId, seconds, { ...options, leaseMs: undefined }),
  })),
  links('a forced claim has a token not below minToken', (inner) => ({
    setLinkedPod: (ns, uid, service, podId, seconds, options) =>
      inner.setLinkedPod(ns, uid, service, podId, seconds, { ...options, minToken: undefined }),
  })),
  links('a forced claim returns its token', (inner) => ({
    setLinkedPod: async (...args) => ({ ...(await inner.setLinkedPod(...args)), token: undefined }),
  })),
  links("a claim keeps its owner's lease", (inner) => ({
    trySetLinkedPod: (ns, uid, service, podId, seconds, options) =>
      inner.trySetLinkedPod(ns, uid, service, podId, seconds, { ...options, leaseMs: undefined }),
  })),
  links('an asserted token is exact', (inner) => ({
    trySetLinkedPod: (ns, uid, service, podId, seconds, { assertToken, ...options } = {}) =>
      inner.trySetLinkedPod(ns, uid, service, podId, seconds, { minToken: assertToken, ...options }),
  })),
  links('an assertion is refused if there is a greater token', (inner) => ({
    trySetLinkedPod: async (ns, uid, service, podId, seconds, options) => {
      const reply = await inner.trySetLinkedPod(ns, uid, service, podId, seconds, options);
      if (reply.linked || options?.assertToken === undefined || reply.podId !== undefined) return reply;
      return inner.trySetLinkedPod(ns, uid, service, podId, seconds, { incarnation: options.incarnation });
    },
  })),
  links('an assertion replaces the temporary link of another pod', (inner) => ({
    trySetLinkedPod: async (ns, uid, service, podId, seconds, options) => {
      const before = await linkOf(inner, ns, uid, service);
      const isOthers = before !== undefined && before.podId !== podId && !before.permanent;
      if (options?.assertToken === undefined || !isOthers)
        return inner.trySetLinkedPod(ns, uid, service, podId, seconds, options);
      return { linked: false, podId: before.podId, previous: before.podId };
    },
  })),
  links('an assertion of a claim that was ended is refused', (inner) => ({
    trySetLinkedPod: async (ns, uid, service, podId, seconds, options) => {
      const { endedToken } = await inner.getLink(ns, uid, service);
      if (options?.assertToken === undefined || options.assertToken !== endedToken)
        return inner.trySetLinkedPod(ns, uid, service, podId, seconds, options);
      const { assertToken, ...rest } = options;
      return inner.trySetLinkedPod(ns, uid, service, podId, seconds, { ...rest, minToken: assertToken });
    },
  })),
];
