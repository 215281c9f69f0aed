import { PERSIST_FOREVER } from '@stateful-route/core';
import type { FeedEvent, PodFeedEvent } from '@stateful-route/core/adapter';
import { feed, links, type Mutant } from './mutant.ts';

/** A feed that changes or drops events. */
function events(rule: string, change: (event: FeedEvent, count: number) => FeedEvent | undefined): Mutant {
  return feed(rule, (inner) => ({
    subscribe: (ns, service, listener, ...rest) => {
      let count = 0;
      const hear = (event: FeedEvent): void => {
        const changed = change(event, count++);
        if (changed) listener(changed);
      };
      // The inner feed rejects what is not a function.
      return inner.subscribe(ns, service, typeof listener === 'function' ? hear : listener, ...rest);
    },
  }));
}

/** A pod's channel that changes or drops events. */
function podEvents(rule: string, change: (event: PodFeedEvent) => PodFeedEvent | undefined): Mutant {
  return feed(rule, (inner) => ({
    subscribePod: (ns, service, podId, listener, ...rest) => {
      const hear = (event: PodFeedEvent): void => {
        const changed = change(event);
        if (changed) listener(changed);
      };
      const changing = typeof listener === 'function' ? hear : listener;
      return inner.subscribePod(ns, service, podId, changing, ...rest);
    },
  }));
}

const unseen = { model: false };

/** The feed and its events. */
export const feedMutants: readonly Mutant[] = [
  events('every event is pushed', (event, count) => (count % 2 ? undefined : event)),
  events('an intent is pushed', (event) => (event.type === 'intent' && event.podId < 9 ? undefined : event)),
  events('a removal is pushed', (event) => (event.type === 'state' && !event.current ? undefined : event)),
  events('an event carries the entry', (event) =>
    event.type === 'state' ? { ...event, current: undefined } : event,
  ),
  events("an event carries the store's time", (event) =>
    event.type === 'missed' ? event : { ...event, storeTime: 0 },
  ),
  events('the sequence is that of the service', (event, count) =>
    event.type === 'missed' ? event : { ...event, sequence: count },
  ),
  events('the sequence has no gaps', (event) =>
    event.type === 'missed' ? event : { ...event, sequence: event.sequence * 2 },
  ),
  feed('nothing comes after the end of a subscription', (inner) => ({
    subscribe: async (...args) => {
      await inner.subscribe(...args);
      return async () => {};
    },
  })),
  feed('a subscription is active when it resolves', (inner) => ({
    subscribe: async (...args) => {
      const late = new Promise<void>((resolve) => setTimeout(resolve, 2));
      const stop = late.then(() => inner.subscribe(...args));
      return async () => (await stop)();
    },
  })),
  feed('a listener gets only events of its service', (inner) => ({
    subscribe: async (ns, service, listener) => {
      const stops = [
        await inner.subscribe(ns, service, listener),
        await inner.subscribe(ns, service === 'room' ? 'lobby' : 'room', listener),
      ];
      return async () => {
        for (const stop of stops) await stop();
      };
    },
  })),
  events('a change of healing is pushed', (event) =>
    event.type === 'state' && event.current?.healing ? undefined : event,
  ),
  events("a service's listeners are notified of a restart", (event) =>
    event.type === 'missed' ? undefined : event,
  ),
  podEvents("a pod's listeners are notified of a restart", (event) =>
    event.type === 'missed' ? undefined : event,
  ),
  podEvents('the owner is notified of the end of its claim', (event) =>
    event.type === 'claimEnded' && event.uid === 'ada' ? undefined : event,
  ),
  podEvents('the event of the end of a claim has its token', (event) =>
    event.type === 'claimEnded' ? { ...event, token: undefined } : event,
  ),
  feed('only the owner is notified of its claims', (inner) => ({
    subscribePod: async (ns, service, podId, listener) => {
      const stops = [
        await inner.subscribePod(ns, service, podId, listener),
        await inner.subscribePod(ns, service, podId === 0 ? 1 : 0, listener),
      ];
      return async () => {
        for (const stop of stops) await stop();
      };
    },
  })),
  feed("nothing comes after the end of a pod's subscription", (inner) => ({
    subscribePod: async (...args) => {
      await inner.subscribePod(...args);
      return async () => {};
    },
  })),
  links(
    'a removal by its token notifies nobody',
    (inner) => ({
      removeLinkedPodWithId: async (ns, uid, service, podId, options) => {
        const link = await inner.getLink(ns, uid, service);
        const isThat = options?.token !== undefined && options.token === link.token;
        return inner.removeLinkedPodWithId(
          ns,
          uid,
          service,
          podId,
          isThat ? { ...options, token: undefined } : options,
        );
      },
    }),
    unseen,
  ),
  links(
    'a removal without a token notifies the owner',
    (inner) => ({
      removeLinkedPod: async (ns, uid, service, options) => {
        const { podId, token } = await inner.getLink(ns, uid, service);
        return podId !== undefined && token !== undefined
          ? inner.removeLinkedPodWithId(ns, uid, service, podId, { ...options, token })
          : inner.removeLinkedPod(ns, uid, service, options);
      },
    }),
    unseen,
  ),
  links(
    'a forced claim of another pod notifies the owner',
    (inner) => ({
      setLinkedPod: async (ns, uid, service, podId, seconds, options) => {
        if (seconds !== PERSIST_FOREVER) return inner.setLinkedPod(ns, uid, service, podId, seconds, options);
        const link = await inner.getLink(ns, uid, service);
        if (uid === 'ada' && link.podId !== undefined && link.token !== undefined) {
          await inner.removeLinkedPodWithId(ns, uid, service, link.podId, { token: link.token });
        }
        const { token } = await inner.setLinkedPod(ns, uid, service, podId, seconds, options);
        return { previous: link.podId, token };
      },
    }),
    unseen,
  ),
  links(
    'a forced claim of the same pod notifies nobody',
    (inner) => ({
      setLinkedPod: async (ns, uid, service, podId, seconds, options) => {
        if (seconds !== PERSIST_FOREVER) return inner.setLinkedPod(ns, uid, service, podId, seconds, options);
        const link = await inner.getLink(ns, uid, service);
        if (link.podId === podId) await inner.removeLinkedPod(ns, uid, service);
        const { token } = await inner.setLinkedPod(ns, uid, service, podId, seconds, options);
        return { previous: link.podId, token };
      },
    }),
    unseen,
  ),
  {
    rule: 'an unchanged heartbeat is not pushed',
    model: false,
    broken: (executors) => ({
      ...executors,
      stateful: {
        ...executors.stateful,
        setServiceState: async (ns, service, podId, report) => {
          const ack = await executors.stateful.setServiceState(ns, service, podId, report);
          if (ack.previous) await executors.server.setPodIntent(ns, service, podId, 'resume');
          return ack;
        },
      },
    }),
  },
  links(
    'a small change of load is not pushed',
    (inner) => ({
      setServiceState: (ns, service, podId, report) =>
        inner.setServiceState(ns, service, podId, { ...report, loadChangeThreshold: 0 }),
    }),
    unseen,
  ),
  links(
    'a large change of load is pushed',
    (inner) => ({
      setServiceState: (ns, service, podId, report) =>
        inner.setServiceState(ns, service, podId, { ...report, loadChangeThreshold: 1e300 }),
    }),
    unseen,
  ),
  links(
    'the threshold of a load is the one reported',
    (inner) => ({
      setServiceState: (ns, service, podId, report) =>
        inner.setServiceState(ns, service, podId, { ...report, loadChangeThreshold: undefined }),
    }),
    unseen,
  ),
  links(
    'a threshold not given is at least 1',
    (inner) => {
      const last = new Map<string, number>();
      return {
        setServiceState: (ns, service, podId, report) => {
          const pod = `${ns} ${service} ${podId}`;
          const tenth = (last.get(pod) ?? 0) / 10;
          last.set(pod, report.loadState);
          return inner.setServiceState(ns, service, podId, { loadChangeThreshold: tenth, ...report });
        },
      };
    },
    unseen,
  ),
];
