import type { CallOptions, Clock } from '@stateful-route/core';
import type {
  FeedEvent,
  FeedListener,
  LimitedLogger,
  PodFeedListener,
  StateFeed,
  Unsubscribe,
} from '@stateful-route/core/adapter';
import { FeedChannels } from './feed-channels.ts';
import { feedEvent } from './feed-message.ts';
import { eventsChannel, podChannel, stateInfoKey } from '../keys.ts';
import { podFeedEvent } from './pod-feed-message.ts';
import type { Connection } from '../client/connection.ts';
import { type FeedPosition, getFeedPosition } from '../scripts/get-feed-position.ts';
import type { StoreCalls } from '../calls/store-calls.ts';

/** The feed over Redis' channels. All subscriptions share one connection of their own. The arguments have been checked. */
export class RedisStateFeed implements StateFeed {
  readonly #calls: StoreCalls;
  readonly #channels: FeedChannels;

  constructor(connection: Connection, calls: StoreCalls, clock: Clock, logger: LimitedLogger) {
    this.#calls = calls;
    this.#channels = new FeedChannels(connection, calls, clock, logger);
  }

  subscribe(
    namespace: string,
    serviceName: string,
    listener: FeedListener,
    options?: CallOptions,
  ): Promise<Unsubscribe> {
    const subscribe = { name: 'subscribe', options } as const;
    /** The listener gets only events after this one. */
    let since: FeedPosition | undefined;
    const pass = (event: FeedEvent): void => {
      if (event.type !== 'missed') {
        if (!since || !isNews(event, since)) return;
        since = event;
      }
      listener(event);
    };
    const subscriber = {
      receive: (message: string) => pass(feedEvent(message)),
      missed: () => pass({ type: 'missed' }),
    };
    return this.#channels.subscribe(
      eventsChannel(namespace, serviceName),
      subscriber,
      subscribe,
      async () => {
        const info = stateInfoKey(namespace, serviceName);
        since = await this.#calls.run(getFeedPosition, { info }, {}, subscribe);
      },
    );
  }

  subscribePod(
    namespace: string,
    serviceName: string,
    podId: number,
    listener: PodFeedListener,
    options?: CallOptions,
  ): Promise<Unsubscribe> {
    const subscriber = {
      receive: (message: string) => listener(podFeedEvent(message)),
      missed: () => listener({ type: 'missed' }),
    };
    return this.#channels.subscribe(podChannel(namespace, serviceName, podId), subscriber, {
      name: 'subscribePod',
      options,
    });
  }

  /** Ends every subscription. */
  close(): void {
    this.#channels.close();
  }
}

/** In a Cluster an event may reach the feed's node late: after a later subscription, or again after a reconnect. */
function isNews(event: FeedPosition, since: FeedPosition): boolean {
  return event.sequence > since.sequence || event.storeTime > since.storeTime;
}
