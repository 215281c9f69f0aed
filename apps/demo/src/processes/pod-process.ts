import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { DemoError } from '../cli/demo-error.ts';
import type { ServingJournal } from '../report/serving-journal.ts';
import { type FromPod, processTime, type ToPod } from './messages.ts';

const POD_MAIN = fileURLToPath(new URL('./pod-main.ts', import.meta.url));
const START_MS_MAX = 30_000;
const STOP_MS_MAX = 5_000;

/** A pod in an operating-system process of its own. */
export class PodProcess {
  readonly #podId: number;
  readonly #journal: ServingJournal;
  readonly #child: ChildProcess;
  readonly #ready: Promise<void>;
  readonly #exited: Promise<void>;
  /** Its end has been asked for. */
  #ending = false;

  constructor(podId: number, journal: ServingJournal, warn: (line: string) => void) {
    this.#podId = podId;
    this.#journal = journal;
    this.#child = fork(POD_MAIN, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    // The channel is read to its end before it closes: nothing the pod wrote down is lost by its death.
    this.#exited = new Promise((resolve) => {
      this.#child.once('close', () => {
        journal.died(podId, processTime());
        if (!this.#ending) warn(`the process of pod ${podId} ended by itself`);
        resolve();
      });
    });
    this.#ready = new Promise((resolve, reject) => {
      const fail = (problem: string): void => {
        reject(new DemoError(`Pod ${podId} did not start: ${problem}.`));
      };
      this.#child.on('message', (message: FromPod) => {
        if (message.type === 'ready') resolve();
        else if (message.type === 'failed') fail(message.message);
        else this.#note(message);
      });
      this.#child.once('error', (error) => fail(error.message));
      void this.#exited.then(() => fail('its process ended'));
      setTimeout(() => fail('it took too long'), START_MS_MAX).unref();
    });
    // Whoever starts it hears of it there.
    this.#ready.catch(() => {});
  }

  /** Resolves when the pod has joined the directory. */
  async start(start: Omit<ToPod & { type: 'start' }, 'type' | 'podId'>): Promise<void> {
    this.#tell({ type: 'start', podId: this.#podId, ...start });
    await this.#ready;
  }

  /** Ends it as a machine's failure would: it gets to do nothing more. */
  async kill(): Promise<void> {
    this.#ending = true;
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  /** Lets it see its users off and leave the directory; one that does not is killed. */
  async stop(): Promise<void> {
    this.#ending = true;
    this.#tell({ type: 'stop' });
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS_MAX);
    await this.#exited;
    clearTimeout(timer);
  }

  #tell(message: ToPod): void {
    // One that is gone hears nothing; its end is told otherwise.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  #note(message: Extract<FromPod, { type: 'opened' | 'closed' }>): void {
    const { uid, at } = message;
    if (message.type === 'opened') this.#journal.opened(this.#podId, uid, message.token, at);
    else this.#journal.closed(this.#podId, uid, at, message.movesTo);
  }
}
