import { dropAskingRejections } from './asking-rejections.ts';
import { NoConnection, StaleEpoch } from './client-errors.ts';
import { ClientWatch } from './client-watch.ts';
import { ConnectAttempts } from './connect-attempt.ts';
import { type ConnectionFaults, connectionFaultsOf } from './connection-faults.ts';
import {
  type CommandStream,
  isCluster,
  type RedisClient,
  type RedisCluster,
  type RedisConnection,
  type SentCommand,
} from './redis-client.ts';
import { reconnectAfterFailover } from './sentinel-reconnect.ts';
import { readBeforeSocketTimeout } from './socket-timeout.ts';

/** The last argument of a script that rests on an epoch begins with this, as nothing else in its place can: no uid has a brace. */
const EPOCH_MARK = '{epoch} ';

/** The last argument of such a script. The script ignores it: the connection reads it. */
export function epochArgument(epoch: number): string {
  return EPOCH_MARK + String(epoch);
}

/**
 * A client as the adapter sees it: whether it can send, why it cannot, and the epoch of its connections. All executors on
 * a client share one, so that the client gets one set of listeners.
 *
 * The epoch is checked in the connection's own `sendCommand`, the last step before the socket. So the check also covers what
 * the client sends by itself: commands from its queue, commands repeated after a reconnect, commands that a Cluster redirects.
 */
export class Connection {
  readonly client: RedisClient;
  /** The client, if it is a Cluster's. */
  readonly cluster: RedisCluster | undefined;
  readonly faults: ConnectionFaults;
  readonly watch: ClientWatch;
  readonly #attempts = new ConnectAttempts();
  /** The first connections to all masters of a Cluster. */
  #firstNodes: Promise<void> | 'connected' | undefined;
  /** Those of a Cluster, by address. */
  readonly #nodes = new Map<string, RedisConnection>();
  #epoch = 1;
  readonly #written = new WeakSet<SentCommand>();

  constructor(client: RedisClient) {
    this.client = client;
    this.faults = connectionFaultsOf(client);
    this.watch = new ClientWatch(client, this.faults);
    readBeforeSocketTimeout(client);
    if (isCluster(client)) {
      this.cluster = client;
      dropAskingRejections(client);
      for (const node of client.nodes()) this.#addNode(node);
      client.on('+node', (node: RedisConnection) => this.#addNode(node));
      client.on('-node', (node: RedisConnection) => this.#removeNode(node));
    } else {
      reconnectAfterFailover(client);
      this.#guard(client);
    }
  }

  /** Grows with each new connection to a server that may be a master. */
  get epoch(): number {
    return this.#epoch;
  }

  /**
   * Resolves when the client can send, `undefined` when it can now. Rejects as soon as an attempt to connect fails, or where
   * the server is one that the client cannot work with.
   */
  ready(): Promise<void> | undefined {
    const { client, watch } = this;
    if (client.status !== 'ready') return this.#attempts.next(client);
    const { serverCheck } = watch;
    if (!serverCheck || serverCheck.passedOn === (client as RedisConnection).stream) return undefined;
    return serverCheck.passed();
  }

  /**
   * As {@link ready}, for the master at an address. A Cluster connects to a node when the first command for it comes, and would
   * refuse those that come while it does.
   */
  nodeReady(cluster: RedisCluster, address: string): Promise<void> | undefined {
    const masters = cluster.nodes('master');
    if (masters.every(({ status }) => status === 'ready')) return undefined;
    const first = this.#firstNodesReady(masters);
    if (first) return first;
    const owner = this.#nodes.get(address);
    // If the owner is gone, the client sends to another node, which redirects it to the new owner.
    if (!owner || owner.status === 'end' || owner.status === 'ready') return undefined;
    return this.#attempts.next(owner);
  }

  /** The connection to a Cluster's node at an address, if a command for it is written at once. */
  writableNode(address: string): RedisConnection | undefined {
    const node = this.#nodes.get(address);
    return node && isWritable(node) ? node : undefined;
  }

  /** Reads a Cluster's slots now, before that is due: a node that does not reply may have been replaced. */
  refreshSlots(): void {
    const { cluster } = this;
    if (cluster?.status === 'ready') cluster.refreshSlotsCache();
  }

  /**
   * Waits once until all masters are connected, or cannot be. Each new connection begins an epoch. Connected one by one, each
   * would refuse the placements that rest on a reading before it.
   */
  #firstNodesReady(masters: readonly RedisConnection[]): Promise<void> | undefined {
    if (this.#firstNodes === 'connected') return undefined;
    if (this.#firstNodes) return this.#firstNodes;
    const attempts = masters
      .filter(({ status }) => status !== 'ready')
      .map((node) => this.#attempts.next(node));
    const first = Promise.allSettled(attempts).then(() => {
      this.#firstNodes = 'connected';
    });
    this.#firstNodes = first;
    return first;
  }

  #addNode(node: RedisConnection): void {
    this.#nodes.set(addressOf(node), node);
    this.#guard(node);
  }

  /** A connection may have ended after another one to the same address was made. */
  #removeNode(node: RedisConnection): void {
    const address = addressOf(node);
    if (this.#nodes.get(address) === node) this.#nodes.delete(address);
  }

  /** Counts the connections of a client, and refuses commands that rest on an earlier one. */
  #guard(connection: RedisConnection): void {
    const send = connection.sendCommand.bind(connection);
    let counted: unknown = connection.stream;
    let isReplica = connection.options.readOnly === true;
    connection.sendCommand = (command, stream) => {
      const promoted = isReplica && isForMaster(command);
      if (promoted || command.name === 'readonly') isReplica = !promoted;
      if (promoted || connection.stream !== counted) this.#epoch += 1;
      counted = connection.stream;
      const epoch = epochOf(command);
      if (epoch === undefined) return send(command, stream);
      if (epoch !== this.#epoch) return this.#refuse(command, stream);
      if (isWritable(connection)) this.#written.add(command);
      return send(command, stream);
    };
  }

  #refuse(command: SentCommand, stream: CommandStream | undefined): unknown {
    // Commands that are joined, or of a pipeline, are written when each of them has been.
    stream?.write('');
    command.reject(
      this.#written.has(command)
        ? new NoConnection('the command was not sent again to another connection', true)
        : new StaleEpoch(this.#epoch),
    );
    return command.promise;
  }
}

/** A node's address as the slots of a Cluster name it. */
function addressOf({ options }: RedisConnection): string {
  return `${options.host}:${options.port}`;
}

/** Whether a command goes to the socket at once. */
function isWritable({ status, stream }: RedisConnection): boolean {
  return status === 'ready' && stream.writable;
}

/** Whether a Cluster's client sends the command to masters alone: it then takes the node for a master, promoted or not. */
function isForMaster(command: SentCommand): boolean {
  return command.name === 'readwrite' || command.getKeys().length > 0;
}

function epochOf({ name, args }: SentCommand): number | undefined {
  if (!name.startsWith('eval')) return undefined;
  const last: unknown = args[args.length - 1];
  return typeof last === 'string' && last.startsWith(EPOCH_MARK)
    ? Number(last.slice(EPOCH_MARK.length))
    : undefined;
}

const byClient = new WeakMap<RedisClient, Connection>();

/** The one of a client. */
export function connectionOf(client: RedisClient): Connection {
  const known = byClient.get(client);
  if (known) return known;
  const connection = new Connection(client);
  byClient.set(client, connection);
  return connection;
}
