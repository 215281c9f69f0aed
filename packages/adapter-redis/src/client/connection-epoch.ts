import {
  type CommandStream,
  isCluster,
  type RedisClient,
  type RedisCluster,
  type RedisConnection,
  type SentCommand,
} from './redis-client.ts';
import { NoConnection, StaleEpoch } from '../calls/store-error.ts';

/** What the last argument of a script begins with that rests on an epoch. */
const MARK = '@epoch ';

/** The last argument of such a script. The script does not read it: it is for the connection alone. */
export function epochWord(epoch: number): string {
  return MARK + String(epoch);
}

/**
 * Counts the command connections of a client, and lets no command that rests on an earlier one through to a later one.
 *
 * The check stands around the connection's own `sendCommand`, the last step before the socket. So it also meets what the
 * client sends by itself: what waited in a queue, what is sent again after a reconnect, what a Cluster leads on elsewhere.
 */
export class ConnectionEpoch {
  #current = 1;
  readonly #written = new WeakSet<SentCommand>();

  /** Grows with each new connection to a server that may be a master. */
  get current(): number {
    return this.#current;
  }

  watch(connection: RedisConnection): void {
    const send = connection.sendCommand.bind(connection);
    let counted: unknown = connection.stream;
    let isReplica = connection.options.readOnly === true;
    connection.sendCommand = (command, stream) => {
      const promoted = isReplica && isForMaster(command);
      if (promoted || command.name === 'readonly') isReplica = !promoted;
      if (promoted || connection.stream !== counted) this.#current += 1;
      counted = connection.stream;
      const epoch = epochOf(command);
      if (epoch === undefined) return send(command, stream);
      if (epoch !== this.#current) return this.#refuse(command, stream);
      if (connection.status === 'ready' && connection.stream.writable) this.#written.add(command);
      return send(command, stream);
    };
  }

  #refuse(command: SentCommand, stream: CommandStream | undefined): unknown {
    // A pipeline is written when each of its commands has been.
    stream?.write('');
    command.reject(
      this.#written.has(command)
        ? new NoConnection('the command was not sent again to another connection', true)
        : new StaleEpoch(this.#current),
    );
    return command.promise;
  }
}

/** Whether a Cluster's client sends the command to masters alone: it then takes the node for a master, promoted or not. */
function isForMaster(command: SentCommand): boolean {
  return command.name === 'readwrite' || command.getKeys().length > 0;
}

function epochOf({ name, args }: SentCommand): number | undefined {
  if (!name.startsWith('eval')) return undefined;
  const last: unknown = args[args.length - 1];
  return typeof last === 'string' && last.startsWith(MARK) ? Number(last.slice(MARK.length)) : undefined;
}

const byClient = new WeakMap<RedisClient, ConnectionEpoch>();

/** That of a client, which all executors on it share. */
export function connectionEpochOf(client: RedisClient): ConnectionEpoch {
  const known = byClient.get(client);
  if (known) return known;
  const epoch = new ConnectionEpoch();
  if (isCluster(client)) watchNodes(client, epoch);
  else epoch.watch(client);
  byClient.set(client, epoch);
  return epoch;
}

function watchNodes(cluster: RedisCluster, epoch: ConnectionEpoch): void {
  for (const node of cluster.nodes()) epoch.watch(node);
  cluster.on('+node', (node: RedisConnection) => epoch.watch(node));
}
