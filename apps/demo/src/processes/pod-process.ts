import { machineTime } from '@stateful-route/lab/measure';
import { ChildProgram } from '@stateful-route/lab/process';
import { DemoError } from '../cli/demo-error.ts';
import type { ServingJournal } from '../report/serving-journal.ts';
import type { FromPod, ToPod } from './messages.ts';

const POD_MAIN = new URL('./pod-main.ts', import.meta.url);
const START_MS_MAX = 30_000;
const STOP_MS_MAX = 5_000;

/** A pod in an operating-system process of its own. */
export class PodProcess {
  readonly #podId: number;
  readonly #journal: ServingJournal;
  readonly #child: ChildProgram<ToPod, FromPod>;
  readonly #exited: Promise<void>;
  /** Set while the pod starts. */
  #started: { readonly resolve: () => void; readonly reject: (error: DemoError) => void } | undefined;
  /** `kill` or `stop` was called. */
  #ending = false;

  constructor(podId: number, journal: ServingJournal, warn: (line: string) => void) {
    this.#podId = podId;
    this.#journal = journal;
    this.#child = new ChildProgram(POD_MAIN, (message) => this.#receive(message));
    this.#exited = this.#child.ended
      .catch((error: Error) => this.#fail(error.message))
      .then(() => {
        journal.died(podId, machineTime());
        this.#fail('its process ended');
        if (!this.#ending) warn(`the process of pod ${podId} ended by itself`);
      });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Resolves when the pod has joined the directory. */
  async start(start: Omit<ToPod & { type: 'start' }, 'type' | 'podId'>): Promise<void> {
    const timer = setTimeout(() => this.#fail('it took too long'), START_MS_MAX);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#started = { resolve, reject };
        this.#child.send({ type: 'start', podId: this.#podId, ...start });
      });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends it as a machine's failure would. */
  async kill(): Promise<void> {
    this.#ending = true;
    this.#child.signal('SIGKILL');
    await this.#exited;
  }

  /** Has it end its claims and leave the directory. Kills it when that takes too long. */
  async stop(): Promise<void> {
    this.#ending = true;
    this.#child.send({ type: 'stop' });
    const timer = setTimeout(() => this.#child.signal('SIGKILL'), STOP_MS_MAX);
    await this.#exited;
    clearTimeout(timer);
  }

  #fail(problem: string): void {
    this.#started?.reject(new DemoError(`Pod ${this.#podId} did not start: ${problem}.`));
  }

  #receive(message: FromPod): void {
    if (message.type === 'ready') this.#started?.resolve();
    else if (message.type === 'failed') this.#fail(message.message);
    else if (message.type === 'opened') {
      this.#journal.opened(this.#podId, message.uid, message.token, message.at);
    } else {
      this.#journal.closed(this.#podId, message.uid, message.at, message.movesTo);
    }
  }
}
