import type { DirectoryState, ServiceStateRead } from '@stateful-route/core';
import {
  type PodIntent,
  ageMsOf,
  hasEnded,
  leaseMsOf,
  sinceReset,
  type SinceReset,
  type StatefulExecutor,
} from '@stateful-route/core/adapter';
import { links, type Mutant } from './mutant.ts';

type Fields = Pick<ServiceStateRead, 'since' | 'restored' | 'quiet'>;

/** Changes the directory's fields in readings and replies. */
function fields(rule: string, change: (fields: Fields, state: DirectoryState) => Fields): Mutant {
  return links(rule, (inner) => ({
    setServiceState: async (...args) => {
      const ack = await inner.setServiceState(...args);
      const { since, restored } = change(ack, ack);
      return { ...ack, since, restored };
    },
    getServiceState: async (...args) => {
      const read = await inner.getServiceState(...args);
      return { ...read, ...change(read, read) };
    },
  }));
}

/** Resets `since` by another rule than the contract's. */
function resetting(rule: string, resets: (read: ServiceStateRead, podId: number) => SinceReset): Mutant {
  return links(rule, (inner) => {
    const begun = new Map<string, Pick<ServiceStateRead, 'since' | 'quiet'>>();
    const readAs = async (...[ns, service]: Parameters<StatefulExecutor['getServiceState']>) => {
      const read = await inner.getServiceState(ns, service);
      return { ...read, ...begun.get(`${ns} ${service}`) };
    };
    return {
      setServiceState: async (ns, service, podId, report, ...rest) => {
        const before = await readAs(ns, service);
        const ack = await inner.setServiceState(ns, service, podId, report, ...rest);
        const met = before.pods.get(podId);
        const isStored = ack.previous?.updateTime !== ack.storeTime || report.seq > 0;
        const reset = resets({ ...before, storeTime: ack.storeTime }, podId);
        if (isStored && reset.resets && (met === undefined || ageMsOf(met, ack.storeTime) !== 0)) {
          begun.set(`${ns} ${service}`, {
            since: ack.storeTime,
            quiet: reset.quiet ? ack.storeTime : undefined,
          });
        }
        const since = begun.get(`${ns} ${service}`)?.since ?? ack.since;
        return { ...ack, since };
      },
      getServiceState: readAs,
      removeServiceState: async (ns, service, ...rest) => {
        const before = await inner.getServiceState(ns, service);
        const removed = await inner.removeServiceState(ns, service, ...rest);
        const { since, quiet } = await inner.getServiceState(ns, service);
        const hasBegun = since !== before.since || quiet !== before.quiet;
        if (hasBegun) begun.set(`${ns} ${service}`, { since, quiet });
        return removed;
      },
    };
  });
}

/** The reading with other pods. */
function without(
  read: ServiceStateRead,
  podId: number,
  drop: (ageInLeases: number) => boolean,
): ServiceStateRead {
  const pods = [...read.pods].filter(([id, pod]) => {
    const age = (ageMsOf(pod, read.storeTime) ?? 0) / leaseMsOf(pod);
    return id === podId || !drop(age);
  });
  return { ...read, pods: new Map(pods) };
}

const wasSilent = (read: ServiceStateRead, podId: number): boolean => {
  const pod = read.pods.get(podId);
  return pod !== undefined && !hasEnded(pod) && (ageMsOf(pod, read.storeTime) ?? 0) > leaseMsOf(pod);
};

/** `since`, `quiet` and `restored`. */
export const directoryMutants: readonly Mutant[] = [
  fields('a reading has since', (state) => ({ ...state, since: undefined })),
  fields('since stays', (state, { storeTime }) => ({ ...state, since: state.since && storeTime })),
  resetting('since is reset after a silence', ({ since }) => ({
    resets: since === undefined,
    quiet: false,
  })),
  resetting('since stays within three leases of its last reset', (read, podId) =>
    sinceReset({ ...read, since: read.since && 0 }, podId),
  ),
  resetting('since stays if fewer than half of the others are silent', (read, podId) => {
    const reset = sinceReset(read, podId);
    const isOld = read.since === undefined || read.storeTime - read.since > 3 * 600;
    return wasSilent(read, podId) && isOld ? { ...reset, resets: true } : reset;
  }),
  resetting('since is reset if half of the others are silent', (read, podId) => {
    const reset = sinceReset(read, podId);
    return { ...reset, resets: reset.quiet || read.since === undefined };
  }),
  resetting('since is reset if all are past their leases, however long', (read, podId) => {
    const reset = sinceReset(read, podId);
    const hasLongDead = without(read, podId, (age) => age > 3).pods.size < read.pods.size;
    return reset.quiet && hasLongDead ? { resets: false, quiet: false } : reset;
  }),
  resetting('pods that are long dead do not count as silent', (read, podId) => {
    const pods = [...read.pods].map(([id, pod]) => {
      const agedMs = Math.min(ageMsOf(pod, read.storeTime) ?? 0, 3 * leaseMsOf(pod));
      return [id, { ...pod, updateTime: read.storeTime - agedMs }] as const;
    });
    return sinceReset({ ...read, pods: new Map(pods) }, podId);
  }),
  resetting('ended entries do not count', (read, podId) => {
    const pods = [...read.pods].map(
      ([id, pod]) =>
        [
          id,
          hasEnded(pod) && id !== podId ? { ...pod, state: 'READY', updateTime: read.storeTime } : pod,
        ] as const,
    );
    return sinceReset({ ...read, pods: new Map(pods) as ServiceStateRead['pods'] }, podId);
  }),
  resetting("the pod's own ended entry does not count", (read, podId) => {
    const pods = [...read.pods].map(
      ([id, pod]) => [id, id === podId ? { ...pod, state: 'READY' } : pod] as const,
    );
    return sinceReset({ ...read, pods: new Map(pods) as ServiceStateRead['pods'] }, podId);
  }),
  resetting('since stays when a pod without an entry starts', (read, podId) => {
    const reset = sinceReset(read, podId);
    const silent = [...read.pods.keys()].some((id) => sinceReset(read, id).resets);
    return read.pods.has(podId) ? reset : { ...reset, resets: reset.resets || silent };
  }),
  fields('a reading has quiet', (state) => ({ ...state, quiet: undefined })),
  fields('quiet is set only if the store was away', (state) => ({ ...state, quiet: state.since })),
  links(
    'quiet is cleared',
    (inner) => {
      const last = new Map<string, number>();
      return {
        getServiceState: async (ns, service, ...rest) => {
          const read = await inner.getServiceState(ns, service, ...rest);
          if (read.quiet !== undefined) last.set(`${ns} ${service}`, read.quiet);
          return { ...read, quiet: last.get(`${ns} ${service}`) };
        },
      };
    },
    { model: false },
  ),

  fields('a reading has restored', (state) => ({ ...state, restored: undefined })),
  links('only a run with an earlier heartbeat marks the directory as restored', (inner) => ({
    setServiceState: async (ns, service, podId, report, ...rest) => {
      const ack = await inner.setServiceState(ns, service, podId, report, ...rest);
      return ack.previous ? ack : { ...ack, restored: ack.restored ?? ack.storeTime };
    },
  })),
  links('restored is set once', (inner) => ({
    setServiceState: async (ns, service, podId, report, ...rest) => {
      const ack = await inner.setServiceState(ns, service, podId, report, ...rest);
      const isLost = ack.previous === undefined && report.beatenBefore && ack.restored !== undefined;
      return isLost ? { ...ack, restored: ack.storeTime } : ack;
    },
  })),
  links('an old directory is not restored', (inner) => ({
    setServiceState: async (ns, service, podId, report, ...rest) => {
      const ack = await inner.setServiceState(ns, service, podId, report, ...rest);
      const isLost = ack.previous === undefined && report.beatenBefore;
      return isLost ? { ...ack, restored: ack.restored ?? ack.storeTime } : ack;
    },
  })),
  links('a run that finds its entry does not mark the directory as restored', (inner) => ({
    setServiceState: async (ns, service, podId, report, ...rest) => {
      const ack = await inner.setServiceState(ns, service, podId, report, ...rest);
      return report.beatenBefore ? { ...ack, restored: ack.restored ?? ack.storeTime } : ack;
    },
  })),

  {
    rule: "an operator's removal takes the intent",
    model: true,
    broken: ({ stateful, server, ...executors }) => {
      const intents = new Map<string, PodIntent>();
      return {
        ...executors,
        stateful: {
          ...stateful,
          setServiceState: async (ns, service, podId, ...rest) => ({
            intent: intents.get(`${ns} ${service} ${podId}`),
            ...(await stateful.setServiceState(ns, service, podId, ...rest)),
            ...(intents.has(`${ns} ${service} ${podId}`) && {
              intent: intents.get(`${ns} ${service} ${podId}`),
            }),
          }),
        },
        server: {
          ...server,
          setPodIntent: async (ns, service, podId, intent, ...rest) => {
            await server.setPodIntent(ns, service, podId, intent, ...rest);
            intents.set(`${ns} ${service} ${podId}`, intent);
          },
        },
      };
    },
  },
  links('a pruning leaves the intent', (inner) => ({
    removeServiceState: async (ns, service, podId, options) => {
      const pod = (await inner.getServiceState(ns, service)).pods.get(podId);
      const { incarnation = pod?.incarnation, updateTime = pod?.updateTime } = options ?? {};
      const isThat = pod && incarnation === pod.incarnation && updateTime === pod.updateTime;
      return isThat
        ? inner.removeServiceState(ns, service, podId)
        : inner.removeServiceState(ns, service, podId, options);
    },
  })),
  links("an operator's removal of an alive pod resets since", (inner) => {
    const kept = new Map<string, number | undefined>();
    return {
      removeServiceState: async (ns, service, ...rest) => {
        const { since } = await inner.getServiceState(ns, service);
        const removed = await inner.removeServiceState(ns, service, ...rest);
        if ((await inner.getServiceState(ns, service)).since !== since) kept.set(`${ns} ${service}`, since);
        return removed;
      },
      getServiceState: async (ns, service, ...rest) => {
        const read = await inner.getServiceState(ns, service, ...rest);
        return { ...read, since: kept.get(`${ns} ${service}`) ?? read.since };
      },
    };
  }),
  links("an operator's removal of a dead pod leaves since", (inner) => {
    const begun = new Map<string, number>();
    return {
      removeServiceState: async (ns, service, podId, options) => {
        const removed = await inner.removeServiceState(ns, service, podId, options);
        const isOperators = options?.incarnation === undefined && options?.updateTime === undefined;
        const { storeTime } = await inner.getServiceState(ns, service);
        if (removed && isOperators) begun.set(`${ns} ${service}`, storeTime);
        return removed;
      },
      getServiceState: async (ns, service, ...rest) => {
        const read = await inner.getServiceState(ns, service, ...rest);
        const since = Math.max(read.since ?? 0, begun.get(`${ns} ${service}`) ?? 0);
        return read.since === undefined ? read : { ...read, since };
      },
    };
  }),
];
