import { type Clock, type ComputedLink, DeadlineQueue, type Link } from '@stateful-route/core';
import type { RouteConfig } from '../config/route-config.ts';
import type { ServiceStateCache } from '../state/service-state-cache.ts';
import type { LinkRequest } from './link-request.ts';
import { ServiceLinks } from './service-links.ts';

/** The grace that the store's link has over the remembered one, so that a caller renews before the link ends. */
const RENEW_BEFORE_MS = 60_000;

/** Remembers users' pods: bounded in number for each service, and in time by the link's own life. */
export class LinkCache {
  readonly #clock: Clock;
  readonly #states: ServiceStateCache;
  readonly #max: number;
  readonly #lifeMs: number;
  readonly #deadlines: DeadlineQueue;
  readonly #services = new Map<string, Map<string, ServiceLinks>>();

  constructor(clock: Clock, config: RouteConfig, states: ServiceStateCache) {
    const linkMs = config.linkInfoCacheTimeSecs * 1_000;
    this.#clock = clock;
    this.#states = states;
    this.#deadlines = new DeadlineQueue(clock);
    this.#max = config.linkCacheMax;
    this.#lifeMs = Math.max(linkMs / 2, linkMs - RENEW_BEFORE_MS);
  }

  /** The remembered link, if its pod is available. */
  get(namespace: string, uid: string, serviceName: string): ComputedLink | undefined {
    return this.#services.get(namespace)?.get(serviceName)?.get(uid);
  }

  set(namespace: string, uid: string, serviceName: string, link: Link): ComputedLink {
    return this.#service(namespace, serviceName).set(uid, link);
  }

  /** One request for all who ask about a user at the same time; its answer is remembered. */
  request(
    namespace: string,
    uid: string,
    serviceName: string,
    timeoutMs: number,
    resolve: () => Promise<Link>,
  ): LinkRequest {
    return this.#service(namespace, serviceName).request(uid, timeoutMs, resolve);
  }

  /** Forgets a user's pod, and the answer of a request under way: who asks from now on is answered anew. */
  forget(namespace: string, uid: string, serviceName: string): boolean {
    return this.#services.get(namespace)?.get(serviceName)?.forget(uid) ?? false;
  }

  clear(): void {
    for (const byName of this.#services.values()) {
      for (const service of byName.values()) service.close();
    }
    this.#services.clear();
  }

  #service(namespace: string, serviceName: string): ServiceLinks {
    const known = this.#services.get(namespace)?.get(serviceName);
    if (known) return known;
    const links = new ServiceLinks({
      clock: this.#clock,
      max: this.#max,
      lifeMs: this.#lifeMs,
      deadlines: this.#deadlines,
      watched: () => this.#states.peek(namespace, serviceName),
    });
    const byName = this.#services.get(namespace) ?? new Map<string, ServiceLinks>();
    this.#services.set(namespace, byName.set(serviceName, links));
    return links;
  }
}
