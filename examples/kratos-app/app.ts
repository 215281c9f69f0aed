/**
 * An application in the manner of Kratos: servers that start and stop together, and hooks around that.
 *
 * Whatever has to be told "the transport listens now" and "the transport is about to close" hangs on two of the hooks,
 * `afterStart` and `beforeStop`: the routing driver is such a thing (see `main.ts` beside this file).
 */

export interface Server {
  /** Resolves when the server listens. */
  start(): Promise<void>;
  /** Resolves when what was under way has ended. */
  stop(): Promise<void>;
}

export type Hook = () => unknown;

export interface AppOptions {
  /** Started in order, stopped in reverse. */
  readonly servers: readonly Server[];
  /** Run in order when all servers listen; when one fails, the application stops again. */
  readonly afterStart?: readonly Hook[];
  /** Run in order while all servers still listen; each is run, also when one before it failed. */
  readonly beforeStop?: readonly Hook[];
}

export class App {
  readonly #options: AppOptions;
  #listening: Server[] = [];
  #stopping: Promise<void> | undefined;

  constructor(options: AppOptions) {
    this.#options = options;
  }

  /** Starts, waits for one of the signals, stops. */
  async run(signals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT']): Promise<void> {
    const signalled = new Promise<void>((resolve) => {
      for (const signal of signals) process.once(signal, () => resolve());
    });
    await this.start();
    await signalled;
    await this.stop();
  }

  async start(): Promise<void> {
    this.#stopping = undefined;
    try {
      for (const server of this.#options.servers) {
        await server.start();
        this.#listening.push(server);
      }
      for (const hook of this.#options.afterStart ?? []) await hook();
    } catch (error) {
      // The hooks before the end run too: they undo what the ones after the start have done so far.
      await this.stop().catch(() => {});
      throw error;
    }
  }

  /** Safe to repeat. Everything is tried; what failed is thrown at the end. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const listening = this.#listening.toReversed();
    this.#listening = [];
    const steps = [...(this.#options.beforeStop ?? []), ...listening.map((server) => () => server.stop())];
    const failures: unknown[] = [];
    for (const step of steps) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'The application did not stop cleanly.');
  }
}
