import type { LimitedLogger, Unsubscribe } from '@stateful-route/core/adapter';
import type { CallTiming } from '../calls/call-timing.ts';
import { connectionFaultsOf } from '../client/connection-faults.ts';
import { FeedConnection } from './feed-connection.ts';
import type { RedisClient } from '../client/redis-client.ts';
import { UnreadableReply } from '../stored/replies.ts';
import type { Progress, StoreCall } from '../calls/store-call.ts';
import { closedError } from '../calls/store-error.ts';
import { withinDeadline } from '../calls/within-deadline.ts';

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
  readonly #awaited: () => string | undefined;
  readonly #timing: CallTiming;
  readonly #logger: LimitedLogger;
  readonly #subscribers = new Map<string, Set<ChannelSubscriber>>();
  /** Those whose subscription stands. */
  readonly #standing = new WeakSet<ChannelSubscriber>();
  #closed = false;

  constructor(client: RedisClient, timing: CallTiming, logger: LimitedLogger) {
    this.#timing = timing;
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
    this.#awaited = () => connectionFaultsOf(client).awaited;
    this.#connection = new FeedConnection(client, user, logger, timing.clock);
  }

  /**
   * Resolves once the server has confirmed the channel.
   *
   * @param prepare - what the subscriber needs besides, after that and within the call's deadline.
   */
  async subscribe(
    channel: string,
    subscriber: ChannelSubscriber,
    call: StoreCall,
    prepare?: () => Promise<void>,
  ): Promise<Unsubscribe> {
    if (this.#closed) throw closedError();
    this.#add(channel, subscriber);
    try {
      const attempt = async (progress: Progress): Promise<void> => {
        await this.#connection.subscribe(channel, progress);
        await prepare?.();
      };
      await withinDeadline(call, this.#timing, attempt, this.#awaited);
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
    this.#closed = true;
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
