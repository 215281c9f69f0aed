import { invalidConfig } from '@stateful-route/core/adapter';
import { isCluster, type RedisClient, type RedisCluster, type RedisConnection } from './redis-client.ts';
import { NoConnection, withoutSecrets } from './client-errors.ts';
import { meaningOf, tlsHint } from './fault-words.ts';

/**
 * Whether an error says that no Sentinel could be reached. It ends an attempt to connect: ioredis begins the next one without
 * the events that end other attempts.
 */
export function isEndOfRound(error: Error): boolean {
  return error.message.startsWith('All sentinels are unreachable');
}

/** Messages of ioredis without a reason: it reports the reason of these connections' end elsewhere. */
const NO_REASON = new RegExp(
  '^(?:Ready check failed: )?(?:' +
    [
      'Connection is closed\\.',
      'Reached the max retries per request limit',
      "Stream isn't writeable",
      'None of startup nodes is available',
      'Failed to refresh slots cache\\.',
    ].join('|') +
    ')',
);

/** The part of ioredis that connects to Sentinels. */
interface SentinelConnector {
  connectToSentinel?: (at: { host?: string; port?: number }, options?: object) => RedisConnection;
}

/** Why a client has no connection: the last error of each address since the client was ready. */
export class ConnectionFaults {
  readonly #client: RedisClient;
  /** By the address that was tried. */
  readonly #errors = new Map<string, Error>();
  #unknown = 0;
  #hasAnswered: boolean;
  readonly #listeners = new Set<(fault: Error | undefined) => void>();

  /** @param hasAnswered - whether the server has replied before: it then speaks the protocol that the client speaks. */
  constructor(client: RedisClient, hasAnswered: boolean = client.status === 'ready') {
    this.#client = client;
    this.#hasAnswered = hasAnswered;
    client.on('ready', () => {
      this.#errors.clear();
      this.#unknown = 0;
      this.#hasAnswered = true;
      for (const listener of this.#listeners) listener(undefined);
    });
    // Without a listener ioredis would print the error with all its fields, passwords among them.
    client.on('error', (error: Error) => {
      this.#noteClient(error);
      this.#report();
    });
    if (isCluster(client)) this.#listenToNodes(client);
    else if (client.options.sentinels) this.#listenToSentinels(client);
  }

  /** Whether the reason is known for each address. */
  get areKnown(): boolean {
    return (
      this.#errors.size > 0 && ![...this.#errors.values()].some(({ message }) => NO_REASON.test(message))
    );
  }

  /** Why a call cannot be sent; `undefined` if the client is ready. */
  get whyNotReady(): string | undefined {
    const client = this.#client;
    if (client.status === 'ready') return undefined;
    if (this.#errors.size > 0) return this.error().message;
    return sentence([`there is no connection to ${addressOf(client)} yet`, this.#hint('ETIMEDOUT')]);
  }

  /** Calls a listener with each fault, and with `undefined` when the client is ready. The returned function ends that. */
  listen(listener: (fault: Error | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The error of a call that cannot be sent.
   *
   * @param comesBack - whether the client will connect again by itself. Default: unless it has ended.
   */
  error({ comesBack = this.#client.status !== 'end' }: { readonly comesBack?: boolean } = {}): Error {
    const address = addressOf(this.#client);
    if (this.#errors.size === 0) {
      if (!comesBack) return new NoConnection('the Redis client has been closed', false, address);
      const words = [`the connection to ${address} was lost`, this.#hint('')];
      return new NoConnection(sentence(words), true, address);
    }
    const tried = [...this.#errors].map(([at, error]) => ({
      at,
      error,
      meaning: meaningOf(wordsOf(error), this.#hasAnswered),
    }));
    const reasons = tried.map(({ at, error }) => `${at} (${wordsOf(error)})`).join(', ');
    // Name the fault that somebody has to fix before one that passes by itself.
    const { error, meaning } = tried.find((one) => !one.meaning.transient) ?? tried[0]!;
    const message = sentence([`no connection to ${reasons}`, meaning.advice, this.#hint(wordsOf(error))]);
    if (tried.some((one) => one.meaning.wrongClient))
      return invalidConfig([{ name: 'client', problem: message }]);
    const transient = comesBack && tried.some((one) => one.meaning.transient);
    return new NoConnection(message, transient, address, error);
  }

  /** A hint that TLS may be missing on one side; none for a server that has replied before. */
  #hint(words: string): string | undefined {
    if (this.#hasAnswered || isCluster(this.#client)) return undefined;
    return tlsHint(words, this.#client.options.tls !== undefined);
  }

  #noteClient(error: Error): void {
    const address = addressOf(this.#client);
    if (isEndOfRound(error)) this.#errors.delete(address);
    else if (!NO_REASON.test(error.message)) {
      // A Sentinel has replied, so the faults of the other Sentinels are not the reason.
      if (!isCluster(this.#client)) this.#errors.clear();
      this.#note(address, error);
    }
  }

  #note(at: string, error: unknown): void {
    const known = this.#errors.get(at);
    const clean = withoutSecrets(error);
    // The known reason says more than "connection closed".
    if (known && NO_REASON.test(clean.message)) return;
    this.#errors.set(at, clean);
  }

  #report(): void {
    // The reason often follows the first report, or comes with the next attempt.
    if (this.#errors.size === 0 || (!this.areKnown && this.#unknown++ === 0)) return;
    const fault = this.error();
    for (const listener of this.#listeners) listener(fault);
  }

  /** ioredis does not report why it could not connect to a Sentinel. */
  #listenToSentinels(client: RedisConnection): void {
    client.on('sentinelError', (error: Error) => this.#noteSentinel(error));
    const { connector } = client as { readonly connector?: SentinelConnector };
    const connect = connector?.connectToSentinel?.bind(connector);
    if (!connector || !connect) return;
    connector.connectToSentinel = (at, options) => {
      const asking = connect(at, options);
      asking.on('error', (error: Error) => this.#note(`Sentinel ${at.host}:${at.port}`, error));
      return asking;
    };
  }

  #noteSentinel(error: Error): void {
    const [, at, reason = ''] =
      /sentinel (\S+) (?:successfully, but got|because) (.*)/s.exec(error.message) ?? [];
    if (at === undefined) this.#note('the Sentinels', error);
    else if (/invalid reply: null/.test(reason)) {
      const { name } = (this.#client as RedisConnection).options;
      this.#note(`Sentinel ${at}`, new Error(`no Sentinel knows a master "${name}"`));
    } else this.#note(`Sentinel ${at}`, new Error(reason));
  }

  /** ioredis reads a Cluster's slots from each node over a connection of its own, and does not report its errors. */
  #listenToNodes(cluster: RedisCluster): void {
    const listenToNode = (node: RedisConnection): void => {
      const duplicate = node.duplicate.bind(node);
      node.duplicate = (override) => {
        const asking = duplicate(override);
        asking.on('error', (error: Error) => this.#noteNode(node, error));
        return asking;
      };
      node.on('error', (error: Error) => this.#noteNode(node, error));
    };
    for (const node of cluster.nodes()) listenToNode(node);
    cluster.on('+node', listenToNode);
    cluster.on('node error', (error: Error, at: string) => {
      if (cluster.status !== 'ready') this.#note(at, error);
    });
    // ioredis reports an unknown host only to the caller of `connect`, and by no event.
    const connect = cluster.connect.bind(cluster);
    cluster.connect = (...args) => {
      const attempt = connect(...args);
      attempt.catch((error: Error) => {
        if (cluster.status === 'ready' || NO_REASON.test(error.message)) return;
        this.#note(addressOf(cluster), error);
        this.#report();
      });
      return attempt;
    };
  }

  /** While the Cluster is ready, a node that is down is no reason. */
  #noteNode(node: RedisConnection, error: Error): void {
    if (isCluster(this.#client) && this.#client.status !== 'ready') this.#note(addressOf(node), error);
  }
}

const byClient = new WeakMap<RedisClient, ConnectionFaults>();

/** The faults of a client. All executors on it share them. */
export function connectionFaultsOf(client: RedisClient): ConnectionFaults {
  const known = byClient.get(client);
  if (known) return known;
  const faults = new ConnectionFaults(client);
  byClient.set(client, faults);
  return faults;
}

/** The address that a client connects to, for messages. */
export function addressOf(client: RedisClient): string {
  if (isCluster(client)) {
    const { startupNodes = [] } = client as { readonly startupNodes?: readonly unknown[] };
    return `the Cluster at ${startupNodes.map(nodeAddress).join(', ')}`;
  }
  const { sentinels, name, path, host, port } = client.options;
  if (sentinels) return `the master "${name}"`;
  return path ?? `${host}:${port}`;
}

/** Only the host and port: an address may hold a password. */
function nodeAddress(node: unknown): string {
  if (typeof node === 'string') return URL.canParse(node) ? new URL(node).host : 'a node';
  const { host = '127.0.0.1', port = 6_379 } = Object(node) as {
    readonly host?: unknown;
    readonly port?: unknown;
  };
  return `${String(host)}:${String(port)}`;
}

/** An error's message, with Node's code if the message lacks it. */
function wordsOf(error: Error): string {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && !error.message.includes(code)
    ? `${code}: ${error.message}`
    : error.message;
}

function sentence(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join('; ');
}
