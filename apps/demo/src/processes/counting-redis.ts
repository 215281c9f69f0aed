import { Redis } from 'ioredis';
import type { ClientOptions } from './redis-connection.ts';

type SendCommand = Redis['sendCommand'];

/** A client that tells of every command it writes, whoever gave it. */
export class CountingRedis extends Redis {
  readonly #onCommand: () => void;

  constructor(url: string, options: ClientOptions, onCommand: () => void) {
    super(url, options);
    this.#onCommand = onCommand;
  }

  override sendCommand(...[command, stream]: Parameters<SendCommand>): ReturnType<SendCommand> {
    // Before it is ready it writes its own greeting; without a connection it refuses.
    if (this.status === 'ready') this.#onCommand();
    return super.sendCommand(command, stream);
  }
}
