import type { PlaceOptions } from '@stateful-route/core/adapter';
import { links, type Mutant, server } from './mutant.ts';

/** Pins, callers and frozen fleets. */
export const fleetMutants: readonly Mutant[] = [
  links('a pin refuses a placement elsewhere', (inner) => ({
    setLinkedPodIfAbsent: async (...args) => {
      const [ns, uid, service, podId, seconds, options] = args;
      const placed = await inner.setLinkedPodIfAbsent(...args);
      if (placed.podId !== undefined) return placed;
      const known: PlaceOptions = { ...options, despitePin: placed.pinnedTo };
      return inner.setLinkedPodIfAbsent(ns, uid, service, podId, seconds, known);
    },
  })),
  links('a pin refuses a claim elsewhere', (inner) => ({
    trySetLinkedPod: async (...args) => {
      const [ns, uid, service, podId, seconds, options] = args;
      const { pinnedTo: despitePin, ...tried } = await inner.trySetLinkedPod(...args);
      if (despitePin === undefined) return tried;
      return inner.trySetLinkedPod(ns, uid, service, podId, seconds, { ...options, despitePin });
    },
  })),
  links('a pin refuses a replacement elsewhere', (inner) => ({
    replaceLinkedPod: async (...args) => {
      const [ns, uid, service, from, to, seconds, options] = args;
      const { pinnedTo: despitePin, ...replaced } = await inner.replaceLinkedPod(...args);
      if (despitePin === undefined) return replaced;
      return inner.replaceLinkedPod(ns, uid, service, from, to, seconds, { ...options, despitePin });
    },
  })),
  links('only the pin that the caller knows is ignored', (inner) => ({
    setLinkedPodIfAbsent: async (ns, uid, service, podId, seconds, options) => {
      const { pin } = await inner.getLink(ns, uid, service);
      const despitePin = options?.despitePin === undefined ? undefined : pin?.podId;
      return inner.setLinkedPodIfAbsent(ns, uid, service, podId, seconds, { ...options, despitePin });
    },
  })),
  links('a pin does not refuse a claim that is restored', (inner) => ({
    trySetLinkedPod: async (ns, uid, service, podId, seconds, options) => {
      const { pin, podId: previous } = await inner.getLink(ns, uid, service);
      const isElsewhere = pin && pin.podId !== podId && previous !== podId;
      if (options?.assertToken === undefined || !isElsewhere) {
        return inner.trySetLinkedPod(ns, uid, service, podId, seconds, options);
      }
      return { linked: false, podId: previous, previous, pinnedTo: pin.podId };
    },
  })),
  links('setPin returns the pin before', (inner) => ({
    setPin: async (ns, uid, service, podId, options) => {
      await inner.setPin(ns, uid, service, podId, options);
      return (await inner.getLink(ns, uid, service)).pin;
    },
  })),
  links('a pin to the same pod stays as it is', (inner) => ({
    setPin: async (ns, uid, service, podId, options) => {
      const before = await inner.setPin(ns, uid, service, undefined);
      await inner.setPin(ns, uid, service, podId, options);
      return before;
    },
  })),
  links('a pin is not a move', (inner) => ({
    setPin: async (ns, uid, service, podId, options) => {
      const before = await inner.setPin(ns, uid, service, podId, options);
      const { podId: from, token } = await inner.getLink(ns, uid, service);
      if (from !== undefined && podId !== undefined) {
        await inner.replaceLinkedPod(ns, uid, service, from, podId, 60, { ifToken: token ?? null });
      }
      return before;
    },
  })),
  links('a batch has pins only if it is asked', (inner) => ({
    batchGetLink: (ns, uids, service, options) =>
      inner.batchGetLink(ns, uids, service, { ...options, pins: true }),
  })),
  links('a batch has the pins that it is asked for', (inner) => ({
    batchGetLink: (ns, uids, service, options) =>
      inner.batchGetLink(ns, uids, service, { ...options, pins: false }),
  })),
  server('a caller is counted once', (inner) => {
    let announced = 0;
    return {
      announceCaller: (ns, service, callerId, ttlMs) => {
        announced += 1;
        return inner.announceCaller(ns, service, `${callerId}-${announced}`, ttlMs);
      },
    };
  }),
  server('a caller is forgotten when its time is over', (inner) => ({
    announceCaller: (ns, service, callerId, ttlMs) =>
      inner.announceCaller(ns, service, callerId, ttlMs * 1_000),
  })),
  server('callers are counted by service', (inner) => ({
    announceCaller: (ns, _service, callerId, ttlMs) => inner.announceCaller(ns, 'all', callerId, ttlMs),
  })),
  server('setFrozen returns whether it changed something', (inner) => ({
    setFrozen: async (...args) => {
      await inner.setFrozen(...args);
      return true;
    },
  })),
  server('a fleet that is frozen again stays as it is', (inner) => ({
    setFrozen: async (ns, service, frozen, options) => {
      const changed = await inner.setFrozen(ns, service, false);
      return (await inner.setFrozen(ns, service, frozen, options)) !== changed;
    },
  })),
  links('a reading tells that the fleet is frozen', (inner) => ({
    getServiceState: async (...args) => ({ ...(await inner.getServiceState(...args)), frozen: undefined }),
  })),
];
