/** A user that this pod holds, and the claim's token. */
export interface HeldClaim {
  readonly uid: string;
  readonly token: number;
}

interface Claim {
  readonly token: number;
  /** Fires when the claim is lost; made when somebody wants to know. */
  lost?: AbortController;
  /** How many scopes stand on the claim. */
  scopes: number;
  /** A release is under way, or its outcome is unknown: the user must not be served. */
  releasing: boolean;
}

/** The users that this pod holds, as far as it knows: what `holds` answers from. */
export class ClaimRegistry {
  readonly #claims = new Map<string, Claim>();
  readonly #onEmpty = new Set<() => void>();
  readonly #onChange: (left: number) => void;

  /** @param onChange - told how many are held whenever one is gone. */
  constructor(onChange: (left: number) => void) {
    this.#onChange = onChange;
  }

  get size(): number {
    return this.#claims.size;
  }

  holds(uid: string): boolean {
    return this.#claims.get(uid)?.releasing === false;
  }

  token(uid: string): number | undefined {
    return this.#claims.get(uid)?.token;
  }

  /** The claims whose users are served; those being given up are left out. */
  held(): HeldClaim[] {
    const all = [...this.#claims].filter(([, { releasing }]) => !releasing);
    return all.map(([uid, { token }]) => ({ uid, token }));
  }

  /** Every claim, those being given up too. */
  all(): HeldClaim[] {
    return [...this.#claims].map(([uid, { token }]) => ({ uid, token }));
  }

  /** Notes a claim; one with another token replaces the one before, whose holders are told that it is lost. */
  add(uid: string, token: number): void {
    const known = this.#claims.get(uid);
    if (known?.token === token) {
      known.releasing = false;
      return;
    }
    known?.lost?.abort(new Error(`the claim of ${uid} was lost and made anew`));
    this.#claims.set(uid, { token, scopes: 0, releasing: false });
  }

  /** From now on the user is not served here. */
  beginRelease(uid: string): void {
    const claim = this.#claims.get(uid);
    if (claim) claim.releasing = true;
  }

  /** The user is served again: the release did not come about. */
  resume(uid: string, token: number): void {
    const claim = this.#claims.get(uid);
    if (claim?.token === token) claim.releasing = false;
  }

  /** Forgets a claim, if it still has this token; returns whether it did. */
  delete(uid: string, token: number): boolean {
    if (this.#claims.get(uid)?.token !== token) return false;
    this.#remove(uid, new Error(`the claim of ${uid} was released`));
    this.#changed();
    return true;
  }

  /** Forgets every claim, and tells their holders why. Returns whose they were. */
  clear(reason: unknown): string[] {
    const uids = [...this.#claims.keys()];
    for (const uid of uids) this.#remove(uid, reason);
    if (uids.length > 0) this.#changed();
    return uids;
  }

  /** Counts a scope on a claim; its signal fires when the claim is lost. */
  enter(uid: string): AbortSignal {
    const claim = this.#claims.get(uid)!;
    claim.scopes += 1;
    claim.lost ??= new AbortController();
    return claim.lost.signal;
  }

  /** Counts a scope off; returns whether it was the last one on the claim with this token. */
  leave(uid: string, token: number): boolean {
    const claim = this.#claims.get(uid);
    if (claim?.token !== token) return false;
    claim.scopes -= 1;
    return claim.scopes === 0;
  }

  /** Resolves when nobody is held, or the signal fires. */
  whenEmpty(signal: AbortSignal): Promise<void> {
    if (this.size === 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#onEmpty.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#onEmpty.add(done);
      signal.addEventListener('abort', done);
    });
  }

  #remove(uid: string, reason: unknown): void {
    const claim = this.#claims.get(uid);
    this.#claims.delete(uid);
    claim?.lost?.abort(reason);
  }

  #changed(): void {
    this.#onChange(this.size);
    if (this.size === 0) for (const done of this.#onEmpty) done();
  }
}
