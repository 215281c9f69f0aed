import type { History } from './history.ts';

/**
 * The storage behind the pods, as an application should build it: it keeps the greatest token that it was shown for a
 * user, and refuses a write that carries a smaller one. Every write is noted as a serve.
 */
export class TokenStorage {
  readonly #greatest = new Map<string, number>();
  readonly #history: History;

  constructor(history: History) {
    this.#history = history;
  }

  /** Whether the write was accepted. One without a token passes where none was ever shown. */
  write(uid: string, podId: number, token: number | undefined): boolean {
    const least = this.#greatest.get(uid);
    const accepted = least === undefined || (token !== undefined && token >= least);
    if (accepted && token !== undefined) this.#greatest.set(uid, token);
    this.#history.serve({ uid, podId, token, accepted });
    return accepted;
  }
}
