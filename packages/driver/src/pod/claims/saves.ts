import { type Clock, type HandOffListener, type HandOffUser, isRouteError } from '@stateful-route/core';
import { onAbort } from '@stateful-route/core/adapter';
import { pause } from '../../waiting/pause.ts';

/** The result of a save. */
export type SaveOutcome =
  | { readonly end: 'saved' }
  | { readonly end: 'failed'; readonly error: unknown }
  /** It took too long, was abandoned, or gave up itself. It may go on: the storage must refuse it by its token. */
  | { readonly end: 'givenUp' };

/** Runs the application's saves: one at a time for a uid, each within its timeout. */
export class Saves {
  readonly #clock: Clock;
  /** The saves that run, also those given up. */
  readonly #running = new Map<string, Promise<unknown>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async run(
    listener: HandOffListener,
    user: Omit<HandOffUser, 'signal'>,
    abandoned: AbortSignal,
    isWanted: () => boolean = () => true,
  ): Promise<SaveOutcome> {
    const over = new AbortController();
    const removeListener = onAbort(abandoned, () => over.abort());
    const late = pause(this.#clock, user.timeoutMs, over.signal).then(() => ({ end: 'givenUp' }) as const);
    const outcome = await Promise.race([this.#next(listener, user, over.signal, isWanted), late]);
    removeListener();
    over.abort();
    return outcome;
  }

  /** Runs the listener after an earlier save of the uid, unless the timeout passes before or it is not wanted any more. */
  async #next(
    listener: HandOffListener,
    user: Omit<HandOffUser, 'signal'>,
    signal: AbortSignal,
    isWanted: () => boolean,
  ): Promise<SaveOutcome> {
    await this.#running.get(user.uid);
    if (signal.aborted || !isWanted()) return { end: 'givenUp' };
    // Called in this step: what was checked still holds.
    const save = (async () => listener({ ...user, signal }))().then(
      () => ({ end: 'saved' }) as const,
      (error: unknown): SaveOutcome =>
        isRouteError(error, 'NOT_SAVED') ? { end: 'givenUp' } : { end: 'failed', error },
    );
    this.#running.set(user.uid, save);
    const outcome = await save;
    if (this.#running.get(user.uid) === save) this.#running.delete(user.uid);
    return outcome;
  }
}
