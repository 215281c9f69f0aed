import { randomUUID } from 'node:crypto';
import type { Clock, HandOffUser } from '@stateful-route/core';
import { onAbort } from '@stateful-route/core/adapter';
import type { PendingHandOff } from './agent-event.ts';

/** A hand-off that the application has not acknowledged. */
interface Waiting {
  readonly handOff: PendingHandOff;
  readonly settle: (problem?: Error) => void;
}

/** What hand-offs depend on. */
export interface HandOffsParts {
  readonly clock: Clock;
  /** How long the application has to save a user, in ms. */
  readonly saveTimeoutMs: number;
  readonly send: (handOff: PendingHandOff) => void;
}

/**
 * The users whom the application is asked to save. One whom it does not acknowledge in time stays on the pod, as it may go on
 * serving that user.
 */
export class HandOffs {
  readonly #parts: HandOffsParts;
  readonly #waiting = new Map<string, Waiting>();
  /** By uid, from the beginning of the save to the outcome of the hand-off. */
  readonly #begun = new Map<string, PendingHandOff>();
  #refusal: Error | undefined;

  constructor(parts: HandOffsParts) {
    this.#parts = parts;
  }

  /** Those not acknowledged, the oldest first. */
  get waiting(): readonly PendingHandOff[] {
    return [...this.#waiting.values()].map(({ handOff }) => handOff);
  }

  /** Asks the application to save the user. Resolves when it has, rejects when it could not, or did not in time. */
  save({ uid, token, podId, signal }: HandOffUser): Promise<void> {
    const { clock, saveTimeoutMs, send } = this.#parts;
    if (this.#refusal) return Promise.reject(this.#refusal);
    const handOff: PendingHandOff = { id: randomUUID(), uid, token, podId: podId ?? null };
    return new Promise((resolve, reject) => {
      const settle = (problem?: Error): void => {
        cancelTimer();
        removeListener();
        this.#waiting.delete(handOff.id);
        if (problem) reject(problem);
        else resolve();
      };
      const cancelTimer = clock.setTimeout(
        () =>
          settle(new Error(`the application did not acknowledge the hand-off within ${saveTimeoutMs} ms`)),
        saveTimeoutMs,
      );
      const removeListener = onAbort(signal, () => settle(new Error('the hand-off was given up')));
      this.#waiting.set(handOff.id, { handOff, settle });
      this.#begun.set(uid, handOff);
      send(handOff);
    });
  }

  /** The application has saved the user, or says why it could not. Returns whether the hand-off was waiting for that. */
  acknowledge(id: string, failure?: string): boolean {
    const waiting = this.#waiting.get(id);
    waiting?.settle(
      failure === undefined ? undefined : new Error(`the application could not save: ${failure}`),
    );
    return waiting !== undefined;
  }

  /** The hand-off of this user has ended; returns it. */
  ended(uid: string): PendingHandOff | undefined {
    const handOff = this.#begun.get(uid);
    this.#begun.delete(uid);
    return handOff;
  }

  /** The application has ended: nothing is saved from now on. */
  refuse(reason: Error): void {
    this.#refusal = reason;
    for (const { settle } of this.#waiting.values()) settle(reason);
  }
}
