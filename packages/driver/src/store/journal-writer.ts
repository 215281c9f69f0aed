import type { LimitedLogger, ServerExecutor } from '@stateful-route/core/adapter';
import type { ReportedEvent } from '@stateful-route/core';

/**
 * Writes what this process did to the journals of services. What was done stands whether or not the journal has it: a write that
 * fails is logged. It is not repeated, as the entry could be there twice then.
 */
export class JournalWriter {
  readonly #server: ServerExecutor;
  readonly #logger: LimitedLogger;
  readonly #underWay = new Set<Promise<void>>();

  constructor(server: ServerExecutor, logger: LimitedLogger) {
    this.#server = server;
    this.#logger = logger;
  }

  write(namespace: string, serviceName: string, event: ReportedEvent): void {
    const write = this.#server
      .writeJournal(namespace, serviceName, event)
      .catch((error: unknown) => {
        this.#logger.warn(
          { err: error, namespace, serviceName, entry: event },
          'an entry of the journal may not have been written',
        );
      })
      .finally(() => this.#underWay.delete(write));
    this.#underWay.add(write);
  }

  /** Resolves when the writes under way have ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }
}
