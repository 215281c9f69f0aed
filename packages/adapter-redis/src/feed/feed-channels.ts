import type { Clock } from '@stateful-route/core';
import type { LimitedLogger, Unsubscribe } from '@stateful-route/core/adapter';
import type { Operation } from '../calls/operation.ts';
import type { StoreCalls } from '../calls/store-calls.ts';
import type { Connection } from '../client/connection.ts';
import { FeedConnection } from './feed-connection.ts';
import { UnreadableReply } from '../stored/replies.ts';

/** One subscription of a caller. */
export interface ChannelSubscriber {
  /** Handles a message. Throws `UnreadableReply` if it cannot be read. */
  receive(message: string): void;
  /** Messages may have been lost. */
  missed(): void;
}

/** The subscribed channels and their subscribers. */
export class FeedChannels {
  readonly #connection: FeedConnection;
  readonly #calls: StoreCalls;
  readonly #logger: LimitedLogger;
  readonly #subscribers = new Map<string, Set<ChannelSubscriber>>();
  /** Those whose subscription the server has confirmed. */
  readonly #confirmed = new WeakSet<ChannelSubscriber>();

  constructor(connection: Connection, calls: StoreCalls, clock: Clock, logger: LimitedLogger) {
    this.#calls = calls;
    this.#logger = logger;
    const user = {
      message: (channel: string, message: string) => this.#receive(channel, message),
      channels: () => [...this.#subscribers.keys()],
      restored: () => {
        for (const [channel, subscribers] of this.#subscribers) {
          for (const subscriber of subscribers) this.#deliver(channel, subscriber, () => subscriber.missed());
        }
      },
    };
    this.#connection = new FeedConnection(connection, user, logger, clock);
  }

  /**
   * Resolves once the server has confirmed the channel.
   *
   * @param prepare - is called after that, within the call's deadline.
   */
  async subscribe(
    channel: string,
    subscriber: ChannelSubscriber,
    operation: Operation,
    prepare?: () => Promise<void>,
  ): Promise<Unsubscribe> {
    this.#add(channel, subscriber);
    try {
      await this.#calls.within(operation, async (call) => {
        await this.#connection.subscribe(channel, call);
        await prepare?.();
      });
    } catch (error) {
      this.#remove(channel, subscriber);
      throw error;
    }
    this.#confirmed.add(subscriber);
    return () => {
      this.#remove(channel, subscriber);
      return Promise.resolve();
    };
  }

  /** Ends every subscription. */
  close(): void {
    for (const subscribers of this.#subscribers.values()) subscribers.clear();
    this.#subscribers.clear();
    this.#connection.close();
  }

  #add(channel: string, subscriber: ChannelSubscriber): void {
    const subscribers = this.#subscribers.get(channel);
    if (subscribers) subscribers.add(subscriber);
    else this.#subscribers.set(channel, new Set([subscriber]));
  }

  #remove(channel: string, subscriber: ChannelSubscriber): void {
    const subscribers = this.#subscribers.get(channel);
    if (!subscribers?.delete(subscriber) || subscribers.size > 0) return;
    this.#subscribers.delete(channel);
    this.#connection.unsubscribe(channel);
  }

  #receive(channel: string, message: string): void {
    for (const subscriber of this.#subscribers.get(channel) ?? []) {
      this.#deliver(channel, subscriber, () => subscriber.receive(message));
    }
  }

  #deliver(channel: string, subscriber: ChannelSubscriber, deliver: () => void): void {
    if (!this.#confirmed.has(subscriber)) return;
    try {
      deliver();
    } catch (error) {
      if (error instanceof UnreadableReply) {
        this.#logger.warn(
          { err: error, channel },
          'An event of the feed cannot be read; its listener is told to read the state again',
        );
        this.#deliver(channel, subscriber, () => subscriber.missed());
      } else {
        this.#logger.error({ err: error, channel }, 'A listener of the feed threw');
      }
    }
  }
}
