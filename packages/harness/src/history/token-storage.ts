import type { History } from './history.ts';

/**
 * An application's storage that checks tokens. It keeps the greatest token of each user, and refuses writes with a smaller one.
 * Every write is recorded as a serve.
 */
export class TokenStorage {
  readonly #greatest = new Map<string, number>();
  readonly #history: History;

  constructor(history: History) {
    this.#history = history;
  }

  /** Returns whether the write was accepted. One without a token is accepted only before the first token. */
  write(uid: string, podId: number, token: number | undefined): boolean {
    const least = this.#greatest.get(uid);
    const accepted = least === undefined || (token !== undefined && token >= least);
    if (accepted && token !== undefined) this.#greatest.set(uid, token);
    this.#history.serve({ uid, podId, token, accepted });
    return accepted;
  }
}
