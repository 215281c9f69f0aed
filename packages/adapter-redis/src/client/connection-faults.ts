import { invalidConfig } from '@stateful-route/core/adapter';
import { isCluster, type RedisClient, type RedisCluster, type RedisConnection } from './redis-client.ts';
import { NoConnection, withoutSecrets } from './client-errors.ts';
import { meaningOf, tlsHint } from './fault-words.ts';

/**
 * Whether every Sentinel was asked in vain. That ends an attempt: ioredis begins another one without the events which end
 * others.
 */
export function isEndOfRound(error: Error): boolean {
  return error.message.startsWith('All sentinels are unreachable');
}

/** What ioredis says of a connection that ended for a reason which it tells elsewhere. */
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

/** What ioredis asks Sentinels with. */
interface SentinelConnector {
  connectToSentinel?: (at: { host?: string; port?: number }, options?: object) => RedisConnection;
}

/** Why a client has no connection: the last error from each place since the client was ready. */
export class ConnectionFaults {
  readonly #client: RedisClient;
  /** By the address that was tried. */
  readonly #errors = new Map<string, Error>();
  #unknown = 0;
  #hasAnswered: boolean;
  readonly #listeners = new Set<(fault: Error | undefined) => void>();

  /** @param hasAnswered - whether the servers are known to be what the client takes them for. */
  constructor(client: RedisClient, hasAnswered: boolean = client.status === 'ready') {
    this.#client = client;
    this.#hasAnswered = hasAnswered;
    client.on('ready', () => {
      this.#errors.clear();
      this.#unknown = 0;
      this.#hasAnswered = true;
      for (const listener of this.#listeners) listener(undefined);
    });
    // ioredis prints an error event that has no listener, with all that the error holds.
    client.on('error', (error: Error) => {
      this.#noteClient(error);
      this.#tell();
    });
    if (isCluster(client)) this.#listenToNodes(client);
    else if (client.options.sentinels) this.#listenToSentinels(client);
  }

  /** Whether it is known why, of each place. */
  get areKnown(): boolean {
    return (
      this.#errors.size > 0 && ![...this.#errors.values()].some(({ message }) => NO_REASON.test(message))
    );
  }

  /** What a call waits for that was not sent yet; `undefined`: there is a connection. */
  get whyNotReady(): string | undefined {
    const client = this.#client;
    if (client.status === 'ready') return undefined;
    if (this.#errors.size > 0) return this.error().message;
    return sentence([`there is no connection to ${addressOf(client)} yet`, this.#hint('ETIMEDOUT')]);
  }

  /** Calls a listener with each fault that is met, and with `undefined` when the client is ready. */
  listen(listener: (fault: Error | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The error of a call that cannot be sent.
   *
   * @param comesBack - whether another attempt will be made by itself. Default: as long as the client has not ended.
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
    // A fault that somebody has to mend is the one to name.
    const { error, meaning } = tried.find((one) => !one.meaning.transient) ?? tried[0]!;
    const message = sentence([`no connection to ${reasons}`, meaning.advice, this.#hint(wordsOf(error))]);
    if (tried.some((one) => one.meaning.wrongClient))
      return invalidConfig([{ name: 'client', problem: message }]);
    const transient = comesBack && tried.some((one) => one.meaning.transient);
    return new NoConnection(message, transient, address, error);
  }

  /** A server that has answered before speaks what the client speaks. */
  #hint(words: string): string | undefined {
    if (this.#hasAnswered || isCluster(this.#client)) return undefined;
    return tlsHint(words, this.#client.options.tls !== undefined);
  }

  #noteClient(error: Error): void {
    const address = addressOf(this.#client);
    if (isEndOfRound(error)) this.#errors.delete(address);
    else if (!NO_REASON.test(error.message)) {
      // One of the Sentinels has answered: what the others failed with is no reason.
      if (!isCluster(this.#client)) this.#errors.clear();
      this.#note(address, error);
    }
  }

  #note(at: string, error: unknown): void {
    const known = this.#errors.get(at);
    const clean = withoutSecrets(error);
    // The reason that is known says more than "connection closed".
    if (known && NO_REASON.test(clean.message)) return;
    this.#errors.set(at, clean);
  }

  #tell(): void {
    // A reason often comes after the news, or with the next attempt.
    if (this.#errors.size === 0 || (!this.areKnown && this.#unknown++ === 0)) return;
    const fault = this.error();
    for (const listener of this.#listeners) listener(fault);
  }

  /** ioredis keeps to itself why it could not connect to a Sentinel. */
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

  /** A Cluster asks each of its nodes over a connection of its own, whose errors it keeps to itself. */
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
    // A host that nobody knows is told to whoever called this, and otherwise by no event.
    const connect = cluster.connect.bind(cluster);
    cluster.connect = (...args) => {
      const attempt = connect(...args);
      attempt.catch((error: Error) => {
        if (cluster.status === 'ready' || NO_REASON.test(error.message)) return;
        this.#note(addressOf(cluster), error);
        this.#tell();
      });
      return attempt;
    };
  }

  /** One node that is down is not the Cluster. */
  #noteNode(node: RedisConnection, error: Error): void {
    if (isCluster(this.#client) && this.#client.status !== 'ready') this.#note(addressOf(node), error);
  }
}

const byClient = new WeakMap<RedisClient, ConnectionFaults>();

/** Those of a client, which all executors on it share. */
export function connectionFaultsOf(client: RedisClient): ConnectionFaults {
  const known = byClient.get(client);
  if (known) return known;
  const faults = new ConnectionFaults(client);
  byClient.set(client, faults);
  return faults;
}

/** Where a client connects to, for people. */
export function addressOf(client: RedisClient): string {
  if (isCluster(client)) {
    const { startupNodes = [] } = client as { readonly startupNodes?: readonly unknown[] };
    return `the Cluster at ${startupNodes.map(nodeAddress).join(', ')}`;
  }
  const { sentinels, name, path, host, port } = client.options;
  if (sentinels) return `the master "${name}"`;
  return path ?? `${host}:${port}`;
}

/** An address may hold a password: its host and port alone. */
function nodeAddress(node: unknown): string {
  if (typeof node === 'string') return URL.canParse(node) ? new URL(node).host : 'a node';
  const { host = '127.0.0.1', port = 6_379 } = Object(node) as {
    readonly host?: unknown;
    readonly port?: unknown;
  };
  return `${String(host)}:${String(port)}`;
}

/** What an error says, with the code that Node gave it where the message lacks that. */
function wordsOf(error: Error): string {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && !error.message.includes(code)
    ? `${code}: ${error.message}`
    : error.message;
}

function sentence(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join('; ');
}
