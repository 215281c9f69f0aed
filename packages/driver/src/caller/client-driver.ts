import {
  type CallOptions,
  type Clock,
  type ComputedLink,
  type Link,
  type LinkInForce,
  routeError,
  type StatefulRouteForClientDriver,
} from '@stateful-route/core';
import {
  checkCallOptions,
  checkNamespace,
  checkPodId,
  checkServiceName,
  checkUid,
  checkUids,
  faultsOf,
  LimitedLogger,
  type StatefulExecutor,
} from '@stateful-route/core/adapter';
import { inject, injectable } from 'tsyringe';
import { abortable } from '../waiting/abortable.ts';
import type { RouteConfig } from '../config/route-config.ts';
import type { RoutePlace } from '../route/route-parts.ts';
import { tokens } from '../wiring/tokens.ts';
import { PodPicker } from '../service/pod-picker.ts';
import { ServiceStateCache } from '../service/service-state-cache.ts';
import { readUndamaged } from '../store/read-undamaged.ts';
import { isLinked, LinkResolver, stands } from './link-resolver.ts';

/** How many users of a batch an error line names. */
const REPORTED_MAX = 10;

/** Answers which pod serves a user: from memory where it can, by the store where it must. */
@injectable()
export class ClientDriver implements StatefulRouteForClientDriver {
  readonly #place: RoutePlace;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #stateful: StatefulExecutor;
  readonly #states: ServiceStateCache;
  readonly #resolver: LinkResolver;
  readonly #linkSeconds: number;
  readonly #logger: LimitedLogger;

  constructor(
    @inject(tokens.place) place: RoutePlace,
    @inject(tokens.config) config: RouteConfig,
    @inject(tokens.clock) clock: Clock,
    @inject(tokens.statefulExecutor) stateful: StatefulExecutor,
    @inject(tokens.stateCache) states: ServiceStateCache,
    @inject(tokens.podPicker) picker: PodPicker,
    @inject(tokens.limitedLogger) logger: LimitedLogger,
  ) {
    this.#logger = logger;
    this.#place = place;
    this.#clock = clock;
    this.#timeoutMs = config.timeoutMs;
    this.#stateful = stateful;
    this.#states = states;
    this.#linkSeconds = Math.ceil(config.linkInfoCacheTimeSecs);
    const leaseMs = config.stateCacheExpireSecs * 1_000;
    this.#resolver = new LinkResolver({
      clock,
      stateful,
      states,
      picker,
      linkSeconds: this.#linkSeconds,
      leaseMs,
    });
  }

  async init(options?: CallOptions): Promise<void> {
    checkCallOptions(options);
    const { namespace, serviceName } = this.#place;
    if (serviceName !== undefined) await this.#states.snapshot(namespace, serviceName, options);
  }

  computeLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<number> {
    const known = this.#known(namespace, uid, serviceName, options);
    if (known) return Promise.resolve(known.podId);
    return this.#ask(namespace, uid, serviceName, options).then(({ podId }) => podId);
  }

  computeLink(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<ComputedLink> {
    const known = this.#known(namespace, uid, serviceName, options);
    return known ? Promise.resolve(known) : this.#ask(namespace, uid, serviceName, options);
  }

  async computeLinks(
    namespace: string,
    uids: readonly string[],
    serviceName: string,
    options?: CallOptions,
  ): Promise<Map<string, ComputedLink>> {
    checkNamespace(namespace);
    checkUids(uids);
    checkServiceName(serviceName);
    checkCallOptions(options);
    options?.signal?.throwIfAborted();
    const unknown = [...new Set(uids)].filter((uid) => !this.getLinkInCache(namespace, uid, serviceName));
    const batch =
      unknown.length > 0
        ? await readUndamaged(unknown, (readable) =>
            this.#stateful.batchGetLink(namespace, readable, serviceName, options),
          )
        : undefined;
    if (batch) {
      const snapshot = await this.#states.snapshot(namespace, serviceName, options);
      for (const [uid, link] of batch.found) {
        if (stands(link, snapshot)) this.#remember(namespace, uid, serviceName, link);
      }
    }
    const found = uids
      .filter((uid) => !batch?.damaged.has(uid))
      .map(async (uid) => [uid, await this.computeLink(namespace, uid, serviceName, options)] as const);
    const links = new Map(await Promise.all(found));
    if (batch?.refusal !== undefined) throw batch.refusal as Error;
    return links;
  }

  async getLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<number | undefined> {
    if (options !== undefined) checkCallOptions(options);
    const known = this.getLinkedInCache(namespace, uid, serviceName);
    if (known !== undefined) return known;
    const link = await this.#stateful.getLink(namespace, uid, serviceName, options);
    return isLinked(link) ? this.#remember(namespace, uid, serviceName, link).podId : undefined;
  }

  async getLinkedPodInCacheOrIfPersist(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<number | undefined> {
    if (options !== undefined) checkCallOptions(options);
    const known = this.getLinkedInCache(namespace, uid, serviceName);
    if (known !== undefined) return known;
    const podId = await this.#stateful.getLinkedPodIfPersist(namespace, uid, serviceName, options);
    return podId === undefined
      ? undefined
      : this.#remember(namespace, uid, serviceName, { podId, permanent: true }).podId;
  }

  getLinkedPodNotCache(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<number | undefined> {
    return this.#stateful.getLinkedPod(namespace, uid, serviceName, options);
  }

  getLinkedInCache(namespace: string, uid: string, serviceName: string): number | undefined {
    return this.getLinkInCache(namespace, uid, serviceName)?.podId;
  }

  getLinkInCache(namespace: string, uid: string, serviceName: string): ComputedLink | undefined {
    return this.#states.find(namespace, serviceName)?.links.get(uid);
  }

  cacheExpired(namespace: string, uid: string, serviceName: string): boolean {
    return this.#states.find(namespace, serviceName)?.links.forget(uid) ?? false;
  }

  setCache(namespace: string, uid: string, serviceName: string, podId: number): void {
    checkUser(namespace, uid, serviceName);
    checkPodId(podId);
    this.#remember(namespace, uid, serviceName, { podId, permanent: false });
  }

  async setLinkedPodIfAbsent(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    options?: CallOptions,
  ): Promise<LinkInForce> {
    if (namespace !== this.#place.namespace) throw namespaceNotLocal(namespace, this.#place);
    checkCallOptions(options);
    const seconds = this.#linkSeconds;
    const link = await this.#stateful.setLinkedPodIfAbsent(
      namespace,
      uid,
      serviceName,
      podId,
      seconds,
      options,
    );
    this.#remember(namespace, uid, serviceName, link);
    return link;
  }

  getLinkService(namespace: string, uid: string, options?: CallOptions): Promise<Map<string, number>> {
    return this.#stateful.getLinkService(namespace, uid, options);
  }

  async batchGetLinkedPod(
    namespace: string,
    uids: readonly string[],
    serviceName: string,
    options?: CallOptions,
  ): Promise<Map<number, string[]>> {
    const { found, damaged } = await readUndamaged(uids, (readable) =>
      this.#stateful.batchGetLinkedPod(namespace, readable, serviceName, options),
    );
    if (damaged.size > 0) {
      this.#logger.error(
        { namespace, serviceName, users: damaged.size, uids: [...damaged].slice(0, REPORTED_MAX) },
        'users were left out of a batch, as what the store holds of them cannot be read: remove or mend their keys',
      );
    }
    return found;
  }

  async close(): Promise<void> {
    this.#states.forgetLinks();
  }

  #remember(namespace: string, uid: string, serviceName: string, link: Link): ComputedLink {
    return this.#states.service(namespace, serviceName).links.set(uid, link);
  }

  /** The remembered link, for a caller that has not given up. Options that are none are refused where the store is asked. */
  #known(
    namespace: string,
    uid: string,
    serviceName: string,
    options: CallOptions | undefined,
  ): ComputedLink | undefined {
    const isAsked = options !== undefined && (!isUsable(options) || options.signal?.aborted);
    return isAsked ? undefined : this.#states.find(namespace, serviceName)?.links.get(uid);
  }

  /** Asks the store, together with all who ask about the user meanwhile. */
  #ask(
    namespace: string,
    uid: string,
    serviceName: string,
    options: CallOptions | undefined,
  ): Promise<ComputedLink> {
    try {
      checkUser(namespace, uid, serviceName);
      checkCallOptions(options);
      options?.signal?.throwIfAborted();
    } catch (error) {
      return Promise.reject(error);
    }
    const timeoutMs = options?.timeoutMs ?? this.#timeoutMs;
    // No caller cuts the others' time short.
    const shared = Math.max(timeoutMs, this.#timeoutMs);
    const { links } = this.#states.service(namespace, serviceName);
    const request = links.request(uid, shared, () => this.#resolve(namespace, uid, serviceName, shared));
    // The request ends in its own time: who waits no less than that needs no timer.
    if (!options?.signal && request.timeoutMs <= timeoutMs) return request.answer;
    const waiting = { operation: 'computeLink', effect: 'unknown' } as const;
    return abortable(request.answer, { signal: options?.signal, timeoutMs }, this.#clock, waiting);
  }

  async #resolve(namespace: string, uid: string, serviceName: string, timeoutMs: number): Promise<Link> {
    if (namespace === this.#place.namespace)
      return this.#resolver.resolve(namespace, uid, serviceName, timeoutMs);
    const link = await this.#resolver.find(namespace, uid, serviceName, timeoutMs);
    if (!link) throw namespaceNotLocal(namespace, this.#place);
    return link;
  }
}

/** The error of a link that would have to be made in another namespace than the route's own. */
export function namespaceNotLocal(namespace: string, place: RoutePlace): Error {
  checkNamespace(namespace);
  return routeError(
    'NAMESPACE_NOT_LOCAL',
    `Links are made in ${place.namespace} only; ${namespace} can be read. Ask a route of that namespace.`,
    { namespace, localNamespace: place.namespace },
  );
}

function isUsable(options: CallOptions): boolean {
  return faultsOf(() => checkCallOptions(options)) === undefined;
}

function checkUser(namespace: string, uid: string, serviceName: string): void {
  checkNamespace(namespace);
  checkUid(uid);
  checkServiceName(serviceName);
}
