import { RecentMap } from '@stateful-route/driver/internal';
import { LRUCache } from 'lru-cache';
import { createLRU } from 'lru.min';
import { LRUMap } from 'mnemonist';
import QuickLRU from 'quick-lru';
import { lru } from 'tiny-lru';

/** What the driver caches of a user. */
interface CachedLink {
  readonly podId: number;
  readonly temporary: boolean;
  readonly expiresAt: number;
}

/** A cache under test. */
export interface LinkCacheRival {
  readonly set: (uid: string, link: CachedLink) => void;
  /** Gets each user, and adds up the podIds. */
  readonly sum: (uids: readonly string[]) => number;
}

/** Makes a cache for so many users. */
export type LinkCacheMaker = (max: number) => LinkCacheRival;

/** The baseline: a map without a limit. */
export const bareMap: LinkCacheMaker = () => {
  const map = new Map<string, CachedLink>();
  return {
    set: (uid, link) => void map.set(uid, link),
    sum: (uids) => {
      let sum = 0;
      for (const uid of uids) sum += map.get(uid)!.podId;
      return sum;
    },
  };
};

/** Caches that the driver could use. Each has a loop of its own: a shared loop would be compiled for none of them. */
export const linkCaches: Readonly<Record<string, LinkCacheMaker>> = {
  'quick-lru': (max) => {
    const cache = new QuickLRU<string, CachedLink>({ maxSize: max });
    return {
      set: (uid, link) => void cache.set(uid, link),
      sum: (uids) => {
        let sum = 0;
        for (const uid of uids) sum += cache.get(uid)!.podId;
        return sum;
      },
    };
  },
  // the class that the driver uses
  'two Maps by hand': (max) => {
    const cache = new RecentMap<CachedLink>(max);
    return {
      set: (uid, link) => cache.set(uid, link),
      sum: (uids) => {
        let sum = 0;
        for (const uid of uids) sum += cache.get(uid)!.podId;
        return sum;
      },
    };
  },
  'lru-cache': (max) => {
    const cache = new LRUCache<string, CachedLink>({ max });
    return {
      set: (uid, link) => void cache.set(uid, link),
      sum: (uids) => {
        let sum = 0;
        for (const uid of uids) sum += cache.get(uid)!.podId;
        return sum;
      },
    };
  },
  'tiny-lru': (max) => {
    const cache = lru<CachedLink>(max);
    return {
      set: (uid, link) => void cache.set(uid, link),
      sum: (uids) => {
        let sum = 0;
        for (const uid of uids) sum += cache.get(uid)!.podId;
        return sum;
      },
    };
  },
  'lru.min': (max) => {
    const cache = createLRU<string, CachedLink>({ max });
    return {
      set: (uid, link) => cache.set(uid, link),
      sum: (uids) => {
        let sum = 0;
        for (const uid of uids) sum += cache.get(uid)!.podId;
        return sum;
      },
    };
  },
  'mnemonist LRUMap': (max) => {
    const cache = new LRUMap<string, CachedLink>(max);
    return {
      set: (uid, link) => void cache.set(uid, link),
      sum: (uids) => {
        let sum = 0;
        for (const uid of uids) sum += cache.get(uid)!.podId;
        return sum;
      },
    };
  },
};
