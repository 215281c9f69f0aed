import { type Check, checkSignal, optionsCheck } from '@stateful-route/core/adapter';
import { alreadyRunning, notRunning } from '../errors.ts';

/** The options of `start` and `stop`. */
export interface LifecycleOptions {
  readonly signal?: AbortSignal | undefined;
}

const checkOptions: Check = optionsCheck<LifecycleOptions>({ signal: checkSignal });

/** The phases of a part that is started and stopped. */
export type Phase = 'stopped' | 'starting' | 'running' | 'stopping';

/**
 * The starts and stops of one part. A second start is refused. A stop ends a start that is under way. A second stop shares the
 * first, or repeats its report. After a failed start or a stop the part may be started again.
 */
export class Lifecycle<Report> {
  readonly #part: string;
  readonly #idle: Report;
  /** What the last stop reported. */
  #report: Report;
  #phase: Phase = 'stopped';
  #starting: { readonly done: Promise<void>; readonly abort: AbortController } | undefined;
  #stopping: Promise<Report> | undefined;

  /** @param idle - the report of a stop before any start. */
  constructor(part: string, idle: Report) {
    this.#part = part;
    this.#idle = idle;
    this.#report = idle;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** @param run - starts the part; before it rejects, it undoes what it did. */
  async start(
    options: LifecycleOptions | undefined,
    run: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    checkOptions(options);
    const signal = options?.signal;
    if (this.#phase !== 'stopped') throw alreadyRunning(this.#part);
    signal?.throwIfAborted();
    this.#phase = 'starting';
    this.#report = this.#idle;
    const abort = new AbortController();
    const done = run(signal ? AbortSignal.any([signal, abort.signal]) : abort.signal);
    this.#starting = { done, abort };
    try {
      await done;
      this.#phase = 'running';
    } catch (error) {
      this.#phase = 'stopped';
      throw error;
    } finally {
      this.#starting = undefined;
    }
  }

  /** @param run - stops the part; should not reject. */
  async stop(
    options: LifecycleOptions | undefined,
    run: (signal: AbortSignal | undefined) => Promise<Report>,
  ): Promise<Report> {
    checkOptions(options);
    if (this.#starting) {
      this.#starting.abort.abort(notRunning(this.#part, `The ${this.#part} was stopped while it started.`));
      await this.#starting.done.catch(() => {});
      // Lets `start` set the phase first.
      await Promise.resolve();
    }
    if (this.#stopping) return this.#stopping;
    if (this.#phase !== 'running') return this.#report;
    this.#phase = 'stopping';
    this.#stopping = run(options?.signal).then(
      (report) => {
        this.#report = report;
        this.#stopped();
        return report;
      },
      (error: unknown) => {
        this.#stopped();
        throw error;
      },
    );
    return this.#stopping;
  }

  #stopped(): void {
    this.#phase = 'stopped';
    this.#stopping = undefined;
  }
}
