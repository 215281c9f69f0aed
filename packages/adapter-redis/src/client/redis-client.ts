/**
 * The options of a connection that the adapter judges. Those of `ioredis` 5 and 6, of any copy of it, and of clients made
 * from it fit.
 */
export interface RedisConnectionOptions {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly path?: string | undefined;
  readonly connectionName?: string | undefined;
  readonly db?: unknown;
  readonly keyPrefix?: string | undefined;
  readonly replyMapping?: string | undefined;
  readonly readOnly?: boolean | undefined;
  readonly role?: string | undefined;
  readonly tls?: { readonly rejectUnauthorized?: boolean | undefined } | undefined;
  readonly sentinels?: readonly object[] | undefined;
  readonly name?: string | undefined;
  readonly sentinelTLS?: object | undefined;
  readonly enableTLSForSentinelMode?: boolean | undefined;
  readonly failoverDetector?: boolean | undefined;
  readonly sentinelRetryStrategy?: ((attempt: number) => number | void | null) | null | undefined;
  readonly enableOfflineQueue?: boolean | undefined;
  readonly enableAutoPipelining?: boolean | undefined;
  readonly maxRetriesPerRequest?: number | null | undefined;
  readonly autoResendUnfulfilledCommands?: boolean | undefined;
  readonly reconnectOnError?: ((error: Error) => boolean | 1 | 2) | null | undefined;
  readonly socketTimeout?: number | undefined;
  readonly commandTimeout?: number | undefined;
  readonly enableReadyCheck?: boolean | undefined;
  readonly maxLoadingRetryTime?: number | undefined;
}

/** As {@link RedisConnectionOptions}, of a Cluster. */
export interface RedisClusterOptions {
  readonly keyPrefix?: string | undefined;
  readonly scaleReads?: unknown;
  readonly enableOfflineQueue?: boolean | undefined;
  readonly enableAutoPipelining?: boolean | undefined;
  readonly retryDelayOnFailover?: number | undefined;
  readonly redisOptions?: RedisConnectionOptions | undefined;
}

/** What a connection and a Cluster have in common. */
interface Client {
  readonly status: string;
  readonly isCluster: boolean;
  connect(): Promise<void>;
  disconnect(reconnect?: boolean): void;
  quit(): Promise<unknown>;
  on(event: string, listener: Listener): this;
  off(event: string, listener: Listener): this;
  defineCommand(name: string, definition: { lua: string }): void;
  get(key: string): Promise<string | null>;
  hgetall(key: string): Promise<unknown>;
  hkeys(key: string): Promise<unknown>;
  hscan(key: string, cursor: string, count: 'COUNT', limit: number): Promise<unknown>;
  pipeline(): RedisPipeline;
}

// oxlint-disable-next-line typescript/no-explicit-any -- what an event tells is different for each
type Listener = (...told: any[]) => void;

/** Commands that are sent together. */
export interface RedisPipeline {
  get(key: string): unknown;
  exec(): Promise<[Error | null, unknown][] | null>;
}

/** A command on its way to a server. */
export interface SentCommand {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly promise: Promise<unknown>;
  reject(error: Error): void;
  getKeys(): readonly unknown[];
}

/** What a command is written to. */
export interface CommandStream {
  write(data: string): unknown;
}

/** The socket of a connection. */
export interface ConnectionStream extends CommandStream {
  readonly writable: boolean;
  destroy(error?: Error): unknown;
  once(event: 'data', listener: () => void): unknown;
  off(event: 'data', listener: () => void): unknown;
}

/** A connection to one server, also to the one that Sentinels name: what the adapter uses of a `Redis` of `ioredis`. */
export interface RedisConnection extends Client {
  readonly options: RedisConnectionOptions;
  readonly stream: ConnectionStream;
  sendCommand(command: SentCommand, stream?: CommandStream): unknown;
  once(event: string, listener: Listener): this;
  asking(): Promise<unknown>;
  info(): Promise<unknown>;
  ping(): Promise<unknown>;
  subscribe(...channels: string[]): Promise<unknown>;
  unsubscribe(...channels: string[]): Promise<unknown>;
  duplicate(override: object): RedisConnection;
}

/** A connection to all servers of a Cluster: what the adapter uses of a `Cluster` of `ioredis`. */
export interface RedisCluster extends Client {
  readonly options: RedisClusterOptions;
  readonly slots: readonly (readonly string[])[];
  nodes(role?: 'master'): RedisConnection[];
  refreshSlotsCache(): void;
}

/**
 * A client, by what the adapter uses of it: one of `ioredis` 6, or of 5 from 5.4.1 on, whichever copy of it. A client that
 * was made from `ioredis`, such as `iovalkey`, fits as well.
 */
export type RedisClient = RedisConnection | RedisCluster;

/** Told by a property and not by class: the user's copy of ioredis need not be the one that is found from here. */
export function isCluster(client: RedisClient): client is RedisCluster {
  return client.isCluster;
}
