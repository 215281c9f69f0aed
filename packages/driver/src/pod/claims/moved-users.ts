import type { Clock } from '@stateful-route/core';

/**
 * The users whom this pod has handed over, for as long as the temporary link to the next pod may live. A caller that remembers the
 * old link still asks here: unless the user's link names this pod again, a claim would undo the hand-off.
 */
export class MovedUsers {
  readonly #clock: Clock;
  readonly #keptMs: number;
  /** By uid: until when. The first one ends first, as all are kept equally long. */
  readonly #until = new Map<string, number>();

  constructor(clock: Clock, keptMs: number) {
    this.#clock = clock;
    this.#keptMs = keptMs;
  }

  /** A move is being sent. It may take effect even if its reply is lost. */
  add(uid: string): void {
    this.#forgetOld();
    this.#until.delete(uid);
    this.#until.set(uid, this.#clock.monotonic() + this.#keptMs);
  }

  has(uid: string): boolean {
    return (this.#until.get(uid) ?? Number.NEGATIVE_INFINITY) > this.#clock.monotonic();
  }

  /** The user is this pod's again. */
  delete(uid: string): void {
    this.#until.delete(uid);
  }

  #forgetOld(): void {
    const now = this.#clock.monotonic();
    for (const [uid, until] of this.#until) {
      if (until > now) return;
      this.#until.delete(uid);
    }
  }
}
