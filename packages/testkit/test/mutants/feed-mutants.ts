import type { FeedEvent } from '@stateful-route/core';
import { feed, links, type Mutant } from './mutant.ts';

/** A feed whose events are changed, or dropped, on their way. */
function events(rule: string, change: (event: FeedEvent, count: number) => FeedEvent | undefined): Mutant {
  return feed(rule, (inner) => ({
    subscribe: (ns, service, listener) => {
      let count = 0;
      return inner.subscribe(ns, service, (event) => {
        const changed = change(event, count++);
        if (changed) listener(changed);
      });
    },
  }));
}

const unseen = { model: false };

/** The feed, and what it is told. */
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
  feed('a subscription stands when it is acknowledged', (inner) => ({
    subscribe: async (...args) => {
      const late = new Promise<void>((resolve) => setTimeout(resolve, 2));
      const stop = late.then(() => inner.subscribe(...args));
      return async () => (await stop)();
    },
  })),
  feed('only its own service is heard', (inner) => ({
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
