import type { FeedEvent, Unsubscribe } from '@stateful-route/core/adapter';
import type { Store } from './suite.ts';

/** An event of a pod, as opposed to `missed`. */
export type PodEvent = Exclude<FeedEvent, { type: 'missed' }>;

/** A subscription whose events are read as a list. */
export interface FeedReader {
  /** Waits for this many events, and returns all so far. */
  events(count: number): Promise<readonly PodEvent[]>;
  /**
   * All events so far. It publishes an event of its own, waits for that, and leaves it out, so that "no event" needs no
   * timeout.
   */
  all(): Promise<readonly PodEvent[]>;
  readonly stop: Unsubscribe;
}

const MARK = 2_000_000_000;

/** Subscribes to a service's events. Each reader of a service has its own end mark. */
export async function readFeed(
  { feed, server, ns, eventually }: Store,
  serviceName = 'room',
  reader = 0,
): Promise<FeedReader> {
  const received: PodEvent[] = [];
  const stop = await feed.subscribe(ns, serviceName, (event) => {
    if (event.type !== 'missed') received.push(event);
  });
  const podId = MARK + reader;
  return {
    events: async (count) => {
      await eventually(() => received.length >= count);
      return [...received];
    },
    all: async () => {
      await server.setPodIntent(ns, serviceName, podId, 'drain');
      await eventually(() => received.some((event) => event.podId === podId));
      return received.splice(0).filter((event) => event.podId !== podId);
    },
    stop,
  };
}
