import type { Clock, HandOffListener, HandOffUser } from '@stateful-route/core';
import { onAbort } from '@stateful-route/core/adapter';
import { pause } from '../../waiting/pause.ts';

/** How a save ended. */
export type SaveOutcome =
  | { readonly end: 'saved' }
  | { readonly end: 'failed'; readonly error: unknown }
  /** It took too long. It may go on, and is the storage's to refuse. */
  | { readonly end: 'givenUp' };

/** Runs the application's saves, one at a time for each uid, and each no longer than it may take. */
export class Saves {
  readonly #clock: Clock;
  /** Saves that run, those that were given up among them. */
  readonly #running = new Map<string, Promise<unknown>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async run(
    listener: HandOffListener,
    user: Omit<HandOffUser, 'signal'>,
    timeoutMs: number,
    abandoned: AbortSignal,
  ): Promise<SaveOutcome> {
    const over = new AbortController();
    const unhear = onAbort(abandoned, () => over.abort());
    const late = pause(this.#clock, timeoutMs, over.signal).then(() => ({ end: 'givenUp' }) as const);
    const outcome = await Promise.race([this.#next(listener, user, over.signal), late]);
    unhear();
    over.abort();
    return outcome;
  }

  /** Runs the listener once an earlier save of the uid has ended, if the time for that is not over. */
  async #next(
    listener: HandOffListener,
    user: Omit<HandOffUser, 'signal'>,
    signal: AbortSignal,
  ): Promise<SaveOutcome> {
    await this.#running.get(user.uid);
    if (signal.aborted) return { end: 'givenUp' };
    const save = Promise.resolve({ ...user, signal })
      .then(listener)
      .then(
        () => ({ end: 'saved' }) as const,
        (error: unknown) => ({ end: 'failed', error }) as const,
      );
    this.#running.set(user.uid, save);
    const outcome = await save;
    if (this.#running.get(user.uid) === save) this.#running.delete(user.uid);
    return outcome;
  }
}
