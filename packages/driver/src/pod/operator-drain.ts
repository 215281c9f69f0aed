import type { DrainReport } from '@stateful-route/core';
import type { LimitedLogger, PodIntent } from '@stateful-route/core/adapter';

const NO_HAND_OFF =
  'an operator drains the pod, and nobody gave an onHandOff: new users are refused, those it has stay until the application ' +
  'releases them. Call route.server.onHandOff(fn), or give drain: { onHandOff } at construction';

/** How many users whose state was not saved a log line names. */
const UNSAVED_SHOWN = 100;

/** What an operator's drain needs. */
export interface OperatorDrainParts {
  readonly logger: LimitedLogger;
  /** The pod's users, and whether anybody saves them; at the intent. */
  readonly users: () => { readonly users: number; readonly areSaved: boolean };
  /** Refuses new users, and hands over those there are. */
  readonly drain: (signal: AbortSignal) => Promise<DrainReport>;
  /** Takes the refusal back. */
  readonly resume: () => void;
}

/** Does what an operator's intent says: at most one drain at a time. Nobody waits for its report, so it is logged. */
export class OperatorDrain {
  readonly #parts: OperatorDrainParts;
  #drain: AbortController | undefined;

  constructor(parts: OperatorDrainParts) {
    this.#parts = parts;
  }

  obey(intent: PodIntent, podId: number | undefined): void {
    const { logger, resume } = this.#parts;
    logger.info({ podId, intent }, 'an operator asks');
    this.end();
    if (intent === 'drain') {
      this.#begin(podId);
      return;
    }
    logger.over({ podId }, NO_HAND_OFF, 'the operator lets the pod take new users again');
    resume();
  }

  /** Ends the drain, if there is one; the refusal stands. */
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
        logger.info(fields, 'the drain an operator asked for is over');
      },
      (error: unknown) => {
        logger.warn({ err: error, podId }, 'the drain an operator asked for ended early');
      },
    );
  }
}
