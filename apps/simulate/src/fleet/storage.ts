/** The storage's answer to a registered token: the user's updates, or the greater token that it has seen. */
export type Opened =
  | { readonly ok: true; readonly updates: readonly number[] }
  | { readonly ok: false; readonly token: number };

interface Saved {
  token: number;
  updates: readonly number[];
  readonly accepted: Set<number>;
}

/**
 * The applications' storage, which keeps each user's whole state. With `checks` it refuses tokens smaller than the greatest
 * that it has seen; otherwise it accepts every save.
 */
export class Storage {
  readonly checks: boolean;
  readonly #onLost: (uid: string, updates: readonly number[]) => void;
  readonly #users = new Map<string, Saved>();

  /** @param onLost - called when a save overwrites accepted updates. */
  constructor(checks: boolean, onLost: (uid: string, updates: readonly number[]) => void) {
    this.checks = checks;
    this.#onLost = onLost;
  }

  /** Registers a token, and loads what was saved. */
  open(uid: string, token: number): Opened {
    const saved = this.#user(uid);
    if (this.checks && token < saved.token) return { ok: false, token: saved.token };
    saved.token = Math.max(saved.token, token);
    return { ok: true, updates: saved.updates };
  }

  /** Saves a user's whole state. Returns whether it was accepted. */
  save(uid: string, token: number, updates: readonly number[]): boolean {
    const saved = this.#user(uid);
    if (this.checks && token < saved.token) return false;
    saved.token = Math.max(saved.token, token);
    saved.updates = updates;
    const kept = new Set(updates);
    const lost = [...saved.accepted].filter((update) => !kept.has(update));
    for (const update of kept) saved.accepted.add(update);
    if (lost.length > 0) {
      // Report each loss once.
      for (const update of lost) saved.accepted.delete(update);
      this.#onLost(uid, lost);
    }
    return true;
  }

  /** Whether a user's saved state has an update. */
  has(uid: string, update: number): boolean {
    return this.#user(uid).updates.includes(update);
  }

  /** The greatest token that it has seen of a user. */
  token(uid: string): number {
    return this.#user(uid).token;
  }

  #user(uid: string): Saved {
    const known = this.#users.get(uid);
    if (known) return known;
    const made: Saved = { token: 0, updates: [], accepted: new Set() };
    this.#users.set(uid, made);
    return made;
  }
}
