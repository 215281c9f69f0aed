import type { MemoryStateFeed } from './feed/memory-state-feed.ts';
import type { MemoryStore } from './stored/memory-store.ts';

/**
 * What a store can lose. `states`: the pods, `since`, `restored`, `quiet`, the intents, the orders, the journal and the sequence of
 * events. `links`: the links, their token records and the rosters. `everything`: both, and tags, services and workloads.
 */
export type MemoryLoss = 'everything' | 'states' | 'links';

/** Faults of a store, for tests. Each takes effect at once. */
export interface MemoryFaults {
  /** The store restarts: it has a new epoch, listeners get `missed`, and `loses` is lost. Default: nothing is lost. */
  restart(options?: { readonly lose?: 'nothing' | MemoryLoss | undefined }): void;
  /** The store loses data while connections stay: no listener is called. */
  lose(what: MemoryLoss): void;
  /** Removes a link as the older sides do: its token record still names the owner, who is not notified. */
  removeAsOtherSide(namespace: string, uid: string, serviceName: string): void;
  /** Sets a claim as the older sides do: without a token record, and without a notification. */
  setAsOtherSide(namespace: string, uid: string, serviceName: string, podId: number): void;
  /** Writes or removes a pod's word as the older sides do: its details stay, and no listener is called. */
  setWordAsOtherSide(namespace: string, serviceName: string, podId: number, word: string | undefined): void;
  /** Writes any word as a pod's intent. */
  setRawIntent(namespace: string, serviceName: string, podId: number, word: string): void;
}

/** The faults of a store in memory. */
export function memoryFaults(store: MemoryStore, feed: MemoryStateFeed): MemoryFaults {
  const lose = (what: MemoryLoss): void => {
    if (what !== 'links') for (const service of store.services.values()) service.loseStates();
    if (what !== 'states') {
      store.links.clear();
      store.rosters.clear();
    }
    if (what === 'everything') {
      store.services.clear();
      store.tags.clear();
      store.registered.clear();
    }
  };
  return {
    lose,
    restart: ({ lose: what = 'nothing' } = {}) => {
      store.epoch += 1;
      if (what !== 'nothing') lose(what);
      feed.publishMissed();
    },
    removeAsOtherSide: (namespace, uid, serviceName) => {
      store.links.setAsOtherSide(namespace, uid, serviceName, undefined);
    },
    setAsOtherSide: (namespace, uid, serviceName, podId) => {
      store.links.setAsOtherSide(namespace, uid, serviceName, podId);
    },
    setWordAsOtherSide: (namespace, serviceName, podId, word) => {
      const { words } = store.serviceToChange(namespace, serviceName);
      if (word === undefined) words.delete(podId);
      else words.set(podId, word);
    },
    setRawIntent: (namespace, serviceName, podId, word) => {
      store.serviceToChange(namespace, serviceName).intents.set(podId, word);
    },
  };
}
