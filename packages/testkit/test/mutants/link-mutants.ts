import { PERSIST_FOREVER } from '@stateful-route/core';
import { linkOf, links, type Mutant } from './mutant.ts';

/** Temporary links, replacement, removal and batches. */
export const linkMutants: readonly Mutant[] = [
  links('set if absent leaves the link in force', (inner) => ({
    setLinkedPodIfAbsent: async (ns, uid, service, podId, seconds) => {
      const before = await linkOf(inner, ns, uid, service);
      if (before?.permanent) return { ...before, created: false };
      await inner.setLinkedPod(ns, uid, service, podId, seconds);
      return { ...(await linkOf(inner, ns, uid, service))!, created: !before };
    },
  })),
  links('set if absent renews', (inner) => ({
    setLinkedPodIfAbsent: async (ns, uid, service, podId, seconds) => {
      const before = await linkOf(inner, ns, uid, service);
      return before
        ? { ...before, created: false }
        : inner.setLinkedPodIfAbsent(ns, uid, service, podId, seconds);
    },
  })),
  links('a renewal never shortens', (inner) => ({
    setLinkedPodIfAbsent: async (ns, uid, service, podId, seconds) => {
      const before = await linkOf(inner, ns, uid, service);
      if (before?.ttlMs === undefined || seconds === PERSIST_FOREVER) {
        return inner.setLinkedPodIfAbsent(ns, uid, service, podId, seconds);
      }
      await inner.setLinkedPod(ns, uid, service, before.podId, seconds);
      return { ...(await linkOf(inner, ns, uid, service))!, created: false };
    },
  })),
  links("a renewal extends any pod's link", (inner) => ({
    setLinkedPodIfAbsent: async (ns, uid, service, podId, seconds) => {
      const before = await linkOf(inner, ns, uid, service);
      return before && before.podId !== podId
        ? { ...before, created: false }
        : inner.setLinkedPodIfAbsent(ns, uid, service, podId, seconds);
    },
  })),
  links('set if absent says whether it made the link', (inner) => ({
    setLinkedPodIfAbsent: async (...args) => {
      const placed = await inner.setLinkedPodIfAbsent(...args);
      return placed.podId === undefined ? placed : { ...placed, created: true };
    },
  })),
  links('set if absent makes no claim of the link of another pod', (inner) => ({
    setLinkedPodIfAbsent: async (ns, uid, service, podId, seconds) => {
      const before = await linkOf(inner, ns, uid, service);
      const whose = seconds === PERSIST_FOREVER && before ? before.podId : podId;
      return inner.setLinkedPodIfAbsent(ns, uid, service, whose, seconds);
    },
  })),
  links('a temporary link expires', (inner) => ({
    setLinkedPodIfAbsent: (ns, uid, service, podId, seconds) =>
      inner.setLinkedPodIfAbsent(ns, uid, service, podId, seconds > 0 ? seconds * 10_000 : seconds),
  })),
  links('a temporary link of trySetLinkedPod expires', (inner) => ({
    trySetLinkedPod: (ns, uid, service, podId, seconds, options) =>
      inner.trySetLinkedPod(ns, uid, service, podId, seconds > 0 ? seconds * 10_000 : seconds, options),
  })),
  links('a set link expires after exactly its time', (inner) => ({
    setLinkedPod: async (ns, uid, service, podId, seconds) => {
      const before = await linkOf(inner, ns, uid, service);
      const longer = Math.max(seconds, Math.ceil((before?.ttlMs ?? 0) / 1_000));
      return inner.setLinkedPod(ns, uid, service, podId, seconds > 0 ? longer : seconds);
    },
  })),
  links('setLinkedPod returns the pod linked before', (inner) => ({
    setLinkedPod: async (...args) => ({ ...(await inner.setLinkedPod(...args)), previous: undefined }),
  })),
  links('trySetLinkedPod returns the pod linked before', (inner) => ({
    trySetLinkedPod: async (...args) => ({ ...(await inner.trySetLinkedPod(...args)), previous: undefined }),
  })),
  links('pod 0 is a pod when a link is read', (inner) => ({
    getLinkedPod: async (...args) => (await inner.getLinkedPod(...args)) || undefined,
  })),
  links('pod 0 is a pod when a link is set', (inner) => ({
    setLinkedPod: async (...args) => {
      const { previous, ...reply } = await inner.setLinkedPod(...args);
      return { ...reply, previous: previous || undefined };
    },
  })),
  links('users do not share a link', (inner) => ({
    setLinkedPodIfAbsent: (ns, uid, service, ...rest) =>
      inner.setLinkedPodIfAbsent(ns, `${uid}${service}`.slice(0, 4), service, ...rest),
    getLinkedPod: (ns, uid, service) => inner.getLinkedPod(ns, `${uid}${service}`.slice(0, 4), service),
  })),
  links(
    'namespaces do not meet',
    (inner) => ({
      setLinkedPodIfAbsent: (ns, ...rest) => inner.setLinkedPodIfAbsent(ns.replace('.2', ''), ...rest),
      getLinkedPod: (ns, ...rest) => inner.getLinkedPod(ns.replace('.2', ''), ...rest),
    }),
    { model: false },
  ),

  links('a replacement is only from the pod named', (inner) => ({
    replaceLinkedPod: async (ns, uid, service, from, ...rest) =>
      inner.replaceLinkedPod(ns, uid, service, (await inner.getLinkedPod(ns, uid, service)) ?? from, ...rest),
  })),
  links('a claim is replaced only with its token', (inner) => ({
    replaceLinkedPod: async (ns, uid, service, from, to, seconds, options) => {
      const ifToken = (await linkOf(inner, ns, uid, service))?.token;
      return inner.replaceLinkedPod(ns, uid, service, from, to, seconds, { ...options, ifToken });
    },
  })),
  links('the absence of a token is compared', (inner) => ({
    replaceLinkedPod: async (ns, uid, service, from, to, seconds, options) => {
      const token = (await linkOf(inner, ns, uid, service))?.token;
      const ifToken = options?.ifToken === null ? token : options?.ifToken;
      return inner.replaceLinkedPod(ns, uid, service, from, to, seconds, { ...options, ifToken });
    },
  })),
  links('with onlyIfTemporary a claim is not replaced', (inner) => ({
    replaceLinkedPod: (ns, uid, service, from, to, seconds, options) =>
      inner.replaceLinkedPod(ns, uid, service, from, to, seconds, { ...options, onlyIfTemporary: false }),
  })),
  links('a token is not compared with a temporary link', (inner) => ({
    replaceLinkedPod: async (ns, uid, service, from, to, seconds, options) => {
      const before = await linkOf(inner, ns, uid, service);
      return before && !before.permanent && options?.ifToken
        ? { linked: false, podId: before.podId }
        : inner.replaceLinkedPod(ns, uid, service, from, to, seconds, options);
    },
  })),
  links('finding the new pod in force is success', (inner) => ({
    replaceLinkedPod: async (ns, uid, service, from, to, ...rest) => {
      const before = await inner.getLinkedPod(ns, uid, service);
      const reply = await inner.replaceLinkedPod(ns, uid, service, from, to, ...rest);
      return before === to ? { ...reply, linked: false } : reply;
    },
  })),
  links('finding the new pod in force changes nothing', (inner) => ({
    replaceLinkedPod: async (ns, uid, service, from, to, seconds, options) => {
      const before = await inner.getLinkedPod(ns, uid, service);
      if (before === to) await inner.setLinkedPod(ns, uid, service, to, seconds);
      return inner.replaceLinkedPod(ns, uid, service, from, to, seconds, options);
    },
  })),
  links('a replacement makes no link where there is none', (inner) => ({
    replaceLinkedPod: async (ns, uid, service, from, to, seconds, options) => {
      await inner.setLinkedPodIfAbsent(ns, uid, service, from, seconds);
      return inner.replaceLinkedPod(ns, uid, service, from, to, seconds, options);
    },
  })),
  links('a replacement is temporary', (inner) => ({
    replaceLinkedPod: async (ns, uid, service, ...rest) => {
      const reply = await inner.replaceLinkedPod(ns, uid, service, ...rest);
      if (reply.linked) await inner.setLinkedPodIfAbsent(ns, uid, service, reply.podId!, PERSIST_FOREVER);
      return reply;
    },
  })),

  links('keepSeconds keeps the link', (inner) => ({
    removeLinkedPod: (ns, uid, service) => inner.removeLinkedPod(ns, uid, service),
  })),
  links('a link kept by keepSeconds expires', (inner) => ({
    removeLinkedPod: async (ns, uid, service, options) =>
      (options?.keepSeconds ?? 0) > 0
        ? (await inner.getLinkedPod(ns, uid, service)) !== undefined
        : inner.removeLinkedPod(ns, uid, service, options),
  })),
  links('a removal says whether there was a link', (inner) => ({
    removeLinkedPod: async (...args) => {
      await inner.removeLinkedPod(...args);
      return true;
    },
  })),
  links('a removal by pod leaves the link of another one', (inner) => ({
    removeLinkedPodWithId: (ns, uid, service, _podId, options) =>
      inner.removeLinkedPod(ns, uid, service, options),
  })),
  links('a removal of temporary links alone leaves a claim', (inner) => ({
    removeLinkedPodWithId: (ns, uid, service, podId, options) =>
      inner.removeLinkedPodWithId(ns, uid, service, podId, { ...options, onlyIfTemporary: undefined }),
  })),
  links('a removal by token leaves a claim with another one', (inner) => ({
    removeLinkedPodWithId: (ns, uid, service, podId, options) =>
      inner.removeLinkedPodWithId(ns, uid, service, podId, { ...options, token: undefined }),
  })),
  links('a removal by token leaves a temporary link', (inner) => ({
    removeLinkedPodWithId: async (ns, uid, service, podId, options) => {
      const before = await linkOf(inner, ns, uid, service);
      const token = before?.permanent ? options?.token : undefined;
      return inner.removeLinkedPodWithId(ns, uid, service, podId, { ...options, token });
    },
  })),

  links('a batch keeps duplicates', (inner) => ({
    batchGetLinkedPod: (ns, uids, service) => inner.batchGetLinkedPod(ns, [...new Set(uids)], service),
  })),
  links('a batch keeps the order', (inner) => ({
    batchGetLinkedPod: (ns, uids, service) => inner.batchGetLinkedPod(ns, uids.toReversed(), service),
  })),
  links(
    'a batch is read to its end',
    (inner) => ({
      batchGetLinkedPod: (ns, uids, service) => inner.batchGetLinkedPod(ns, uids.slice(0, 1_000), service),
    }),
    { model: false },
  ),
  links('a batch leaves out those without a link', (inner) => ({
    batchGetLinkedPod: async (ns, uids, service) => {
      const found = await inner.batchGetLinkedPod(ns, uids, service);
      const linked = new Set([...found.values()].flat());
      const left = uids.filter((uid) => !linked.has(uid));
      return left.length > 0 ? found.set(-1, left) : found;
    },
  })),
  links('a batch of links carries their tokens', (inner) => ({
    batchGetLink: async (...args) => {
      const found = await inner.batchGetLink(...args);
      return new Map([...found].map(([uid, link]) => [uid, { ...link, token: undefined }]));
    },
  })),
];
