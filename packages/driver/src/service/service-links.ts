import type { CancelTimer, Clock, Link, PodStates, Snapshot } from '@stateful-route/core';
import type { DeadlineQueue } from '@stateful-route/core/adapter';
import { outcomeOfError, type ServiceTelemetry } from '../telemetry/service-telemetry.ts';
import { LinkRequest, type LocatedLink } from './link-request.ts';
import { RecentMap } from './recent-map.ts';

interface CachedLink extends LocatedLink {
  /** Monotonic, whole ms: a small integer needs no allocation. */
  readonly expiresAt: number;
}

/** Which pods of a snapshot are available. While it is valid, lookups read no clock. */
interface Verdict {
  readonly snapshot: Snapshot;
  readonly available: PodStates;
  /** Monotonic. */
  readonly until: number;
}

/**
 * How long a cached verdict on a service's pods is used without reading the clock. A new snapshot, or a pod crossing an age
 * limit, ends it earlier.
 */
const VERDICT_MS = 1_000;

/** After this many lookups the clock is read even if no timer has ended the verdict. */
const LOOKUPS_WITHOUT_CLOCK = 1_024;

/** What the links of all services share. */
export interface ServiceLinksParts {
  readonly clock: Clock;
  /** How many links of one service are remembered at least. */
  readonly linkMax: number;
  /** How long a claim is remembered; a temporary link no longer than its time to live. */
  readonly linkLifeMs: number;
  readonly deadlines: DeadlineQueue;
}

/** The service whose links these are. */
export interface LinkedService {
  readonly namespace: string;
  readonly serviceName: string;
  /** How many refreshes have passed since the service was last used. */
  idleRefreshes: number;
  readonly snapshot: Snapshot | undefined;
  isLast(snapshot: Snapshot): boolean;
  validUntil(snapshot: Snapshot): number;
  readonly unreachable: { has(podId: number): boolean };
  readonly telemetry: ServiceTelemetry;
}

/** The remembered links of one service's users, and the requests under way for them. */
export class ServiceLinks {
  readonly #service: LinkedService;
  readonly #parts: ServiceLinksParts;
  readonly #clock: Clock;
  readonly #telemetry: ServiceTelemetry;
  readonly #links: RecentMap<CachedLink>;
  /** The link remembered last for each pod. */
  readonly #lastOf = new Map<number, CachedLink>();
  readonly #underWay = new Map<string, LinkRequest>();
  #verdict: Verdict | undefined;
  #lookups = 0;
  #cancelTimer: CancelTimer | undefined;
  /** `since` of the directory in which the links were learned. */
  #since: number | undefined;

  constructor(service: LinkedService, parts: ServiceLinksParts) {
    this.#service = service;
    this.#parts = parts;
    this.#clock = parts.clock;
    this.#telemetry = service.telemetry;
    this.#links = new RecentMap(parts.linkMax);
  }

  /**
   * The remembered link, if its pod is available. A temporary link to an unreachable pod is left out. Every request for a
   * known user passes here: the clock is read only if the link may expire before the verdict does, and a lookup is counted by
   * adding to a number.
   */
  get(uid: string): LocatedLink | undefined {
    const link = this.find(uid);
    if (link) this.#telemetry.hits.value += 1;
    else this.#telemetry.misses.value += 1;
    return link;
  }

  /** As {@link get}, but does not count. */
  find(uid: string): LocatedLink | undefined {
    const verdict = this.#currentVerdict();
    const link = verdict && this.#links.get(uid);
    if (!link || !verdict.available.has(link.podId)) return undefined;
    if (link.temporary && this.#service.unreachable.has(link.podId)) return undefined;
    return link.expiresAt > verdict.until || link.expiresAt > this.#clock.monotonic() ? link : undefined;
  }

  set(uid: string, link: Link): LocatedLink {
    // Forgets the links of an earlier directory before this one is added.
    this.#currentVerdict();
    const cached = this.#cachedLink(link);
    this.#links.set(uid, cached);
    return cached;
  }

  /** The request under way for a user, or a new one that `resolve` answers. The answer is remembered. */
  request(uid: string, timeoutMs: number, resolve: (request: LinkRequest) => Promise<Link>): LinkRequest {
    const known = this.#underWay.get(uid);
    if (known) return known;
    const request = new LinkRequest(this.#service, uid, this.#clock, timeoutMs, this.#ended);
    this.#underWay.set(uid, request);
    this.#parts.deadlines.add(request);
    resolve(request).then(
      (link) => {
        this.#telemetry.placements[request.isPlaced ? 'placed' : 'found'].value += 1;
        // The user may have been forgotten meanwhile.
        const isWanted = this.#ended(request);
        request.succeed(isWanted ? this.set(uid, link) : { podId: link.podId, temporary: !link.permanent });
      },
      (error: unknown) => {
        this.#telemetry.placements[outcomeOfError(error)].value += 1;
        this.#ended(request);
        request.fail(error);
      },
    );
    return request;
  }

  /** How many links are in memory. */
  get size(): number {
    return this.#links.size;
  }

  /** Whether requests are under way. */
  get isBusy(): boolean {
    return this.#underWay.size > 0;
  }

  /** Forgets a user's link. A request under way for the user is not joined any more, and its answer is not remembered. */
  forget(uid: string): boolean {
    this.#underWay.delete(uid);
    return this.#links.delete(uid);
  }

  /** Forgets all links, as {@link forget} does one. */
  clear(): void {
    this.#verdict = undefined;
    this.#cancelTimer?.();
    this.#forgetAll();
  }

  /** Links to one pod that expire in the same ms, such as those of one batch, share one object. */
  #cachedLink({ podId, permanent, ttlMs }: Link): CachedLink {
    const { linkLifeMs } = this.#parts;
    const temporary = !permanent;
    const expiresAt = Math.floor(this.#clock.monotonic() + Math.min(linkLifeMs, ttlMs ?? linkLifeMs));
    const last = this.#lastOf.get(podId);
    if (last?.expiresAt === expiresAt && last.temporary === temporary) return last;
    const cached = { podId, temporary, expiresAt };
    this.#lastOf.set(podId, cached);
    return cached;
  }

  /** Returns whether the answer is to be remembered. */
  readonly #ended = (request: LinkRequest): boolean => {
    this.#parts.deadlines.delete(request);
    return this.#underWay.get(request.uid) === request && this.#underWay.delete(request.uid);
  };

  /** `undefined` while the pods are not known. */
  #currentVerdict(): Verdict | undefined {
    const verdict = this.#verdict;
    if (!verdict || !this.#service.isLast(verdict.snapshot) || this.#isOver(verdict)) {
      return this.#newVerdict();
    }
    this.#service.idleRefreshes = 0;
    return verdict;
  }

  /** A loop over known users that awaits nothing else lets no timer run, so the clock is read now and then. */
  #isOver({ until }: Verdict): boolean {
    this.#lookups = (this.#lookups + 1) % LOOKUPS_WITHOUT_CLOCK;
    return this.#lookups === 0 && this.#clock.monotonic() > until;
  }

  #newVerdict(): Verdict | undefined {
    this.#verdict = undefined;
    this.#cancelTimer?.();
    this.#service.idleRefreshes = 0;
    const { snapshot } = this.#service;
    if (!snapshot) return undefined;
    this.#keepDirectory(snapshot.read.since);
    const now = this.#clock.monotonic();
    const until = Math.min(now + VERDICT_MS, this.#service.validUntil(snapshot));
    this.#cancelTimer = this.#clock.setTimeout(() => {
      this.#verdict = undefined;
    }, until - now);
    return (this.#verdict = { snapshot, available: snapshot.available, until });
  }

  /**
   * Forgets the links of an earlier directory: a store that came back empty has lost them, and other callers may place their
   * users elsewhere.
   */
  #keepDirectory(since: number | undefined): void {
    if (this.#since !== undefined && this.#since !== since) this.#forgetAll();
    this.#since = since;
  }

  #forgetAll(): void {
    this.#links.clear();
    this.#underWay.clear();
  }
}
