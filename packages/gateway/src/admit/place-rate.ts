import type { Clock } from '@stateful-route/core';

const SECOND_MS = 1000;

/**
 * Limits how many new users come in a second: a bucket of one second's tokens. A user counts once in the second after a token
 * was given for them, since the requests of a page come together, and the driver looks the user up once for all of them.
 */
export class PlaceRate {
  readonly #perSecond: number;
  readonly #capacity: number;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #givenAt = new Map<string, number>();
  #tokens: number;
  #at: number;

  constructor(perSecond: number, clock: Pick<Clock, 'monotonic'>) {
    this.#perSecond = perSecond;
    this.#capacity = Math.max(1, perSecond);
    this.#clock = clock;
    this.#tokens = this.#capacity;
    this.#at = clock.monotonic();
  }

  /** Returns 0, or in how many ms the next token comes. */
  take(user: string): number {
    const now = this.#clock.monotonic();
    this.#forget(now);
    if (this.#givenAt.has(user)) return 0;
    this.#tokens = Math.min(this.#capacity, this.#tokens + ((now - this.#at) / SECOND_MS) * this.#perSecond);
    this.#at = now;
    if (this.#tokens < 1) return ((1 - this.#tokens) / this.#perSecond) * SECOND_MS;
    this.#tokens -= 1;
    this.#givenAt.set(user, now);
    return 0;
  }

  /** The oldest come first. */
  #forget(now: number): void {
    for (const [user, at] of this.#givenAt) {
      if (now - at < SECOND_MS) break;
      this.#givenAt.delete(user);
    }
  }
}
