import {
  type CallOptions,
  type FeedEvent,
  type FeedListener,
  type Logger,
  type StateFeed,
  type Unsubscribe,
} from '@stateful-route/core';
import { FeedConnection } from './feed-connection.ts';
import { feedEvent } from './feed-message.ts';
import { eventsChannel, stateInfoKey } from './keys.ts';
import type { RedisClient } from './redis-client.ts';
import { type FeedPosition, getFeedPosition } from './scripts/get-feed-position.ts';
import { storeCall } from './store-call.ts';
import type { StoreClient } from './store-client.ts';
import { closedError } from './store-error.ts';
import { withinDeadline } from './within-deadline.ts';

/** One call of `subscribe`. */
interface Subscriber {
  readonly listener: FeedListener;
  /** Where the service's events stand for it; `undefined` while the server has not confirmed its channel. */
  since: FeedPosition | undefined;
}

/** Push over Redis' channels, on a connection of its own for all subscriptions. Arguments come checked. */
export class RedisStateFeed implements StateFeed {
  readonly #connection: FeedConnection;
  readonly #store: StoreClient;
  readonly #timeoutMs: number;
  readonly #logger: Logger;
  readonly #subscribers = new Map<string, Set<Subscriber>>();
  #closed = false;

  constructor(client: RedisClient, store: StoreClient, timeoutMs: number, logger: Logger) {
    this.#store = store;
    this.#timeoutMs = timeoutMs;
    this.#logger = logger;
    const user = {
      message: (channel: string, message: string) => this.#receive(channel, message),
      channels: () => [...this.#subscribers.keys()],
      restored: () => {
        for (const channel of this.#subscribers.keys()) this.#tell(channel, { type: 'missed' });
      },
    };
    this.#connection = new FeedConnection(client, user, logger);
  }

  async subscribe(
    namespace: string,
    serviceName: string,
    listener: FeedListener,
    options?: CallOptions,
  ): Promise<Unsubscribe> {
    if (this.#closed) throw closedError();
    const channel = eventsChannel(namespace, serviceName);
    const subscriber: Subscriber = { listener, since: undefined };
    const call = storeCall('subscribe', 'read', options);
    this.#add(channel, subscriber);
    try {
      subscriber.since = await withinDeadline(call, this.#timeoutMs, async (progress) => {
        await this.#connection.subscribe(channel, progress);
        return this.#store.run(getFeedPosition, { info: stateInfoKey(namespace, serviceName) }, {}, call);
      });
    } catch (error) {
      this.#remove(channel, subscriber);
      throw error;
    }
    return () => {
      this.#remove(channel, subscriber);
      return Promise.resolve();
    };
  }

  /** Ends every subscription. */
  close(): void {
    this.#closed = true;
    for (const subscribers of this.#subscribers.values()) subscribers.clear();
    this.#subscribers.clear();
    this.#connection.close();
  }

  #add(channel: string, subscriber: Subscriber): void {
    const subscribers = this.#subscribers.get(channel);
    if (subscribers) subscribers.add(subscriber);
    else this.#subscribers.set(channel, new Set([subscriber]));
  }

  #remove(channel: string, subscriber: Subscriber): void {
    subscriber.since = undefined;
    const subscribers = this.#subscribers.get(channel);
    if (!subscribers?.delete(subscriber) || subscribers.size > 0) return;
    this.#subscribers.delete(channel);
    this.#connection.unsubscribe(channel);
  }

  #receive(channel: string, message: string): void {
    let event: FeedEvent;
    try {
      event = feedEvent(message);
    } catch (error) {
      this.#logger.warn(
        { err: error, channel },
        'An event cannot be read; its readers are told to read again',
      );
      event = { type: 'missed' };
    }
    this.#tell(channel, event);
  }

  #tell(channel: string, event: FeedEvent): void {
    for (const subscriber of this.#subscribers.get(channel) ?? []) {
      if (!subscriber.since) continue;
      if (event.type !== 'missed') {
        if (!isNews(event, subscriber.since)) continue;
        subscriber.since = event;
      }
      try {
        subscriber.listener(event);
      } catch (error) {
        this.#logger.error({ err: error, channel }, 'A listener of the feed threw');
      }
    }
  }
}

/** In a cluster an event may reach the feed's node late: after a later subscription, or again after a reconnect. */
function isNews(event: FeedPosition, since: FeedPosition): boolean {
  return event.sequence > since.sequence || event.storeTime > since.storeTime;
}
