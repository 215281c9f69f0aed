import { isRouteError, PERSIST_FOREVER, routeError } from '@stateful-route/core';
import { isSameRun, parseIncarnation } from '@stateful-route/core/adapter';
import { linkOf, links, type Mutant } from './mutant.ts';

/** Conditions of a claim, the fence of a displaced process, and records of ended claims. */
export const conditionMutants: readonly Mutant[] = [
  links('with onlyIfNamed a link is claimed only if it names the pod', (inner) => ({
    trySetLinkedPod: (ns, uid, service, podId, seconds, options) =>
      inner.trySetLinkedPod(ns, uid, service, podId, seconds, { ...options, onlyIfNamed: undefined }),
  })),
  links('for onlyIfNamed a temporary link is enough', (inner) => ({
    trySetLinkedPod: (ns, uid, service, podId, seconds, options) =>
      inner.trySetLinkedPod(ns, uid, service, podId, seconds, {
        ...options,
        onlyIfClaimed: options?.onlyIfClaimed ?? options?.onlyIfNamed,
      }),
  })),
  links("with onlyIfClaimed only the pod's own claim is claimed", (inner) => ({
    trySetLinkedPod: (ns, uid, service, podId, seconds, options) =>
      inner.trySetLinkedPod(ns, uid, service, podId, seconds, { ...options, onlyIfClaimed: undefined }),
  })),
  links('for onlyIfClaimed a temporary link is not enough', (inner) => ({
    trySetLinkedPod: (ns, uid, service, podId, seconds, options) =>
      inner.trySetLinkedPod(ns, uid, service, podId, seconds, {
        ...options,
        onlyIfNamed: options?.onlyIfNamed ?? options?.onlyIfClaimed,
        onlyIfClaimed: undefined,
      }),
  })),
  links('a condition applies to an assertion too', (inner) => ({
    trySetLinkedPod: (ns, uid, service, podId, seconds, options) => {
      const isFree = options?.assertToken !== undefined;
      const freed = isFree ? { ...options, onlyIfNamed: false, onlyIfClaimed: false } : options;
      return inner.trySetLinkedPod(ns, uid, service, podId, seconds, freed);
    },
  })),

  links('the claim of a displaced process is fenced', (inner) => ({
    trySetLinkedPod: async (ns, uid, service, podId, seconds, options) => {
      try {
        return await inner.trySetLinkedPod(ns, uid, service, podId, seconds, options);
      } catch (error) {
        if (!isRouteError(error, 'FENCED')) throw error;
        const unnamed = { ...options, incarnation: undefined };
        return inner.trySetLinkedPod(ns, uid, service, podId, seconds, unnamed);
      }
    },
  })),
  links('the assertion of a displaced process is fenced', (inner) => ({
    trySetLinkedPod: async (ns, uid, service, podId, seconds, options) => {
      try {
        return await inner.trySetLinkedPod(ns, uid, service, podId, seconds, options);
      } catch (error) {
        if (!isRouteError(error, 'FENCED') || options?.assertToken === undefined) throw error;
        const unnamed = { ...options, incarnation: undefined };
        return inner.trySetLinkedPod(ns, uid, service, podId, seconds, unnamed);
      }
    },
  })),
  links('a fenced claim fails with the incarnation that it met', (inner) => ({
    trySetLinkedPod: async (...args) => {
      try {
        return await inner.trySetLinkedPod(...args);
      } catch (error) {
        if (!isRouteError(error, 'FENCED')) throw error;
        const { namespace, serviceName, podId, incarnation } = error;
        const fields = { namespace, serviceName, podId, incarnation, met: incarnation };
        throw routeError('FENCED', 'Fenced.', fields);
      }
    },
  })),
  links('an earlier life of its own run is not fenced', (inner) => ({
    trySetLinkedPod: async (ns, uid, service, podId, seconds, options) => {
      const [met, own] = [(await linkOf(inner, ns, uid, service))?.incarnation, options?.incarnation];
      const isEarlier =
        met && own && isSameRun(met, own) && parseIncarnation(own).life < parseIncarnation(met).life;
      if (!isEarlier) return inner.trySetLinkedPod(ns, uid, service, podId, seconds, options);
      const fields = { namespace: ns, serviceName: service, podId, incarnation: own, met };
      throw routeError('FENCED', 'Fenced.', fields);
    },
  })),
  links('a displaced process gets the owner if another pod has the claim', (inner) => ({
    trySetLinkedPod: async (ns, uid, service, podId, seconds, options) => {
      const reply = await inner.trySetLinkedPod(ns, uid, service, podId, seconds, options);
      const met = (await linkOf(inner, ns, uid, service))?.incarnation;
      const own = options?.incarnation;
      const isEarlier = met && own && parseIncarnation(own).start < parseIncarnation(met).start;
      if (reply.linked || !isEarlier) return reply;
      const fields = { namespace: ns, serviceName: service, podId, incarnation: own, met };
      throw routeError('FENCED', 'Fenced.', fields);
    },
  })),

  links('an ended claim leaves its last token', (inner) => ({
    getLink: async (...args) => ({ ...(await inner.getLink(...args)), endedToken: undefined }),
  })),
  links('a claim in force is not an ended one', (inner) => ({
    getLink: async (...args) => {
      const link = await inner.getLink(...args);
      return { ...link, endedToken: link.endedToken ?? link.token };
    },
  })),
  links('a placement leaves the record of an ended claim', (inner) => ({
    getLink: async (...args) => {
      const link = await inner.getLink(...args);
      return link.podId === undefined ? link : { ...link, endedToken: undefined };
    },
  })),
  links('a reading of a link has the store time', (inner) => ({
    getLink: async (...args) => ({ ...(await inner.getLink(...args)), storeTime: 0 }),
  })),
  links('a reading without a link is no claim', (inner) => ({
    getLink: async (...args) => {
      const link = await inner.getLink(...args);
      return link.podId === undefined ? { ...link, permanent: true } : link;
    },
  })),
  links('a placement over no claim leaves a record that names an owner', (inner) => {
    const claimed = new Set<string>();
    return {
      trySetLinkedPod: async (ns, uid, service, ...rest) => {
        const reply = await inner.trySetLinkedPod(ns, uid, service, ...rest);
        if (reply.token !== undefined) claimed.add(`${ns} ${uid} ${service}`);
        return reply;
      },
      setLinkedPodIfAbsent: async (ns, uid, service, podId, ...rest) => {
        const { podId: before, endedToken } = await inner.getLink(ns, uid, service);
        const hasOwner = endedToken === undefined && claimed.has(`${ns} ${uid} ${service}`);
        if (before === undefined && hasOwner) {
          const { token } = await inner.setLinkedPod(ns, uid, service, podId, PERSIST_FOREVER);
          await inner.removeLinkedPodWithId(ns, uid, service, podId, { token });
        }
        return inner.setLinkedPodIfAbsent(ns, uid, service, podId, ...rest);
      },
    };
  }),
  links("a claim whose record is another pod's has no token", (inner) => {
    const last = new Map<string, number>();
    return {
      getLink: async (ns, uid, service, ...rest) => {
        const link = await inner.getLink(ns, uid, service, ...rest);
        return link.permanent ? { ...link, token: link.token ?? last.get(`${ns} ${uid} ${service}`) } : link;
      },
      trySetLinkedPod: async (ns, uid, service, ...rest) => {
        const reply = await inner.trySetLinkedPod(ns, uid, service, ...rest);
        if (reply.linked && reply.token !== undefined) last.set(`${ns} ${uid} ${service}`, reply.token);
        return reply;
      },
    };
  }),
];
