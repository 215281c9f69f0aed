import type { Clock } from '@stateful-route/core';
import type { LimitedLogger, Unsubscribe } from '@stateful-route/core/adapter';
import type { Operation } from '../calls/operation.ts';
import type { StoreCalls } from '../calls/store-calls.ts';
import type { Connection } from '../client/connection.ts';
import { FeedConnection } from './feed-connection.ts';
import { UnreadableReply } from '../stored/replies.ts';

/** One call of a method that subscribes. */
export interface ChannelSubscriber {
  /** Takes a message; throws `UnreadableReply` where it cannot be read. */
  receive(message: string): void;
  /** Messages may have been lost. */
  missed(): void;
}

/** The channels that somebody listens to, and who. */
export class FeedChannels {
  readonly #connection: FeedConnection;
  readonly #calls: StoreCalls;
  readonly #logger: LimitedLogger;
  readonly #subscribers = new Map<string, Set<ChannelSubscriber>>();
  /** Those whose subscription stands. */
  readonly #standing = new WeakSet<ChannelSubscriber>();

  constructor(connection: Connection, calls: StoreCalls, clock: Clock, logger: LimitedLogger) {
    this.#calls = calls;
    this.#logger = logger;
    const user = {
      message: (channel: string, message: string) => this.#receive(channel, message),
      channels: () => [...this.#subscribers.keys()],
      restored: () => {
        for (const [channel, subscribers] of this.#subscribers) {
          for (const subscriber of subscribers) this.#tell(channel, subscriber, () => subscriber.missed());
        }
      },
    };
    this.#connection = new FeedConnection(connection, user, logger, clock);
  }

  /**
   * Resolves once the server has confirmed the channel.
   *
   * @param prepare - what the subscriber needs besides, after that and within the call's deadline.
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
    this.#standing.add(subscriber);
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
      this.#tell(channel, subscriber, () => subscriber.receive(message));
    }
  }

  #tell(channel: string, subscriber: ChannelSubscriber, tell: () => void): void {
    if (!this.#standing.has(subscriber)) return;
    try {
      tell();
    } catch (error) {
      if (error instanceof UnreadableReply) {
        this.#logger.warn(
          { err: error, channel },
          'An event cannot be read; its reader is told to read again',
        );
        this.#tell(channel, subscriber, () => subscriber.missed());
      } else {
        this.#logger.error({ err: error, channel }, 'A listener of the feed threw');
      }
    }
  }
}
