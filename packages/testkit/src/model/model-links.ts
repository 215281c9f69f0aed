import {
  type Link,
  PERSIST_FOREVER,
  type Pin,
  type PlacementResult,
  type Reason,
  type RemoveLinkedPodWithIdOptions,
  type TrySetResult,
} from '@stateful-route/core';
import {
  type ClaimOwnerOptions,
  compareIncarnations,
  DEATHS_MAX,
  deathsAfter,
  isSameRun,
  type LinkReading,
  type PlaceOptions,
  QUARANTINE_MS,
  type RefusedFor,
  type ReplaceLinkedPodOptions,
  type ReplaceResult,
  type SetLinkedPodOptions,
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
  /** Of a temporary link. */
  readonly reason?: Reason | undefined;
  /** Since when nobody serves the user of a temporary link. */
  readonly unservedSince?: number | undefined;
}

/** A claim to be made. */
type Claimed = Omit<Wanted, 'seconds'> & ClaimOwnerOptions & { readonly reason: Reason };

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
      const ttlMs = this.#clock.left(replied?.ttlMs, until - this.#clock.now);
      const reason = link.reason ? this.#seen(link.reason, replied) : ({ why: 'placed' } as const);
      return { podId, permanent: false, ttlMs, reason };
    }
    const { token, owner, reason } = this.#records.find(named) ?? {};
    if (owner?.podId !== podId) return { podId, permanent: true };
    const { incarnation, leaseMs } = owner;
    return {
      podId,
      permanent: true,
      token,
      incarnation,
      ownerLeaseMs: leaseMs,
      reason: reason && this.#seen(reason, replied),
    };
  }

  read(named: Named, replied?: LinkReading): LinkReading {
    const record = this.#records.find(named);
    return {
      ...(this.get(named, replied) ?? { permanent: false }),
      endedToken: record?.owner ? undefined : record?.token,
      pin: this.pin(named, replied?.pin),
      quarantinedUntil: this.#quarantined(named, replied?.quarantinedUntil),
      storeTime: this.#clock.time(replied?.storeTime),
    };
  }

  /** The user's pin, with the time of the reply, if that is possible. */
  pin(named: Named, replied?: Pin): Pin | undefined {
    const pin = this.#records.pin(named);
    return pin && { ...pin, at: this.#clock.timeSince(replied?.at, pin.at) };
  }

  setPin(
    named: Named & { readonly podId: number | undefined; readonly by: string | undefined },
    replied: Pin | undefined,
  ): Pin | undefined {
    const { uid, podId, by } = named;
    const before = this.pin(named, replied);
    if (before?.podId === podId) return before;
    this.#records.setPin(named, podId === undefined ? undefined : { podId, by, at: this.#clock.now });
    if (this.claims(uid).size === 0) this.#records.expire(uid);
    return before;
  }

  claims(uid: string): Map<string, number> {
    const own = this.#links.filter((each) => each.uid === uid && each.link.until === Infinity);
    return new Map(own.map(({ service, link }) => [service, link.podId]));
  }

  set(wanted: Wanted & SetLinkedPodOptions, replied?: SetLinkedPodResult): SetLinkedPodResult {
    const previous = this.#find(wanted)?.podId;
    const reason: Reason = { why: 'forced', by: wanted.by, at: this.#clock.now };
    const isClaim = wanted.seconds === PERSIST_FOREVER;
    const token = isClaim ? this.#newClaim({ ...wanted, reason }, replied?.token) : undefined;
    if (token === undefined) this.#place(wanted, { reason });
    return { previous, token };
  }

  setIfAbsent(
    { uid, service, podId, seconds, despitePin }: Wanted & PlaceOptions,
    replied?: Partial<Link> & RefusedFor,
  ): PlacementResult {
    const before = this.#find({ uid, service });
    const refused = before ? undefined : this.#refused({ uid, service }, podId, despitePin, replied);
    if (refused) return { created: false, ...refused };
    const until = this.#clock.now + seconds * 1_000;
    if (seconds === PERSIST_FOREVER) {
      if (!before || (before.until < Infinity && before.podId === podId))
        this.#newClaim(
          { uid, service, podId, reason: { ...this.#known(before), at: this.#clock.now } },
          replied?.token,
        );
    } else if (!before) this.#place({ uid, service, podId, seconds });
    else if (until > before.until) this.#place({ uid, service, podId: before.podId, seconds }, before);
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
    if (previous !== podId && assertToken === undefined) {
      const why = this.#refused(wanted, podId, wanted.despitePin, replied);
      if (why) return { ...refused, ...why };
    }
    const standing = previous === podId ? this.#find(wanted) : undefined;
    if (seconds !== PERSIST_FOREVER) {
      this.#place(
        wanted,
        standing && { ...standing, reason: before?.permanent ? before.reason : standing.reason },
      );
      return { linked: true, podId, previous };
    }
    const { now } = this.#clock;
    const claimed: Reason = { why: 'claimed', at: now };
    if (assertToken !== undefined) {
      const isEnded = record?.token === assertToken && !record.owner;
      if (isEnded || this.lastToken(wanted.uid, wanted.service) > assertToken) return refused;
      const isKept =
        before?.token !== undefined || (record?.owner?.podId === podId && record.token === assertToken);
      const reason = (isKept ? record?.reason : undefined) ?? { why: 'restored', at: now };
      this.#claim({ ...wanted, reason }, assertToken);
      return { linked: true, podId, previous, token: assertToken };
    }
    const own = before?.incarnation === incarnation ? before?.token : undefined;
    if (own !== undefined && own >= minToken) return { linked: true, podId, previous, token: own };
    const reasonBefore = before?.token === undefined ? undefined : record?.reason;
    const reason = before?.permanent
      ? (reasonBefore ?? claimed)
      : standing
        ? { ...this.#known(standing), at: now }
        : claimed;
    const token = this.#newClaim({ ...wanted, reason }, replied?.token);
    const since = standing?.unservedSince;
    const gapMs = since === undefined ? undefined : this.#clock.age(replied?.gapMs, Math.max(0, now - since));
    return { linked: true, podId, previous, token, gapMs };
  }

  replace(moved: Moved, replied?: ReplaceResult): ReplaceResult {
    const { from, to, seconds, onlyIfTemporary, ifToken, why, by, unservedMs, despitePin } = moved;
    const named: Named = { uid: moved.uid, service: moved.service };
    const before = this.get(named);
    const stands = before?.permanent && (onlyIfTemporary || ifToken !== (before.token ?? null));
    if (before?.podId === from && from !== to && !stands) {
      const refused =
        this.#refused(named, to, despitePin, replied) ??
        this.#heldAgainst(named, before.token, moved, replied);
      if (refused) return { linked: false, podId: this.#find(named)?.podId, ...refused };
      const { now } = this.#clock;
      const reason: Reason = { why: why ?? (before.permanent ? 'taken-over' : 'relinked'), by, at: now };
      const unservedSince = unservedMs === undefined ? undefined : now - unservedMs;
      this.#place({ ...named, podId: to, seconds }, { reason, unservedSince });
    }
    const podId = this.#find(named)?.podId;
    return { linked: podId === to, podId };
  }

  remove({ keepSeconds = 0, ...named }: Named & RemoveLinkedPodWithIdOptions): boolean {
    const before = this.#find(named);
    if (!before) return false;
    if (keepSeconds > 0) {
      const { podId } = before;
      const ofClaim =
        this.#records.find(named)?.owner?.podId === podId ? this.#records.find(named)?.reason : undefined;
      const reason = before.until === Infinity ? ofClaim : before.reason;
      this.#place({ ...named, podId, seconds: keepSeconds }, { ...before, reason });
    } else this.#end(named);
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

  /** Makes a temporary link; without a reason it is a placement. */
  #place(
    { podId, seconds, uid, service }: Wanted,
    arrival?: Pick<ModelLink, 'reason' | 'unservedSince'>,
  ): void {
    const { reason, unservedSince } = arrival ?? {};
    this.#end({ uid, service });
    const link = { podId, until: this.#clock.now + seconds * 1_000, reason, unservedSince };
    this.#links.push({ uid, service, link });
    if (this.claims(uid).size === 0) this.#records.expire(uid);
  }

  /** Makes a claim with the next token. */
  #newClaim(wanted: Claimed, replied: number | undefined): number {
    const least = Math.max(this.lastToken(wanted.uid, wanted.service) + 1, wanted.minToken ?? 0);
    const token = this.#clock.token(replied, least);
    this.#claim(wanted, token);
    return token;
  }

  #claim({ uid, service, podId, incarnation, leaseMs, reason }: Claimed, token: number): void {
    this.#drop({ uid, service });
    this.#links.push({ uid, service, link: { podId, until: Infinity } });
    this.#records.own({ uid, service }, token, { podId, incarnation, leaseMs }, reason);
  }

  #end({ uid, service }: Named): void {
    const wasClaim = this.claims(uid).has(service);
    this.#drop({ uid, service });
    if (wasClaim) this.#records.end({ uid, service });
    if (this.claims(uid).size === 0) this.#records.expire(uid);
  }

  /** The reason of a temporary link without its time, or that of none. */
  #known(link: ModelLink | undefined): Omit<Reason, 'at'> {
    const { why, by } = link?.reason ?? { why: 'placed' as const, by: undefined };
    return { why, by };
  }

  /** A reason with the time of the reply, if that is possible. */
  #seen({ why, by, at }: Reason, replied: Partial<Link> | undefined): Reason {
    return { why, by, at: at === undefined ? undefined : this.#clock.timeSince(replied?.reason?.at, at) };
  }

  /** What refuses a placement on this pod. */
  #refused(
    named: Named,
    podId: number,
    despitePin: number | undefined,
    replied: RefusedFor | undefined,
  ): RefusedFor | undefined {
    const quarantinedUntil = this.#quarantined(named, replied?.quarantinedUntil);
    if (quarantinedUntil !== undefined) return { quarantinedUntil };
    const pin = this.#records.pin(named)?.podId;
    return pin === undefined || pin === podId || pin === despitePin ? undefined : { pinnedTo: pin };
  }

  /** Counts a death against the user of a claim. */
  #heldAgainst(
    named: Named,
    token: number | undefined,
    { ownerDiedAt, othersFell = 0, poison }: Moved,
    replied: ReplaceResult | undefined,
  ): Pick<ReplaceResult, 'suspected' | 'quarantinedUntil'> | undefined {
    if (ownerDiedAt === undefined || token === undefined) return undefined;
    const before = this.#records.poison(named).deaths;
    const deaths = deathsAfter(before, Math.floor(token / 1_000), { at: ownerDiedAt, othersFell });
    const isOver = deaths.length >= DEATHS_MAX;
    if (isOver && poison === 'quarantine') {
      this.#records.setPoison(named, [], this.#clock.now + QUARANTINE_MS);
      this.#end(named);
      return { quarantinedUntil: this.#quarantined(named, replied?.quarantinedUntil) };
    }
    this.#records.setPoison(named, isOver && poison === 'forgive' ? [] : deaths, 0);
    return isOver && poison === undefined ? { suspected: true } : undefined;
  }

  #quarantined(named: Named, replied: number | undefined): number | undefined {
    const { until } = this.#records.poison(named);
    return until > this.#clock.now ? this.#clock.timeSince(replied, until) : undefined;
  }

  endQuarantine(named: Named): boolean {
    const was = this.#records.poison(named).until > this.#clock.now;
    this.#records.setPoison(named, [], 0);
    return was;
  }

  #drop(named: Named): void {
    this.#links = this.#links.filter((each) => !isOf(each, named));
  }
}

function isOf(each: Named, { uid, service }: Named): boolean {
  return each.uid === uid && each.service === service;
}
