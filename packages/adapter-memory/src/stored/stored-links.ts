import type { Link, Pin, Reason } from '@stateful-route/core';
import { keyOf } from './key-of.ts';

const RECORDS_KEPT_MS = 7 * 24 * 60 * 60 * 1_000;

/** How many users each change checks for expiry, so that expired links go even without further calls about them. */
const SWEPT_PER_CHANGE = 2;

/** The reason of a temporary link without another one. */
const PLACED: Reason = Object.freeze({ why: 'placed' });

/** Who made a claim. */
export interface ClaimOwner {
  readonly incarnation?: string | undefined;
  readonly leaseMs?: number | undefined;
}

/** The last token of a user's claims in one service, and its owner. */
export interface TokenRecord {
  readonly token: number;
  /** `undefined`: the claim was ended on purpose. */
  readonly owner?: (ClaimOwner & { readonly podId: number }) | undefined;
  /** Why the owner has the claim. */
  readonly reason?: Reason | undefined;
}

/** What is held against a user. */
export interface Poison {
  /** The store's times of deaths. */
  readonly deaths: readonly number[];
  /** Until when the user is quarantined; 0 if he is not. */
  readonly until: number;
}

const HARMLESS: Poison = Object.freeze({ deaths: [], until: 0 });

interface StoredLink {
  readonly podId: number;
  /** `undefined`: a claim. */
  readonly expiresAt?: number | undefined;
  /** Why a temporary link was made; `undefined`: it was placed. */
  readonly reason?: Reason | undefined;
  /** Since when nobody serves the user of a temporary link, if that is known. */
  readonly unservedSince?: number | undefined;
}

/** The data of one user, by service. */
interface UserLinks {
  readonly links: Map<string, StoredLink>;
  readonly records: Map<string, TokenRecord>;
  readonly pins: Map<string, Pin>;
  readonly poisons: Map<string, Poison>;
  /** When the records are forgotten; `undefined` while the user has a claim or a pin. */
  recordsExpireAt: number | undefined;
}

/** The links of all users, and the token records of their claims. Each method is one atomic step. */
export class StoredLinks {
  readonly #now: () => number;
  readonly #users = new Map<string, UserLinks>();
  #sweep: Iterator<[string, UserLinks]> = this.#users.entries();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** How many users are stored, with expired ones that are not swept yet. */
  get size(): number {
    return this.#users.size;
  }

  /** The link in force. A claim has a token only if the record names the same pod as the link. */
  get(namespace: string, uid: string, serviceName: string): Link | undefined {
    const link = this.#users.get(keyOf(namespace, uid))?.links.get(serviceName);
    if (!link) return undefined;
    const { podId, expiresAt } = link;
    if (expiresAt !== undefined) {
      const ttlMs = expiresAt - this.#now();
      return ttlMs > 0 ? { podId, permanent: false, ttlMs, reason: link.reason ?? PLACED } : undefined;
    }
    const { token, owner, reason } = this.record(namespace, uid, serviceName) ?? {};
    if (owner?.podId !== podId) return { podId, permanent: true };
    const { incarnation, leaseMs } = owner;
    return { podId, permanent: true, token, incarnation, ownerLeaseMs: leaseMs, reason };
  }

  /** The record of the user's last claim, valid or ended. */
  record(namespace: string, uid: string, serviceName: string): TokenRecord | undefined {
    const user = this.#users.get(keyOf(namespace, uid));
    return user && !this.#recordsExpired(user) ? user.records.get(serviceName) : undefined;
  }

  /** What is held against the user. */
  poison(namespace: string, uid: string, serviceName: string): Poison {
    const user = this.#users.get(keyOf(namespace, uid));
    return (user && !this.#recordsExpired(user) && user.poisons.get(serviceName)) || HARMLESS;
  }

  setPoison(namespace: string, uid: string, serviceName: string, poison: Poison): void {
    this.#change(namespace, uid).poisons.set(serviceName, poison);
  }

  /** The user's pin. */
  pin(namespace: string, uid: string, serviceName: string): Pin | undefined {
    return this.#users.get(keyOf(namespace, uid))?.pins.get(serviceName);
  }

  /** Pins the user, or removes his pin. */
  setPin(namespace: string, uid: string, serviceName: string, pin: Pin | undefined): void {
    const user = this.#change(namespace, uid);
    if (this.#recordsExpired(user)) forgetRecords(user);
    if (pin) user.pins.set(serviceName, pin);
    else user.pins.delete(serviceName);
    user.recordsExpireAt = undefined;
    this.#expireRecords(user);
  }

  /** The user's claims. */
  claims(namespace: string, uid: string): Map<string, number> {
    const links = this.#users.get(keyOf(namespace, uid))?.links ?? [];
    return new Map(
      [...links].filter(([, link]) => isClaim(link)).map(([serviceName, { podId }]) => [serviceName, podId]),
    );
  }

  /** Since when nobody serves the user, whose link is temporary; `undefined` if that is not known. */
  unservedSince(namespace: string, uid: string, serviceName: string): number | undefined {
    return this.#users.get(keyOf(namespace, uid))?.links.get(serviceName)?.unservedSince;
  }

  /** Makes the link temporary, whatever it was. Without a reason it is a placement. */
  setTemporary(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    ttlMs: number,
    { reason, unservedSince }: Pick<StoredLink, 'reason' | 'unservedSince'> = {},
  ): Link {
    const link = { podId, expiresAt: this.#now() + ttlMs, reason, unservedSince };
    this.#replace(namespace, uid, serviceName, link);
    return { podId, permanent: false, ttlMs, reason: reason ?? PLACED };
  }

  /** Extends a temporary link. */
  renew(namespace: string, uid: string, serviceName: string, ttlMs: number): void {
    const { links } = this.#change(namespace, uid);
    links.set(serviceName, { ...links.get(serviceName)!, expiresAt: this.#now() + ttlMs });
  }

  /** Makes the link a claim with this token, whatever it was. */
  setClaim(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    token: number,
    { incarnation, leaseMs }: ClaimOwner = {},
    reason?: Reason,
  ): Link {
    const user = this.#change(namespace, uid);
    // Whole ms, as on a server.
    const ownerLeaseMs = leaseMs === undefined ? undefined : Math.ceil(leaseMs);
    if (this.#recordsExpired(user)) forgetRecords(user);
    user.links.set(serviceName, { podId });
    user.records.set(serviceName, { token, owner: { podId, incarnation, leaseMs: ownerLeaseMs }, reason });
    user.recordsExpireAt = undefined;
    return { podId, permanent: true, token, incarnation, ownerLeaseMs, reason };
  }

  remove(namespace: string, uid: string, serviceName: string): void {
    this.#replace(namespace, uid, serviceName, undefined);
  }

  /** Sets a claim or removes the link without reading its record, as the older sides do. */
  setAsOtherSide(namespace: string, uid: string, serviceName: string, podId: number | undefined): void {
    const { links } = this.#change(namespace, uid);
    if (podId === undefined) links.delete(serviceName);
    else links.set(serviceName, { podId });
  }

  /** Removes all users. */
  clear(): void {
    this.#users.clear();
  }

  /**
   * Replaces the link by a temporary one, or by none. A claim that ends leaves its token without an owner. If there is no claim
   * but the record has an owner, the record is not changed: nobody ended that claim on purpose.
   */
  #replace(namespace: string, uid: string, serviceName: string, link: StoredLink | undefined): void {
    const user = this.#change(namespace, uid);
    const before = user.links.get(serviceName);
    const record = user.records.get(serviceName);
    if (before && isClaim(before) && record) user.records.set(serviceName, { token: record.token });
    if (link) user.links.set(serviceName, link);
    else user.links.delete(serviceName);
    this.#expireRecords(user);
  }

  /** Lets the records expire, unless the user has a claim or a pin. */
  #expireRecords(user: UserLinks): void {
    if (user.records.size === 0 || user.pins.size > 0 || [...user.links.values()].some(isClaim)) return;
    user.recordsExpireAt ??= this.#now() + RECORDS_KEPT_MS;
  }

  #recordsExpired(user: UserLinks): boolean {
    return user.recordsExpireAt !== undefined && user.recordsExpireAt <= this.#now();
  }

  #change(namespace: string, uid: string): UserLinks {
    this.#sweepSome();
    const key = keyOf(namespace, uid);
    const known = this.#users.get(key);
    if (known) return known;
    const made: UserLinks = {
      links: new Map(),
      records: new Map(),
      pins: new Map(),
      poisons: new Map(),
      recordsExpireAt: undefined,
    };
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
      for (const [serviceName, { expiresAt }] of user.links) {
        if (expiresAt !== undefined && expiresAt <= now) user.links.delete(serviceName);
      }
      if (this.#recordsExpired(user)) forgetRecords(user);
      if (user.links.size + user.records.size + user.pins.size === 0) this.#users.delete(key);
    }
  }
}

function isClaim({ expiresAt }: StoredLink): boolean {
  return expiresAt === undefined;
}

function forgetRecords({ records, poisons }: UserLinks): void {
  records.clear();
  poisons.clear();
}
