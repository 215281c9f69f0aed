import type { Clock, ComputedLink, Link } from '@stateful-route/core';
import QuickLRU from 'quick-lru';
import type { RouteConfig } from '../config/route-config.ts';

interface CachedLink extends ComputedLink {
  /** Monotonic. */
  readonly expiresAt: number;
}

/** What is remembered of one service's users, and the requests under way for them. */
interface ServiceLinks {
  readonly links: QuickLRU<string, CachedLink>;
  readonly underWay: Map<string, Promise<ComputedLink>>;
  /** The `since` of the directory in which they were learned. */
  since?: number | undefined;
}

/** The grace that the store's link has over the remembered one, so that a caller renews before the link ends. */
const RENEW_BEFORE_MS = 60_000;

/** Remembers users' pods: bounded in number for each service, and in time by the link's own life. */
export class LinkCache {
  readonly #clock: Clock;
  /** The LRU keeps two generations, the older one less its last place: together they are at most `linkCacheMax`. */
  readonly #generation: number;
  readonly #lifeMs: number;
  readonly #services = new Map<string, Map<string, ServiceLinks>>();

  constructor(clock: Clock, config: RouteConfig) {
    const linkMs = config.linkInfoCacheTimeSecs * 1_000;
    this.#clock = clock;
    this.#generation = Math.ceil(config.linkCacheMax / 2);
    this.#lifeMs = Math.max(linkMs / 2, linkMs - RENEW_BEFORE_MS);
  }

  get(namespace: string, uid: string, serviceName: string): ComputedLink | undefined {
    const link = this.#services.get(namespace)?.get(serviceName)?.links.get(uid);
    return link && link.expiresAt > this.#clock.monotonic() ? link : undefined;
  }

  set(namespace: string, uid: string, serviceName: string, link: Link): ComputedLink {
    const lifeMs = Math.min(this.#lifeMs, link.ttlMs ?? Number.POSITIVE_INFINITY);
    const cached: CachedLink = {
      podId: link.podId,
      temporary: !link.permanent,
      expiresAt: this.#clock.monotonic() + lifeMs,
    };
    this.#service(namespace, serviceName).links.set(uid, cached);
    return cached;
  }

  /** One request for all who ask about a user at the same time; its answer is remembered. */
  request(
    namespace: string,
    uid: string,
    serviceName: string,
    resolve: () => Promise<Link>,
  ): Promise<ComputedLink> {
    const { underWay } = this.#service(namespace, serviceName);
    const known = underWay.get(uid);
    if (known) return known;
    // The user may be forgotten meanwhile.
    const isWanted = (): boolean => underWay.get(uid) === request;
    const request: Promise<ComputedLink> = resolve()
      .then((link) =>
        isWanted()
          ? this.set(namespace, uid, serviceName, link)
          : { podId: link.podId, temporary: !link.permanent },
      )
      .finally(() => {
        if (isWanted()) underWay.delete(uid);
      });
    underWay.set(uid, request);
    return request;
  }

  /**
   * Forgets what was learned of a service in an earlier directory than the one that has been kept since this store time:
   * a store that came back empty has lost links, and other callers may place their users elsewhere.
   */
  keepSince(namespace: string, serviceName: string, since: number | undefined): void {
    const service = this.#service(namespace, serviceName);
    if (service.since === since) return;
    if (service.since !== undefined) {
      service.links.clear();
      service.underWay.clear();
    }
    service.since = since;
  }

  /** Forgets a user's pod, and the answer of a request under way: who asks from now on is answered anew. */
  forget(namespace: string, uid: string, serviceName: string): boolean {
    const service = this.#services.get(namespace)?.get(serviceName);
    service?.underWay.delete(uid);
    return service?.links.delete(uid) ?? false;
  }

  clear(): void {
    for (const byName of this.#services.values()) {
      for (const { underWay } of byName.values()) underWay.clear();
    }
    this.#services.clear();
  }

  #service(namespace: string, serviceName: string): ServiceLinks {
    const known = this.#services.get(namespace)?.get(serviceName);
    if (known) return known;
    const links: ServiceLinks = { links: new QuickLRU({ maxSize: this.#generation }), underWay: new Map() };
    const byName = this.#services.get(namespace) ?? new Map<string, ServiceLinks>();
    this.#services.set(namespace, byName.set(serviceName, links));
    return links;
  }
}
