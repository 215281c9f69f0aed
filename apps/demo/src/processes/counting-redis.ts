import { Redis } from 'ioredis';
import type { ClientOptions } from './redis-connection.ts';

type SendCommand = Redis['sendCommand'];

/** A client that reports every command that it writes. */
export class CountingRedis extends Redis {
  readonly #onCommand: () => void;

  constructor(url: string, options: ClientOptions, onCommand: () => void) {
    super(url, options);
    this.#onCommand = onCommand;
  }

  override sendCommand(...[command, stream]: Parameters<SendCommand>): ReturnType<SendCommand> {
    // Before it is ready it writes its handshake. Without a connection it refuses commands.
    if (this.status === 'ready') this.#onCommand();
    return super.sendCommand(command, stream);
  }
}
