import type { RedisConnection, SentCommand } from './redis-client.ts';

/**
 * Commands of a connection that are written to its socket together. Each is a command of its own with its own reply. A pipeline
 * of ioredis would gather the replies too, for several promises a command.
 */
export class JoinedWrites {
  /** The connection; a command that is called on it waits for {@link write}. */
  readonly commands: RedisConnection;
  readonly #connection: RedisConnection;
  #joined: string | undefined = '';

  constructor(connection: RedisConnection) {
    this.#connection = connection;
    // The stream of an ioredis pipeline: a script's text is sent once for each socket of its destination.
    const stream = {
      isPipeline: true,
      destination: { redis: connection },
      write: (data: string) => this.#take(data),
    };
    const sendCommand = (command: SentCommand): unknown => connection.sendCommand(command, stream);
    this.commands = Object.create(connection, { sendCommand: { value: sendCommand } }) as RedisConnection;
  }

  /** Writes all commands. Must be called even if one of them threw: the connection expects a reply for each. */
  write(): void {
    const joined = this.#joined;
    this.#joined = undefined;
    if (joined) this.#connection.stream.write(joined);
  }

  /** What the client repeats later by itself, such as a script that its server has lost, goes to the socket at once. */
  #take(data: string): void {
    if (this.#joined === undefined) this.#connection.stream.write(data);
    else this.#joined += data;
  }
}
