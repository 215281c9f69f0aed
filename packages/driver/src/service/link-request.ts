import type { ComputedLink } from '@stateful-route/core';
import type { Awaiting } from '@stateful-route/core/adapter';
import { timedOut } from '../waiting/abortable.ts';

/** A request for a user's link, which all who ask meanwhile share. */
export class LinkRequest implements Awaiting {
  readonly uid: string;
  /** The time it was given when it began. */
  readonly timeoutMs: number;
  readonly deadline: number;
  /** Ends by the deadline. */
  readonly answer: Promise<ComputedLink>;
  readonly #onExpired: (request: LinkRequest) => void;
  #answered!: (link: ComputedLink) => void;
  #failed!: (error: unknown) => void;

  constructor(uid: string, now: number, timeoutMs: number, onExpired: (request: LinkRequest) => void) {
    this.uid = uid;
    this.timeoutMs = timeoutMs;
    this.deadline = now + timeoutMs;
    this.#onExpired = onExpired;
    this.answer = new Promise((answered, failed) => {
      this.#answered = answered;
      this.#failed = failed;
    });
  }

  succeed(link: ComputedLink): void {
    this.#answered(link);
  }

  fail(error: unknown): void {
    this.#failed(error);
  }

  expire(): void {
    this.#onExpired(this);
    this.fail(timedOut({ operation: 'computeLink', effect: 'unknown' }, this.timeoutMs));
  }
}
