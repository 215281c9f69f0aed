import type { DrainReport } from '@stateful-route/core';
import type { LimitedLogger, PodIntent } from '@stateful-route/core/adapter';

const NO_HAND_OFF =
  'an operator drains the pod, and there is no onHandOff listener: new users are refused, present ones stay until the ' +
  'application releases them. Call route.server.onHandOff(fn), or give drain: { onHandOff } at construction';

/** How many users whose state was not saved a log line names. */
const UNSAVED_SHOWN = 100;

/** What an operator's drain depends on. */
export interface OperatorDrainParts {
  readonly logger: LimitedLogger;
  /** The number of users, and whether there is a listener that saves them. */
  readonly users: () => { readonly users: number; readonly areSaved: boolean };
  /** Refuses new users and hands the present ones over. */
  readonly drain: (signal: AbortSignal) => Promise<DrainReport>;
  /** Accepts new users again. */
  readonly resume: () => void;
}

/** Obeys operators' intents, with at most one drain at a time. A drain's report is logged. */
export class OperatorDrain {
  readonly #parts: OperatorDrainParts;
  #drain: AbortController | undefined;

  constructor(parts: OperatorDrainParts) {
    this.#parts = parts;
  }

  obey(intent: PodIntent, podId: number | undefined): void {
    const { logger, resume } = this.#parts;
    logger.info({ podId, intent }, 'an operator set an intent');
    this.end();
    if (intent === 'drain') {
      this.#begin(podId);
      return;
    }
    logger.over({ podId }, NO_HAND_OFF, 'an operator lets the pod take new users again');
    resume();
  }

  /** Ends the drain, if there is one. New users are still refused. */
  end(): void {
    this.#drain?.abort();
  }

  #begin(podId: number | undefined): void {
    const { logger, users, drain } = this.#parts;
    const { users: count, areSaved } = users();
    if (!areSaved) logger.warn({ podId, users: count }, NO_HAND_OFF);
    this.#drain = new AbortController();
    const { signal } = this.#drain;
    drain(signal).then(
      ({ left, unsaved }) => {
        if (signal.aborted) return;
        const fields = {
          podId,
          left,
          unsaved: unsaved.slice(0, UNSAVED_SHOWN),
          unsavedUsers: unsaved.length,
        };
        logger.info(fields, 'the drain of an operator is over');
      },
      (error: unknown) => {
        logger.warn({ err: error, podId }, 'the drain of an operator ended early');
      },
    );
  }
}
