import { routeError } from '@stateful-route/core';
import { type Check, checkSignal, optionsCheck } from '@stateful-route/core/adapter';

/** What `start` and `stop` take. */
export interface LifecycleOptions {
  readonly signal?: AbortSignal | undefined;
}

const checkOptions: Check = optionsCheck<LifecycleOptions>({ signal: checkSignal });

/** Where something is between its starts and stops. */
export type Phase = 'stopped' | 'starting' | 'running' | 'stopping';

/** The error of a part that was started twice. */
function alreadyRunning(part: string): Error {
  return routeError('ALREADY_RUNNING', `The ${part} is started already. Stop it first.`, { part });
}

/** The error of a part that was asked for something outside its running time. */
export function notRunning(part: string, problem: string): Error {
  return routeError('NOT_RUNNING', problem, { part });
}

/**
 * Starts and stops one thing at a time: a second start is refused, a stop ends a start under way, a second stop shares
 * the first or repeats its report, and after a failed start or a stop it may be started again.
 */
export class Lifecycle<Report> {
  readonly #part: string;
  readonly #idle: Report;
  /** What the last stop reported. */
  #report: Report;
  #phase: Phase = 'stopped';
  #starting: { readonly done: Promise<void>; readonly abort: AbortController } | undefined;
  #stopping: Promise<Report> | undefined;

  /** @param idle - what a stop reports before anything was started. */
  constructor(part: string, idle: Report) {
    this.#part = part;
    this.#idle = idle;
    this.#report = idle;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** @param run - starts it; it undoes what it did before it rejects. */
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

  /** @param run - stops it; it does not reject. */
  async stop(
    options: LifecycleOptions | undefined,
    run: (signal: AbortSignal | undefined) => Promise<Report>,
  ): Promise<Report> {
    checkOptions(options);
    if (this.#starting) {
      this.#starting.abort.abort(notRunning(this.#part, `The ${this.#part} was stopped while it started.`));
      await this.#starting.done.catch(() => {});
      // Its own start settles first, so that the phase is known.
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
