import {
  type Link,
  PERSIST_FOREVER,
  type Pin,
  type PlacementResult,
  type Reason,
  type RemoveLinkedPodOptions,
  type RemoveLinkedPodWithIdOptions,
  routeError,
  type TrySetResult,
} from '@stateful-route/core';
import {
  type BatchGetLinkOptions,
  type ByOptions,
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
  type StatefulExecutor,
  type TrySetLinkedPodOptions,
} from '@stateful-route/core/adapter';
import type { MemoryStateFeed } from './feed/memory-state-feed.ts';
import type { MemoryStore } from './stored/memory-store.ts';
import type { Poison } from './stored/stored-links.ts';

type LinkMethods = Exclude<
  keyof StatefulExecutor,
  `${string}ServiceState` | `${string}WorkloadState${string}` | `${string}Roster` | 'reportDead'
>;

/** The part of the port that is about links. */
export class MemoryLinks implements Pick<StatefulExecutor, LinkMethods> {
  protected readonly store: MemoryStore;
  protected readonly feed: MemoryStateFeed;

  constructor(store: MemoryStore, feed: MemoryStateFeed) {
    this.store = store;
    this.feed = feed;
  }

  async setLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    persistSeconds: number,
    { by, ...options }: SetLinkedPodOptions = {},
  ): Promise<SetLinkedPodResult> {
    const link = this.store.links.get(namespace, uid, serviceName);
    const reason: Reason = { why: 'forced', by, at: this.store.now() };
    const made =
      persistSeconds === PERSIST_FOREVER
        ? this.#claim(namespace, uid, serviceName, podId, reason, options)
        : this.store.links.setTemporary(namespace, uid, serviceName, podId, persistSeconds * 1_000, {
            reason,
          });
    if (!made.permanent || link?.podId !== podId) this.#notifyOwner(namespace, uid, serviceName, link);
    return { previous: link?.podId, token: made.token };
  }

  async trySetLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    persistSeconds: number,
    options: TrySetLinkedPodOptions = {},
  ): Promise<TrySetResult> {
    this.store.checkEpoch('trySetLinkedPod', options.epoch);
    const { links } = this.store;
    const { incarnation, minToken = 0, assertToken, onlyIfNamed, onlyIfClaimed } = options;
    const link = links.get(namespace, uid, serviceName);
    const record = links.record(namespace, uid, serviceName);
    const previous = link?.podId;
    const refusal = { linked: false, podId: previous, previous, token: link?.token };
    const isNamed = previous === podId;
    if (link?.permanent && !isNamed) return refusal;
    const forever = persistSeconds === PERSIST_FOREVER;
    const met = record?.owner?.podId === podId ? record.owner.incarnation : undefined;
    if (forever && incarnation !== undefined && met !== undefined && isDisplaced(incarnation, met)) {
      throw routeError(
        'FENCED',
        `Pod ${podId} of ${serviceName} has a later process, ${met}, which claimed ${uid}: ${incarnation} must stop serving.`,
        { namespace, serviceName, podId, incarnation, met },
      );
    }
    if ((onlyIfNamed || onlyIfClaimed) && !isNamed) return refusal;
    if (onlyIfClaimed && !link?.permanent) return refusal;
    const isPlacing = !isNamed && assertToken === undefined;
    const refused = isPlacing ? this.#refused(namespace, uid, serviceName, podId, options) : undefined;
    if (refused) return { ...refusal, ...refused };
    const unservedSince = isNamed ? links.unservedSince(namespace, uid, serviceName) : undefined;
    if (!forever) {
      const reason = isNamed ? link?.reason : undefined;
      links.setTemporary(namespace, uid, serviceName, podId, persistSeconds * 1_000, {
        reason,
        unservedSince,
      });
      return { linked: true, podId, previous };
    }
    const reason = this.#reasonToClaim(link, podId);
    if (assertToken !== undefined) {
      if (record && (record.token > assertToken || (record.token === assertToken && !record.owner)))
        return refusal;
      const isLostLink = record?.owner?.podId === podId && record.token === assertToken;
      const known = link?.token === undefined && !isLostLink ? undefined : record?.reason;
      const restored: Reason = { why: 'restored', at: this.store.now() };
      links.setClaim(namespace, uid, serviceName, podId, assertToken, options, known ?? restored);
      return { linked: true, podId, previous, token: assertToken };
    }
    const isOwn = link?.token !== undefined && link.incarnation === incarnation;
    if (isOwn && link.token >= minToken) return { linked: true, podId, previous, token: link.token };
    const { token } = this.#claim(namespace, uid, serviceName, podId, reason, options);
    const gapMs = unservedSince === undefined ? undefined : Math.max(0, this.store.now() - unservedSince);
    return { linked: true, podId, previous, token, gapMs };
  }

  async setLinkedPodIfAbsent(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    persistSeconds: number,
    options: PlaceOptions = {},
  ): Promise<PlacementResult> {
    this.store.checkEpoch('setLinkedPodIfAbsent', options.epoch);
    const link = this.store.links.get(namespace, uid, serviceName);
    const refused = link ? undefined : this.#refused(namespace, uid, serviceName, podId, options);
    if (refused) return { created: false, ...refused };
    const forever = persistSeconds === PERSIST_FOREVER;
    if (link && (link.permanent || (forever && link.podId !== podId))) return { ...link, created: false };
    const created = link === undefined;
    if (forever) {
      const reason = this.#reasonToClaim(link ?? { podId, permanent: false }, podId);
      return { ...this.#claim(namespace, uid, serviceName, podId, reason), created };
    }
    const ttlMs = Math.max(link?.ttlMs ?? 0, persistSeconds * 1_000);
    if (link) {
      this.store.links.renew(namespace, uid, serviceName, ttlMs);
      return { ...link, ttlMs, created };
    }
    return { ...this.store.links.setTemporary(namespace, uid, serviceName, podId, ttlMs), created };
  }

  async replaceLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    from: number,
    to: number,
    persistSeconds: number,
    options: ReplaceLinkedPodOptions = {},
  ): Promise<ReplaceResult> {
    this.store.checkEpoch('replaceLinkedPod', options.epoch);
    const { onlyIfTemporary = false, ifToken, why, by, unservedMs } = options;
    const link = this.store.links.get(namespace, uid, serviceName);
    if (!link) return { linked: false, podId: undefined };
    if (link.podId === to) return { linked: true, podId: to };
    const mayReplace = !link.permanent || (!onlyIfTemporary && (link.token ?? null) === ifToken);
    if (link.podId !== from || !mayReplace) return { linked: false, podId: link.podId };
    const refused =
      this.#refused(namespace, uid, serviceName, to, options) ??
      this.#heldAgainst(namespace, uid, serviceName, link, options);
    if (refused) {
      const { podId } = this.store.links.get(namespace, uid, serviceName) ?? {};
      return { linked: false, podId, ...refused };
    }
    const at = this.store.now();
    this.store.links.setTemporary(namespace, uid, serviceName, to, persistSeconds * 1_000, {
      reason: { why: why ?? (link.permanent ? 'taken-over' : 'relinked'), by, at },
      unservedSince: unservedMs === undefined ? undefined : at - unservedMs,
    });
    return { linked: true, podId: to };
  }

  async getLinkedPod(namespace: string, uid: string, serviceName: string): Promise<number | undefined> {
    return this.store.links.get(namespace, uid, serviceName)?.podId;
  }

  async getLinkedPodIfPersist(
    namespace: string,
    uid: string,
    serviceName: string,
  ): Promise<number | undefined> {
    return this.store.links.claims(namespace, uid).get(serviceName);
  }

  async getLink(namespace: string, uid: string, serviceName: string): Promise<LinkReading> {
    const { links } = this.store;
    const link = links.get(namespace, uid, serviceName) ?? { permanent: false };
    const record = links.record(namespace, uid, serviceName);
    const endedToken = record?.owner ? undefined : record?.token;
    const pin = links.pin(namespace, uid, serviceName);
    const { until } = links.poison(namespace, uid, serviceName);
    const quarantinedUntil = until > this.store.now() ? until : undefined;
    return { ...link, endedToken, pin, quarantinedUntil, storeTime: this.store.now() };
  }

  async batchGetLinkedPod(
    namespace: string,
    uids: readonly string[],
    serviceName: string,
  ): Promise<Map<number, string[]>> {
    const found = new Map<number, string[]>();
    for (const uid of uids) {
      const link = this.store.links.get(namespace, uid, serviceName);
      if (!link) continue;
      const together = found.get(link.podId);
      if (together) together.push(uid);
      else found.set(link.podId, [uid]);
    }
    return found;
  }

  async batchGetLink(
    namespace: string,
    uids: readonly string[],
    serviceName: string,
    { pins = false }: BatchGetLinkOptions = {},
  ): Promise<Map<string, Link>> {
    const found = new Map<string, Link>();
    for (const uid of uids) {
      const link = this.store.links.get(namespace, uid, serviceName);
      if (!link) continue;
      const pin = pins ? this.store.links.pin(namespace, uid, serviceName) : undefined;
      found.set(uid, { ...link, pin });
    }
    return found;
  }

  async removeLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    { keepSeconds = 0 }: RemoveLinkedPodOptions = {},
  ): Promise<boolean> {
    const link = this.store.links.get(namespace, uid, serviceName);
    if (!link) return false;
    this.#remove(namespace, uid, serviceName, link, keepSeconds);
    this.#notifyOwner(namespace, uid, serviceName, link);
    return true;
  }

  async removeLinkedPodWithId(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    { keepSeconds = 0, token, onlyIfTemporary = false }: RemoveLinkedPodWithIdOptions = {},
  ): Promise<boolean> {
    const link = this.store.links.get(namespace, uid, serviceName);
    if (link?.podId !== podId || (token !== undefined && link.token !== token)) return false;
    if (onlyIfTemporary && link.permanent) return false;
    this.#remove(namespace, uid, serviceName, link, keepSeconds);
    if (token === undefined) this.#notifyOwner(namespace, uid, serviceName, link);
    return true;
  }

  async endQuarantine(namespace: string, uid: string, serviceName: string): Promise<boolean> {
    const { links } = this.store;
    const { until } = links.poison(namespace, uid, serviceName);
    links.setPoison(namespace, uid, serviceName, { deaths: [], until: 0 });
    return until > this.store.now();
  }

  async setPin(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number | undefined,
    { by }: ByOptions = {},
  ): Promise<Pin | undefined> {
    const { links } = this.store;
    const before = links.pin(namespace, uid, serviceName);
    if (before?.podId !== podId) {
      const pin = podId === undefined ? undefined : { podId, by, at: this.store.now() };
      links.setPin(namespace, uid, serviceName, pin);
    }
    return before;
  }

  async getLinkService(namespace: string, uid: string): Promise<Map<string, number>> {
    return this.store.links.claims(namespace, uid);
  }

  /** Makes a claim with the next token: the time in µs, the last token + 1 or `minToken`, whichever is greatest. */
  #claim(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    reason: Reason,
    { minToken = 0, ...owner }: ClaimOwnerOptions = {},
  ): Link {
    const kept = this.store.links.record(namespace, uid, serviceName)?.token ?? 0;
    const token = Math.max(this.store.now() * 1_000, kept + 1, minToken);
    return this.store.links.setClaim(namespace, uid, serviceName, podId, token, owner, reason);
  }

  /** What refuses a placement on this pod; `undefined` if nothing does. */
  #refused(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    { despitePin }: PlaceOptions,
  ): RefusedFor | undefined {
    const { links } = this.store;
    const { until } = links.poison(namespace, uid, serviceName);
    if (until > this.store.now()) return { quarantinedUntil: until };
    const pin = links.pin(namespace, uid, serviceName)?.podId;
    return pin === undefined || pin === podId || pin === despitePin ? undefined : { pinnedTo: pin };
  }

  /** Counts the death of the owner against the user. Returns what refuses the replacement then. */
  #heldAgainst(
    namespace: string,
    uid: string,
    serviceName: string,
    { token }: Link,
    { ownerDiedAt, othersFell = 0, poison }: ReplaceLinkedPodOptions,
  ): Pick<ReplaceResult, 'quarantinedUntil' | 'suspected'> | undefined {
    if (ownerDiedAt === undefined || token === undefined) return undefined;
    const { links } = this.store;
    const before = links.poison(namespace, uid, serviceName).deaths;
    const deaths = deathsAfter(before, Math.floor(token / 1_000), { at: ownerDiedAt, othersFell });
    const set = (now: Poison): void => links.setPoison(namespace, uid, serviceName, now);
    if (deaths.length < DEATHS_MAX || poison === undefined) {
      set({ deaths, until: 0 });
      return deaths.length < DEATHS_MAX ? undefined : { suspected: true };
    }
    if (poison === 'forgive') {
      set({ deaths: [], until: 0 });
      return undefined;
    }
    const until = this.store.now() + QUARANTINE_MS;
    set({ deaths: [], until });
    links.remove(namespace, uid, serviceName);
    return { quarantinedUntil: until };
  }

  /** The reason of a claim: that of the link to the same pod that it replaces, if there is one. */
  #reasonToClaim(link: Link | undefined, podId: number): Reason {
    const at = this.store.now();
    if (link?.podId !== podId) return { why: 'claimed', at };
    if (link.permanent) return link.reason ?? { why: 'claimed', at };
    return { why: 'placed', ...link.reason, at };
  }

  /** A link that is kept for a while keeps its reason. */
  #remove(namespace: string, uid: string, serviceName: string, link: Link, keepSeconds: number): void {
    const { links } = this.store;
    const { podId, reason } = link;
    if (keepSeconds > 0) {
      const unservedSince = links.unservedSince(namespace, uid, serviceName);
      const arrival = { reason, unservedSince };
      links.setTemporary(namespace, uid, serviceName, podId, keepSeconds * 1_000, arrival);
    } else links.remove(namespace, uid, serviceName);
  }

  /** Notifies the owner that another process ended its claim without the token. */
  #notifyOwner(namespace: string, uid: string, serviceName: string, link: Link | undefined): void {
    if (!link?.permanent) return;
    const { podId, token } = link;
    this.feed.publishToPod(namespace, serviceName, podId, { type: 'claimEnded', uid, token });
  }
}

/** Whether a claim's record names a later run of the pod than the caller's. */
function isDisplaced(incarnation: string, recorded: string): boolean {
  return !isSameRun(recorded, incarnation) && compareIncarnations(recorded, incarnation) > 0;
}
