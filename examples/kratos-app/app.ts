/**
 * An application as in Kratos: servers that start and stop together, with hooks. The hook `afterStart` runs when the transport
 * listens, `beforeStop` before it closes; the routing driver needs both (see `main.ts`).
 */

export interface Server {
  /** Resolves when the server listens. */
  start(): Promise<void>;
  /** Resolves when the requests in progress have ended. */
  stop(): Promise<void>;
}

export type Hook = () => unknown;

export interface AppOptions {
  /** Started in order, stopped in reverse. */
  readonly servers: readonly Server[];
  /** Run in order when all servers listen. If one fails, the application stops again. */
  readonly afterStart?: readonly Hook[];
  /** Run in order while all servers still listen, even if one fails. */
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
      // `beforeStop` runs too, to undo what `afterStart` has done so far.
      await this.stop().catch(() => {});
      throw error;
    }
  }

  /** Runs all steps, then throws the errors. A second call returns the same promise. */
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
