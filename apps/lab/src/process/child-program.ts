import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** How a child is started. */
export interface ChildProgramOptions {
  /** Node's flags. Default: those of this process. */
  readonly flags?: readonly string[] | undefined;
  /** Whether its standard output goes to that of this process. Default: it is dropped. */
  readonly output?: boolean | undefined;
}

/** A program in a process of its own, with a channel for messages both ways. Its standard error goes to that of this process. */
export class ChildProgram<ToChild extends object, FromChild> {
  /** Resolves with the exit status when the process has ended and all its messages have been handled. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor(
    program: URL,
    onMessage: (message: FromChild) => void,
    { flags = process.execArgv, output = false }: ChildProgramOptions = {},
  ) {
    this.#child = fork(fileURLToPath(program), {
      execArgv: [...flags],
      stdio: ['ignore', output ? 'inherit' : 'ignore', 'inherit', 'ipc'],
    });
    this.#child.on('message', (message) => onMessage(message as FromChild));
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', resolve);
    });
    // Callers that wait for the end see the error there.
    this.ended.catch(() => {});
  }

  /** The number of its process; `undefined` if it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Sends a message. One to a process that has ended is dropped: `ended` reports that. */
  send(message: ToChild): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Kills it (SIGKILL) and waits for its end. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}
