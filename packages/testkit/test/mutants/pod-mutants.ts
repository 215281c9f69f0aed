import { isRouteError, type StatefulServiceState } from '@stateful-route/core';
import type { SetPodIntentOptions, StatefulExecutor } from '@stateful-route/core/adapter';
import { links, type Mutant, server } from './mutant.ts';

type Pods = readonly (readonly [number, StatefulServiceState])[];

/** A reading with other pods. */
function readings(change: (pods: Pods) => Pods): (inner: StatefulExecutor) => Partial<StatefulExecutor> {
  return (inner) => ({
    getServiceState: async (...args) => {
      const read = await inner.getServiceState(...args);
      return { ...read, pods: new Map(change([...read.pods])) };
    },
  });
}

/** Heartbeats, readings, workloads, tags and services. */
export const podMutants: readonly Mutant[] = [
  links('a late heartbeat changes nothing', (inner) => {
    let seq = 0;
    return {
      setServiceState: (ns, service, podId, report) =>
        inner.setServiceState(ns, service, podId, { ...report, seq: seq++ }),
    };
  }),
  links('a repeated heartbeat changes nothing', (inner) => ({
    setServiceState: async (ns, service, podId, report) => {
      const ack = await inner.setServiceState(ns, service, podId, { ...report, seq: report.seq * 2 });
      if (ack.previous?.incarnation !== report.incarnation) return ack;
      return inner
        .setServiceState(ns, service, podId, { ...report, seq: report.seq * 2 + 1 })
        .then((again) => ({ ...again, previous: ack.previous }));
    },
  })),
  links("a heartbeat's reply has the entry that it replaced", (inner) => ({
    setServiceState: async (...args) => ({ ...(await inner.setServiceState(...args)), previous: undefined }),
  })),
  links('a refusal says FENCED', (inner) => ({
    setServiceState: async (...args) => {
      try {
        return await inner.setServiceState(...args);
      } catch (error) {
        if (isRouteError(error, 'FENCED')) throw new Error('refused', { cause: error });
        throw error;
      }
    },
  })),
  links(
    'a heartbeat is stored whole',
    readings((pods) => pods.map(([id, pod]) => [id, { ...pod, address: undefined }])),
  ),
  links(
    'a heartbeat keeps its optional fields',
    readings((pods) => pods.map(([id, pod]) => [id, { ...pod, deadOwner: undefined }])),
    { model: false },
  ),
  ...(['users', 'maxUsers', 'revision', 'healing'] as const).map((field) =>
    links(
      `a heartbeat keeps its ${field}`,
      readings((pods) => pods.map(([id, pod]) => [id, { ...pod, [field]: undefined }])),
      { model: field !== 'maxUsers' && field !== 'revision' },
    ),
  ),
  links(
    'a heartbeat carries its lease',
    readings((pods) => pods.map(([id, pod]) => [id, { ...pod, leaseMs: 300_000 }])),
  ),
  links(
    'a heartbeat is stamped by the store',
    readings((pods) => pods.map(([id, pod]) => [id, { ...pod, updateTime: Date.now() }])),
  ),
  links(
    'pods are read by ascending ordinal',
    readings((pods) => pods.toReversed()),
    { model: false },
  ),
  links(
    'pod 0 is a pod where pods are read',
    readings((pods) => pods.filter(([id]) => id !== 0)),
  ),
  links('a reading has the store time', (inner) => ({
    getServiceState: async (...args) => ({
      ...(await inner.getServiceState(...args)),
      storeTime: Date.now(),
    }),
  })),
  links('a removal compares the incarnation', (inner) => ({
    removeServiceState: (ns, service, podId, options) =>
      inner.removeServiceState(ns, service, podId, { ...options, incarnation: undefined }),
  })),
  links('a removal compares the time', (inner) => ({
    removeServiceState: (ns, service, podId, options) =>
      inner.removeServiceState(ns, service, podId, { ...options, updateTime: undefined }),
  })),
  links('a mark compares the incarnation', (inner) => ({
    markServiceState: async (ns, service, podId, word, options) => {
      const { pods } = await inner.getServiceState(ns, service);
      const incarnation = pods.get(podId)?.incarnation ?? options.incarnation;
      return inner.markServiceState(ns, service, podId, word, { ...options, incarnation });
    },
  })),
  links('a mark compares the time', (inner) => ({
    markServiceState: async (ns, service, podId, word, options) => {
      const { pods } = await inner.getServiceState(ns, service);
      const updateTime = pods.get(podId)?.updateTime ?? options.updateTime;
      return inner.markServiceState(ns, service, podId, word, { ...options, updateTime });
    },
  })),
  links('the report of a death compares the incarnation', (inner) => ({
    reportDead: async (ns, service, podId, options) => {
      const { pods } = await inner.getServiceState(ns, service);
      return inner.reportDead(ns, service, podId, {
        ...options,
        incarnation: pods.get(podId)?.incarnation ?? options.incarnation,
      });
    },
  })),
  links('the report of a death ends the lease', (inner) => ({
    reportDead: async (ns, service, podId, { incarnation }) =>
      (await inner.getServiceState(ns, service)).pods.get(podId)?.incarnation === incarnation,
  })),
  links(
    'the heartbeats of a life that was reported dead are fenced',
    (inner) => ({
      setServiceState: (ns, service, podId, report) =>
        inner
          .setServiceState(ns, service, podId, report)
          .catch((error: unknown) =>
            isRouteError(error, 'FENCED') && error.met === report.incarnation
              ? inner.setServiceState(ns, service, podId, { ...report, state: 'TERMINATING' })
              : Promise.reject(error),
          ),
    }),
    { model: false },
  ),
  links('a mark is written', (inner) => ({
    markServiceState: async (ns, service, podId, _word, { incarnation, updateTime }) => {
      const pod = (await inner.getServiceState(ns, service)).pods.get(podId);
      return pod?.incarnation === incarnation && pod.updateTime === updateTime;
    },
  })),
  links(
    'a word without details is a pod',
    readings((pods) => pods.filter(([, { updateTime }]) => updateTime !== undefined)),
  ),
  links('a word of an older side stays when its pod is pruned', (inner) => ({
    removeServiceState: async (ns, service, podId, options) => {
      const removed = await inner.removeServiceState(ns, service, podId, options);
      if (removed) await inner.removeServiceState(ns, service, podId);
      return removed;
    },
  })),
  links('the last report of a workload wins', (inner) => ({
    setWorkloadState: async (ns, service, report) => {
      if (!(await inner.getWorkloadState(ns, service))) await inner.setWorkloadState(ns, service, report);
    },
  })),
  links('a workload has an age', (inner) => ({
    getWorkloadState: async (...args) => {
      const read = await inner.getWorkloadState(...args);
      return read && { ...read, ageMs: 0 };
    },
  })),
  links('a batch of workloads leaves out the unknown', (inner) => ({
    getWorkloadStateBatch: async (ns, names) => {
      const read = await inner.getWorkloadStateBatch(ns, names);
      for (const name of names) {
        if (!read.has(name)) read.set(name, { state: 'UNKNOWN', replicas: 0, readyReplicas: 0 });
      }
      return read;
    },
  })),

  links('an intent is in the reply to a heartbeat', (inner) => ({
    setServiceState: async (...args) => ({ ...(await inner.setServiceState(...args)), intent: undefined }),
  })),
  links('an intent stays across incarnations', (inner) => ({
    setServiceState: async (ns, service, podId, report) => {
      const ack = await inner.setServiceState(ns, service, podId, report);
      return report.beatenBefore ? ack : { ...ack, intent: undefined };
    },
  })),
  links('a word that is no intent is returned as unknown', (inner) => ({
    setServiceState: async (...args) => ({
      ...(await inner.setServiceState(...args)),
      unknownIntent: undefined,
    }),
  })),
  links('a word that is no intent is not an intent', (inner) => ({
    setServiceState: async (...args) => {
      const ack = await inner.setServiceState(...args);
      return ack.unknownIntent === undefined ? ack : { ...ack, intent: 'drain' };
    },
  })),
  links('a word that is no intent fails no heartbeat', (inner) => ({
    setServiceState: async (...args) => {
      const ack = await inner.setServiceState(...args);
      if (ack.unknownIntent !== undefined) throw new Error('no intent');
      return ack;
    },
  })),
  server('an intent is of one pod', (inner) => ({
    setPodIntent: async (ns, service, podId, intent, options) => {
      for (const each of new Set([podId, 0])) await inner.setPodIntent(ns, service, each, intent, options);
    },
  })),
  server('a drain keeps its rate', (inner) => ({
    setPodIntent: (ns, service, podId, intent) => inner.setPodIntent(ns, service, podId, intent),
  })),
  server('an intent replaces the rate of the one before', (inner) => {
    let last: SetPodIntentOptions | undefined;
    return {
      setPodIntent: (ns, service, podId, intent, options) =>
        inner.setPodIntent(
          ns,
          service,
          podId,
          intent,
          options?.ratePerSecond === undefined ? last : (last = options),
        ),
    };
  }),
  server('intents are read with their rates', (inner) => ({
    getPodIntents: async (...args) => {
      const intents = [...(await inner.getPodIntents(...args))];
      return new Map(intents.map(([podId, stored]) => [podId, { ...stored, ratePerSecond: undefined }]));
    },
  })),
  server('setting a tag says whether it changed something', (inner) => ({
    setGlobalServiceNameTag: async (...args) => {
      await inner.setGlobalServiceNameTag(...args);
      return true;
    },
  })),
  server('removing a tag says whether it was known', (inner) => ({
    removeServiceNameTag: async (...args) => {
      await inner.removeServiceNameTag(...args);
      return true;
    },
  })),
  server('a tag can be set again', (inner) => ({
    setGlobalServiceNameTag: async (ns, tag, service) =>
      (await inner.getServiceNameByTag(ns, tag)) === undefined &&
      inner.setGlobalServiceNameTag(ns, tag, service),
  })),
  server(
    'tags do not meet those of other namespaces',
    (inner) => ({
      setGlobalServiceNameTag: (ns, ...rest) => inner.setGlobalServiceNameTag(ns.replace('.2', ''), ...rest),
    }),
    { model: false },
  ),
  server('services are listed in order', (inner) => ({
    listServices: async (ns) => (await inner.listServices(ns)).toReversed(),
  })),
  server('a service is listed once', (inner) => {
    const registered: string[] = [];
    return {
      registerService: async (ns, service) => {
        registered.push(service);
        await inner.registerService(ns, service);
      },
      listServices: async (ns) => {
        const listed = await inner.listServices(ns);
        return registered.filter((service) => listed.includes(service)).toSorted();
      },
    };
  }),
];
