import type { Link } from '@stateful-route/core';
import { keyOf } from './key-of.ts';

const TOKENS_KEPT_MS = 7 * 24 * 60 * 60 * 1_000;

/** How many users each change looks at, so that what expired goes even if nobody asks for it again. */
const SWEPT_PER_CHANGE = 2;

/** The last token of a link, and whose claim carries it; without an owner the claim has ended. */
interface TokenRecord {
  readonly token: number;
  readonly owner?: { readonly podId: number; readonly incarnation: string | undefined } | undefined;
}

/** All that is kept of one user, by service. */
interface UserLinks {
  readonly temporary: Map<string, { readonly podId: number; readonly expiresAt: number }>;
  readonly claims: Map<string, number>;
  readonly tokens: Map<string, TokenRecord>;
  /** When the tokens are forgotten; `undefined` while the user has a claim. */
  tokensExpireAt: number | undefined;
}

/** The links of all users, and the tokens of their claims. Each method is one indivisible step. */
export class MemoryLinks {
  readonly #now: () => number;
  readonly #users = new Map<string, UserLinks>();
  #sweep: Iterator<[string, UserLinks]> = this.#users.entries();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** How many users are remembered, those whose links expired among them until they are swept. */
  get size(): number {
    return this.#users.size;
  }

  /** The link in force. */
  get(namespace: string, uid: string, serviceName: string): Link | undefined {
    const user = this.#users.get(keyOf(namespace, uid));
    if (!user) return undefined;
    const claimedBy = user.claims.get(serviceName);
    if (claimedBy !== undefined) {
      const { token, owner } = user.tokens.get(serviceName)!;
      return { podId: claimedBy, permanent: true, token, incarnation: owner?.incarnation };
    }
    const link = user.temporary.get(serviceName);
    const ttlMs = link ? link.expiresAt - this.#now() : 0;
    return link && ttlMs > 0 ? { podId: link.podId, permanent: false, ttlMs } : undefined;
  }

  /** The last token of a link's claims, that of an ended claim too; 0 when none is remembered. */
  keptToken(namespace: string, uid: string, serviceName: string): number {
    const user = this.#users.get(keyOf(namespace, uid));
    if (!user || this.#tokensExpired(user)) return 0;
    return user.tokens.get(serviceName)?.token ?? 0;
  }

  /** Makes the link a temporary one, whatever it was. */
  setTemporary(namespace: string, uid: string, serviceName: string, podId: number, ttlMs: number): Link {
    const user = this.#change(namespace, uid);
    this.#endClaim(user, serviceName);
    user.temporary.set(serviceName, { podId, expiresAt: this.#now() + ttlMs });
    return { podId, permanent: false, ttlMs };
  }

  /** Makes the link a claim with this token, whatever it was. */
  setClaim(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    token: number,
    incarnation: string | undefined,
  ): Link {
    const user = this.#change(namespace, uid);
    if (this.#tokensExpired(user)) user.tokens.clear();
    user.temporary.delete(serviceName);
    user.claims.set(serviceName, podId);
    user.tokens.set(serviceName, { token, owner: { podId, incarnation } });
    user.tokensExpireAt = undefined;
    return { podId, permanent: true, token, incarnation };
  }

  remove(namespace: string, uid: string, serviceName: string): void {
    const user = this.#change(namespace, uid);
    this.#endClaim(user, serviceName);
    user.temporary.delete(serviceName);
  }

  /** The pods that hold the user, by service. */
  claims(namespace: string, uid: string): Map<string, number> {
    return new Map(this.#users.get(keyOf(namespace, uid))?.claims);
  }

  /** The token stays, its owner goes: the next claim, whosever, gets a greater one. */
  #endClaim(user: UserLinks, serviceName: string): void {
    if (!user.claims.delete(serviceName)) return;
    user.tokens.set(serviceName, { token: user.tokens.get(serviceName)!.token });
    if (user.claims.size === 0) user.tokensExpireAt = this.#now() + TOKENS_KEPT_MS;
  }

  #tokensExpired(user: UserLinks): boolean {
    return user.tokensExpireAt !== undefined && user.tokensExpireAt <= this.#now();
  }

  #change(namespace: string, uid: string): UserLinks {
    this.#sweepSome();
    const key = keyOf(namespace, uid);
    const known = this.#users.get(key);
    if (known) return known;
    const made = { temporary: new Map(), claims: new Map(), tokens: new Map(), tokensExpireAt: undefined };
    this.#users.set(key, made);
    return made;
  }

  #sweepSome(): void {
    for (let swept = 0; swept < SWEPT_PER_CHANGE; swept++) {
      const next = this.#sweep.next();
      if (next.done) {
        this.#sweep = this.#users.entries();
        return;
      }
      const [key, user] = next.value;
      const now = this.#now();
      for (const [serviceName, { expiresAt }] of user.temporary) {
        if (expiresAt <= now) user.temporary.delete(serviceName);
      }
      if (this.#tokensExpired(user)) user.tokens.clear();
      if (user.temporary.size + user.claims.size + user.tokens.size === 0) this.#users.delete(key);
    }
  }
}
