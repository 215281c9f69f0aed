/** The storage's answer to a registered token: the user's updates, or the greater token that it has seen. */
export type Opened =
  | { readonly ok: true; readonly updates: readonly number[] }
  | { readonly ok: false; readonly token: number };

interface Saved {
  token: number;
  updates: readonly number[];
}

/**
 * A storage of users' updates. Each save has all updates of a user. It refuses tokens smaller than the greatest that it has
 * seen, and finds accepted updates that a later save lacks.
 */
export class CheckedStorage {
  /** A line for each loss. */
  readonly losses: string[] = [];
  readonly #users = new Map<string, Saved>();

  /** Registers a token and loads the updates. */
  open(uid: string, token: number): Opened {
    const saved = this.#user(uid);
    if (token < saved.token) return { ok: false, token: saved.token };
    saved.token = token;
    return { ok: true, updates: saved.updates };
  }

  /** Saves a user's updates. Returns whether they were accepted. */
  save(uid: string, token: number, updates: readonly number[]): boolean {
    const saved = this.#user(uid);
    if (token < saved.token) return false;
    const kept = new Set(updates);
    const lost = saved.updates.filter((update) => !kept.has(update));
    if (lost.length > 0) this.losses.push(`${uid}: token ${token} overwrote ${lost.length} updates`);
    saved.token = token;
    saved.updates = updates;
    return true;
  }

  updatesOf(uid: string): readonly number[] {
    return this.#user(uid).updates;
  }

  #user(uid: string): Saved {
    const known = this.#users.get(uid);
    if (known) return known;
    const made: Saved = { token: 0, updates: [] };
    this.#users.set(uid, made);
    return made;
  }
}
