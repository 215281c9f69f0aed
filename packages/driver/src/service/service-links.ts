import type { CancelTimer, Clock, ComputedLink, Link, PodStates, Snapshot } from '@stateful-route/core';
import type { DeadlineQueue } from '@stateful-route/core/adapter';
import { LinkRequest } from './link-request.ts';
import { RecentMap } from './recent-map.ts';

interface CachedLink extends ComputedLink {
  /** Monotonic, whole ms: a number that needs no memory of its own. */
  readonly expiresAt: number;
}

/** What links are judged by: while it stands, no clock needs to be read. */
interface Judgement {
  readonly snapshot: Snapshot;
  readonly available: PodStates;
  /** Monotonic. */
  readonly until: number;
}

/**
 * For how long a judgement may stand: a timer for each service that is asked about. It ends earlier with its snapshot, and
 * when a pod's age changes what may be done with that.
 */
const JUDGED_FOR_MS = 1_000;

/** How many answers may be given before the clock is asked whether the judgement still stands. */
const ANSWERS_UNTIMED = 1_024;

/** What the remembered links of all services share. */
export interface ServiceLinksParts {
  readonly clock: Clock;
  /** How many links are remembered of one service. */
  readonly linkMax: number;
  /** How long a claim is remembered; a temporary link no longer than it lives. */
  readonly linkLifeMs: number;
  readonly deadlines: DeadlineQueue;
}

/** The service whose links they are. */
export interface LinkedService {
  /** How many refreshes have passed since the last question. */
  idleRefreshes: number;
  readonly snapshot: Snapshot | undefined;
  isLast(snapshot: Snapshot): boolean;
  validUntil(snapshot: Snapshot): number;
  /** The pods to which no user is led whom they have not accepted. */
  readonly unreachable: { has(podId: number): boolean };
}

/** What is remembered of one service's users, and the requests under way for them. */
export class ServiceLinks {
  readonly #service: LinkedService;
  readonly #parts: ServiceLinksParts;
  readonly #clock: Clock;
  readonly #links: RecentMap<CachedLink>;
  /** The last link that was remembered of each pod. */
  readonly #lastOf = new Map<number, CachedLink>();
  readonly #underWay = new Map<string, LinkRequest>();
  #judged: Judgement | undefined;
  #answers = 0;
  #cancelTimer: CancelTimer | undefined;
  /** Since when the directory has been kept in which they were learned. */
  #since: number | undefined;

  constructor(service: LinkedService, parts: ServiceLinksParts) {
    this.#service = service;
    this.#parts = parts;
    this.#clock = parts.clock;
    this.#links = new RecentMap(parts.linkMax);
  }

  /**
   * The remembered link, if its pod is available, and can be reached or has accepted the user. It is on the path of every request: what the clock says is known for a
   * while, unless the link ends in that.
   */
  get(uid: string): ComputedLink | undefined {
    const judged = this.#judgement();
    const link = judged && this.#links.get(uid);
    if (!link || !judged.available.has(link.podId)) return undefined;
    if (link.temporary && this.#service.unreachable.has(link.podId)) return undefined;
    return link.expiresAt > judged.until || link.expiresAt > this.#clock.monotonic() ? link : undefined;
  }

  set(uid: string, link: Link): ComputedLink {
    // It was learned in the directory that is known now.
    this.#judgement();
    const cached = this.#cachedLink(link);
    this.#links.set(uid, cached);
    return cached;
  }

  /** One request for all who ask about a user at the same time; its answer is remembered. */
  request(uid: string, timeoutMs: number, resolve: () => Promise<Link>): LinkRequest {
    const known = this.#underWay.get(uid);
    if (known) return known;
    const request = new LinkRequest(uid, this.#clock.monotonic(), timeoutMs, this.#ended);
    this.#underWay.set(uid, request);
    this.#parts.deadlines.add(request);
    resolve().then(
      (link) => {
        // The user may have been forgotten meanwhile.
        const isWanted = this.#ended(request);
        request.succeed(isWanted ? this.set(uid, link) : { podId: link.podId, temporary: !link.permanent });
      },
      (error: unknown) => {
        this.#ended(request);
        request.fail(error);
      },
    );
    return request;
  }

  /** Whether requests are under way. */
  get isBusy(): boolean {
    return this.#underWay.size > 0;
  }

  /** Forgets a user's pod, and the answer of a request under way: who asks from now on is answered anew. */
  forget(uid: string): boolean {
    this.#underWay.delete(uid);
    return this.#links.delete(uid);
  }

  /** Forgets all links, and the answers of requests under way. */
  clear(): void {
    this.#judged = undefined;
    this.#cancelTimer?.();
    this.#forgetAll();
  }

  /** Users who are linked to a pod in the same ms, as those of one batch are, share what is remembered of them. */
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

  /** Returns whether its answer is still wanted by those to come. */
  readonly #ended = (request: LinkRequest): boolean => {
    this.#parts.deadlines.delete(request);
    return this.#underWay.get(request.uid) === request && this.#underWay.delete(request.uid);
  };

  /** What links are judged by now; `undefined` as long as the pods are not known. */
  #judgement(): Judgement | undefined {
    const judged = this.#judged;
    if (!judged || !this.#service.isLast(judged.snapshot) || this.#isOver(judged)) return this.#judge();
    this.#service.idleRefreshes = 0;
    return judged;
  }

  /** A loop that awaits nothing but remembered users lets no timer run: now and then the clock is asked all the same. */
  #isOver({ until }: Judgement): boolean {
    this.#answers = (this.#answers + 1) % ANSWERS_UNTIMED;
    return this.#answers === 0 && this.#clock.monotonic() > until;
  }

  #judge(): Judgement | undefined {
    this.#judged = undefined;
    this.#cancelTimer?.();
    this.#service.idleRefreshes = 0;
    const { snapshot } = this.#service;
    if (!snapshot) return undefined;
    this.#keepDirectory(snapshot.read.since);
    const now = this.#clock.monotonic();
    const until = Math.min(now + JUDGED_FOR_MS, this.#service.validUntil(snapshot));
    this.#cancelTimer = this.#clock.setTimeout(() => {
      this.#judged = undefined;
    }, until - now);
    return (this.#judged = { snapshot, available: snapshot.available, until });
  }

  /**
   * Forgets what was learned in an earlier directory than the one that has been kept since this store time: a store that
   * came back empty has lost links, and other callers may place their users elsewhere.
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
