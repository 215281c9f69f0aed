import type { CancelTimer, Clock } from '@stateful-route/core';
import type { LimitedLogger } from '@stateful-route/core/adapter';
import { ConnectionFaults } from '../client/connection-faults.ts';
import type { Connection } from '../client/connection.ts';
import { readBeforeSocketTimeout } from '../client/socket-timeout.ts';
import { isCluster, type RedisClient, type RedisConnection } from '../client/redis-client.ts';
import { LOADING_RETRY_MS, reconnectDelayMs } from '../client/safe-options.ts';
import { NoConnection } from '../client/client-errors.ts';

/** How often a connection without other traffic is pinged. */
const PING_EVERY_MS = 3_000;

const CANNOT_RECONNECT = 'The feed cannot reconnect yet';

/** The part of the feed that its connection calls. */
export interface FeedConnectionUser {
  message(channel: string, message: string): void;
  /** The channels to subscribe to after a reconnect. */
  channels(): readonly string[];
  /** The connection is subscribed to them again. Messages may have been lost. */
  restored(): void;
}

/**
 * One connection for subscriptions, opened at first use. While there is a channel to listen to, a lost connection is replaced,
 * perhaps by one to another server.
 */
export class FeedConnection {
  readonly #client: Connection;
  readonly #user: FeedConnectionUser;
  readonly #logger: LimitedLogger;
  readonly #clock: Clock;
  readonly #pingEveryMs: number;
  #current: RedisConnection | undefined;
  #opening: Promise<RedisConnection> | undefined;
  #cancelRetry: CancelTimer | undefined;
  #failures = 0;
  #closed = false;

  constructor(
    client: Connection,
    user: FeedConnectionUser,
    logger: LimitedLogger,
    clock: Clock,
    pingEveryMs: number = PING_EVERY_MS,
  ) {
    this.#client = client;
    this.#user = user;
    this.#logger = logger;
    this.#clock = clock;
    this.#pingEveryMs = pingEveryMs;
  }

  /** Resolves once the server has confirmed the channel; rejects when the next attempt to connect fails. */
  async subscribe(channel: string, call: { readonly over: boolean }): Promise<void> {
    const connection = this.#current ?? (await this.#open());
    if (!call.over) await connection.subscribe(channel);
  }

  /** Ends the subscription to a channel, if there is a connection. */
  unsubscribe(channel: string): void {
    this.#current?.unsubscribe(channel).catch(() => {});
  }

  /** Ends the connection permanently. */
  close(): void {
    this.#closed = true;
    this.#cancelRetry?.();
    this.#current?.disconnect();
  }

  #open(): Promise<RedisConnection> {
    this.#cancelRetry?.();
    return (this.#opening ??= this.#connect().finally(() => {
      this.#opening = undefined;
    }));
  }

  async #connect(): Promise<RedisConnection> {
    let connection: RedisConnection | undefined;
    let faults: ConnectionFaults | undefined;
    try {
      await this.#client.ready();
      connection = subscriberFor(this.#client.client);
      readBeforeSocketTimeout(connection);
      faults = new ConnectionFaults(connection, true);
      connection.on('message', (channel, message) => this.#user.message(channel, message));
      await connection.connect();
      const channels = this.#user.channels();
      if (channels.length > 0) await connection.subscribe(...channels);
      if (this.#closed) throw new NoConnection('the feed has been closed', false);
    } catch (error) {
      connection?.disconnect();
      this.#failures += 1;
      this.#reconnectLater();
      // A refusal by the server is classified by its code, as for any call.
      if (!faults || error instanceof NoConnection || isRefusal(error)) throw error;
      throw faults.error({ comesBack: true });
    }
    this.#failures = 0;
    this.#logger.over({}, CANNOT_RECONNECT, 'The feed is connected again');
    this.#watch(connection);
    this.#user.restored();
    return connection;
  }

  #watch(connection: RedisConnection): void {
    this.#current = connection;
    // Without traffic a dead connection looks like a quiet one. A ping without a reply lets the socket's timeout end it.
    const ping = setInterval(() => {
      connection.ping().catch(() => {});
    }, this.#pingEveryMs).unref();
    connection.once('close', () => {
      clearInterval(ping);
      this.#current = undefined;
      this.#reconnectLater();
    });
  }

  #reconnectLater(): void {
    if (this.#closed) return;
    this.#cancelRetry = this.#clock.setTimeout(() => {
      if (this.#user.channels().length === 0) return;
      this.#open().catch((error: unknown) => {
        if (!this.#closed) this.#logger.warn({ err: error }, CANNOT_RECONNECT);
      });
    }, reconnectDelayMs(this.#failures));
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}

/** A connection like the client's, for subscriptions. In a Cluster messages reach any node. It does not reconnect by itself. */
function subscriberFor(client: RedisClient): RedisConnection {
  const nodes = isCluster(client) ? client.nodes() : [client];
  const reached = nodes.filter(({ status }) => status === 'ready');
  const candidates = reached.length > 0 ? reached : nodes;
  const node = candidates[Math.floor(Math.random() * candidates.length)];
  if (!node) throw new NoConnection('the Cluster has no node to subscribe at', true);
  return node.duplicate({
    lazyConnect: true,
    connectionName: `${node.options.connectionName ?? 'stateful-route'}:feed`,
    connectTimeout: 1_000,
    // Pings have no deadline, and no command on this connection writes: it gives a silent server up sooner than a call does.
    socketTimeout: 1_500,
    maxLoadingRetryTime: LOADING_RETRY_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: null,
    sentinelRetryStrategy: () => null,
  });
}
