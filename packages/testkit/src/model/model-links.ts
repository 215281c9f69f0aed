import {
  type Link,
  type LinkInForce,
  PERSIST_FOREVER,
  type RemoveLinkedPodWithIdOptions,
  type TrySetResult,
} from '@stateful-route/core';
import {
  type ClaimOwnerOptions,
  compareIncarnations,
  isSameRun,
  type LinkReading,
  type ReplaceLinkedPodOptions,
  type ReplaceResult,
  type SetLinkedPodResult,
  type TrySetLinkedPodOptions,
} from '@stateful-route/core/adapter';
import type { ModelClock } from './model-clock.ts';
import { ModelRecords, type Named } from './model-records.ts';

interface Wanted extends Named {
  readonly podId: number;
  readonly seconds: number;
}

interface Moved extends Named, ReplaceLinkedPodOptions {
  readonly from: number;
  readonly to: number;
  readonly seconds: number;
}

interface ModelLink {
  readonly podId: number;
  /** When it expires; `undefined` for a claim. */
  readonly until: number;
}

/** A claim that is refused, as a later process has replaced the claimant. */
export interface Fenced {
  readonly met: string;
}

/**
 * Links as the ports' contracts describe them, in the simplest form: a list of links, and the records of claims. Each method
 * returns the expected reply. Times, and tokens made of them, are known only to the store: the method takes them from the reply
 * if they are possible.
 */
export class ModelLinks {
  readonly #clock: ModelClock;
  readonly #records: ModelRecords;
  #links: (Named & { readonly link: ModelLink })[] = [];

  constructor(clock: ModelClock) {
    this.#clock = clock;
    this.#records = new ModelRecords(clock);
  }

  /** The last token of a link; 0 if none is stored. */
  lastToken(uid: string, service: string): number {
    return this.#records.find({ uid, service })?.token ?? 0;
  }

  get(named: Named, replied?: Partial<Link>): Link | undefined {
    const link = this.#find(named);
    if (!link) return undefined;
    const { podId, until } = link;
    if (until < Infinity) {
      return { podId, permanent: false, ttlMs: this.#clock.left(replied?.ttlMs, until - this.#clock.now) };
    }
    const { token, owner } = this.#records.find(named) ?? {};
    if (owner?.podId !== podId) return { podId, permanent: true };
    return { podId, permanent: true, token, incarnation: owner.incarnation, ownerLeaseMs: owner.leaseMs };
  }

  read(named: Named, replied?: LinkReading): LinkReading {
    const record = this.#records.find(named);
    return {
      ...(this.get(named, replied) ?? { permanent: false }),
      endedToken: record?.owner ? undefined : record?.token,
      storeTime: this.#clock.time(replied?.storeTime),
    };
  }

  claims(uid: string): Map<string, number> {
    const own = this.#links.filter((each) => each.uid === uid && each.link.until === Infinity);
    return new Map(own.map(({ service, link }) => [service, link.podId]));
  }

  set(wanted: Wanted & ClaimOwnerOptions, replied?: SetLinkedPodResult): SetLinkedPodResult {
    const previous = this.#find(wanted)?.podId;
    const token = wanted.seconds === PERSIST_FOREVER ? this.#newClaim(wanted, replied?.token) : undefined;
    if (token === undefined) this.#place(wanted);
    return { previous, token };
  }

  setIfAbsent({ uid, service, podId, seconds }: Wanted, replied?: LinkInForce): LinkInForce {
    const before = this.#find({ uid, service });
    const until = this.#clock.now + seconds * 1_000;
    if (seconds === PERSIST_FOREVER) {
      if (!before || (before.until < Infinity && before.podId === podId))
        this.#newClaim({ uid, service, podId }, replied?.token);
    } else if (!before) this.#place({ uid, service, podId, seconds });
    else if (until > before.until) this.#place({ uid, service, podId: before.podId, seconds });
    return { ...this.get({ uid, service }, replied)!, created: !before };
  }

  trySet(wanted: Wanted & TrySetLinkedPodOptions, replied?: TrySetResult): TrySetResult | Fenced {
    const { podId, seconds, incarnation, minToken = 0, assertToken, onlyIfNamed, onlyIfClaimed } = wanted;
    const before = this.get(wanted);
    const record = this.#records.find(wanted);
    const previous = before?.podId;
    const refused = { linked: false, podId: previous, previous, token: before?.token };
    if (before?.permanent && previous !== podId) return refused;
    const met = record?.owner?.podId === podId ? record.owner.incarnation : undefined;
    if (seconds === PERSIST_FOREVER && incarnation && met && !isSameRun(met, incarnation)) {
      if (compareIncarnations(met, incarnation) > 0) return { met };
    }
    if (onlyIfNamed && previous !== podId) return refused;
    if (onlyIfClaimed && !before?.permanent) return refused;
    if (seconds !== PERSIST_FOREVER) {
      this.#place(wanted);
      return { linked: true, podId, previous };
    }
    if (assertToken !== undefined) {
      const isEnded = record?.token === assertToken && !record.owner;
      if (isEnded || this.lastToken(wanted.uid, wanted.service) > assertToken) return refused;
      this.#claim(wanted, assertToken);
      return { linked: true, podId, previous, token: assertToken };
    }
    const own = before?.incarnation === incarnation ? before?.token : undefined;
    const token = own !== undefined && own >= minToken ? own : this.#newClaim(wanted, replied?.token);
    return { linked: true, podId, previous, token };
  }

  replace({ from, to, seconds, onlyIfTemporary, ifToken, ...named }: Moved): ReplaceResult {
    const before = this.get(named);
    const stands = before?.permanent && (onlyIfTemporary || ifToken !== (before.token ?? null));
    if (before?.podId === from && from !== to && !stands) this.#place({ ...named, podId: to, seconds });
    const podId = this.#find(named)?.podId;
    return { linked: podId === to, podId };
  }

  remove({ keepSeconds = 0, ...named }: Named & RemoveLinkedPodWithIdOptions): boolean {
    const before = this.#find(named);
    if (!before) return false;
    if (keepSeconds > 0) this.#place({ ...named, podId: before.podId, seconds: keepSeconds });
    else this.#end(named);
    return true;
  }

  removeWithId(named: Named & RemoveLinkedPodWithIdOptions & { readonly podId: number }): boolean {
    const { podId, token, onlyIfTemporary } = named;
    const before = this.get(named);
    if (before?.podId !== podId || (token !== undefined && before.token !== token)) return false;
    return onlyIfTemporary && before.permanent ? false : this.remove(named);
  }

  /** A write of the older sides: the record is not changed. */
  writeRaw(named: Named, podId: number | undefined): void {
    this.#drop(named);
    if (podId !== undefined) this.#links.push({ ...named, link: { podId, until: Infinity } });
  }

  #find(named: Named): ModelLink | undefined {
    const found = this.#links.find((each) => isOf(each, named))?.link;
    return found && found.until > this.#clock.now ? found : undefined;
  }

  #place({ podId, seconds, uid, service }: Wanted): void {
    this.#end({ uid, service });
    this.#links.push({ uid, service, link: { podId, until: this.#clock.now + seconds * 1_000 } });
    if (this.claims(uid).size === 0) this.#records.expire(uid);
  }

  /** Makes a claim with the next token. */
  #newClaim(wanted: Omit<Wanted, 'seconds'> & ClaimOwnerOptions, replied: number | undefined): number {
    const least = Math.max(this.lastToken(wanted.uid, wanted.service) + 1, wanted.minToken ?? 0);
    const token = this.#clock.token(replied, least);
    this.#claim(wanted, token);
    return token;
  }

  #claim(
    { uid, service, podId, incarnation, leaseMs }: Omit<Wanted, 'seconds'> & ClaimOwnerOptions,
    token: number,
  ): void {
    this.#drop({ uid, service });
    this.#links.push({ uid, service, link: { podId, until: Infinity } });
    this.#records.own({ uid, service }, token, { podId, incarnation, leaseMs });
  }

  #end({ uid, service }: Named): void {
    const wasClaim = this.claims(uid).has(service);
    this.#drop({ uid, service });
    if (wasClaim) this.#records.end({ uid, service });
    if (this.claims(uid).size === 0) this.#records.expire(uid);
  }

  #drop(named: Named): void {
    this.#links = this.#links.filter((each) => !isOf(each, named));
  }
}

function isOf(each: Named, { uid, service }: Named): boolean {
  return each.uid === uid && each.service === service;
}
