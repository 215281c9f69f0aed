/**
 * The options of a connection that the adapter checks. They fit those of any copy of `ioredis` 5 and 6, and of clients made
 * from it.
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

/** Like {@link RedisConnectionOptions}, for a Cluster. */
export interface RedisClusterOptions {
  readonly keyPrefix?: string | undefined;
  readonly scaleReads?: unknown;
  readonly enableOfflineQueue?: boolean | undefined;
  readonly enableAutoPipelining?: boolean | undefined;
  readonly retryDelayOnFailover?: number | undefined;
  readonly redisOptions?: RedisConnectionOptions | undefined;
}

/** The part that a connection and a Cluster have in common. */
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
  call(command: string, ...args: string[]): Promise<unknown>;
  xrange(key: string, from: string, to: string, count: 'COUNT', limit: number): Promise<unknown>;
  xrevrange(key: string, from: string, to: string, count: 'COUNT', limit: number): Promise<unknown>;
}

// oxlint-disable-next-line typescript/no-explicit-any -- each event has arguments of its own
type Listener = (...args: any[]) => void;

/** A command on its way to a server. */
export interface SentCommand {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly promise: Promise<unknown>;
  reject(error: Error): void;
  getKeys(): readonly unknown[];
}

/** The stream that a command is written to. */
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

/** A connection to one server, or to the master that Sentinels name: the part of ioredis' `Redis` that the adapter uses. */
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

/** A connection to all servers of a Cluster: the part of ioredis' `Cluster` that the adapter uses. */
export interface RedisCluster extends Client {
  readonly options: RedisClusterOptions;
  readonly slots: readonly (readonly string[])[];
  nodes(role?: 'master'): RedisConnection[];
  refreshSlotsCache(): void;
}

/**
 * A client, by the parts that the adapter uses: one of any copy of `ioredis` 6, or 5 from 5.4.1 on. A client made from
 * `ioredis`, such as `iovalkey`, fits too.
 */
export type RedisClient = RedisConnection | RedisCluster;

/** Checks a property, not the class: the user's copy of ioredis may be another than the adapter's. */
export function isCluster(client: RedisClient): client is RedisCluster {
  return client.isCluster;
}
