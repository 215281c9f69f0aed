import type { Pin, Reason } from '@stateful-route/core';
import type { ModelClock } from './model-clock.ts';

/** A user in a service. */
export interface Named {
  readonly uid: string;
  readonly service: string;
}

interface ModelOwner {
  readonly podId: number;
  readonly incarnation?: string | undefined;
  readonly leaseMs?: number | undefined;
}

/** The record of a claim; without an owner, the claim was ended on purpose. */
interface ModelRecord {
  readonly token: number;
  readonly owner?: ModelOwner | undefined;
  /** Why the owner has the claim. */
  readonly reason?: Reason | undefined;
}

const WEEK_MS = 7 * 86_400_000;

/** The records of claims, which expire 7 days after the user's last claim or pin; and the pins. */
export class ModelRecords {
  readonly #clock: ModelClock;
  #records: (Named & { readonly record: ModelRecord })[] = [];
  #poisons: (Named & { readonly deaths: readonly number[]; readonly until: number })[] = [];
  #pins: (Named & { readonly pin: Pin })[] = [];
  readonly #forgetAt = new Map<string, number>();

  constructor(clock: ModelClock) {
    this.#clock = clock;
  }

  find(named: Named): ModelRecord | undefined {
    this.#forgetExpired(named.uid);
    return this.#records.find((each) => each.uid === named.uid && each.service === named.service)?.record;
  }

  /** A claim was made. */
  own(named: Named, token: number, owner: ModelOwner, reason: Reason): void {
    this.#forgetExpired(named.uid);
    this.#forgetAt.delete(named.uid);
    this.#put(named, { token, owner, reason });
  }

  /** A claim was ended on purpose. */
  end(named: Named): void {
    const record = this.find(named);
    if (record) this.#put(named, { token: record.token });
  }

  /** The deaths held against the user, and until when he is quarantined. */
  poison({ uid, service }: Named): { readonly deaths: readonly number[]; readonly until: number } {
    this.#forgetExpired(uid);
    const found = this.#poisons.find((each) => each.uid === uid && each.service === service);
    return found ?? { deaths: [], until: 0 };
  }

  setPoison({ uid, service }: Named, deaths: readonly number[], until: number): void {
    this.#poisons = this.#poisons.filter((each) => each.uid !== uid || each.service !== service);
    this.#poisons.push({ uid, service, deaths, until });
  }

  pin({ uid, service }: Named): Pin | undefined {
    return this.#pins.find((each) => each.uid === uid && each.service === service)?.pin;
  }

  /** The user is pinned, or not any more. */
  setPin({ uid, service }: Named, pin: Pin | undefined): void {
    this.#forgetExpired(uid);
    this.#forgetAt.delete(uid);
    this.#pins = this.#pins.filter((each) => each.uid !== uid || each.service !== service);
    if (pin) this.#pins.push({ uid, service, pin });
  }

  /** The user has no claim any more. */
  expire(uid: string): void {
    this.#forgetExpired(uid);
    if (this.#pins.some((each) => each.uid === uid)) return;
    if (!this.#records.some((each) => each.uid === uid) || this.#forgetAt.has(uid)) return;
    this.#forgetAt.set(uid, this.#clock.now + WEEK_MS);
  }

  #put({ uid, service }: Named, record: ModelRecord): void {
    this.#records = this.#records.filter((each) => each.uid !== uid || each.service !== service);
    this.#records.push({ uid, service, record });
  }

  #forgetExpired(uid: string): void {
    if ((this.#forgetAt.get(uid) ?? Infinity) > this.#clock.now) return;
    this.#records = this.#records.filter((each) => each.uid !== uid);
    this.#poisons = this.#poisons.filter((each) => each.uid !== uid);
    this.#forgetAt.delete(uid);
  }
}
