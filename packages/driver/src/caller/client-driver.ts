import type {
  CallOptions,
  Clock,
  Link,
  LinkInForce,
  PlacementResult,
  StatefulRouteForClientDriver,
} from '@stateful-route/core';
import {
  checkCallOptions,
  checkNamespace,
  checkPodId,
  checkServiceName,
  checkUid,
  checkUids,
  faultsOf,
  isUsable,
  type LimitedLogger,
  type PlaceOptions,
  QUARANTINE_MS,
  type ServerExecutor,
  type StatefulExecutor,
} from '@stateful-route/core/adapter';
import { inject, injectable } from 'tsyringe';
import type { RouteConfig } from '../config/route-config.ts';
import { namespaceNotLocal, podNotAvailable, serviceNotReady } from '../errors.ts';
import type { LinkRequest, LocatedLink } from '../service/link-request.ts';
import { ServiceRegistry } from '../service/service-registry.ts';
import { JournalWriter } from '../store/journal-writer.ts';
import { readUndamaged } from '../store/read-undamaged.ts';
import type { RouteTelemetry } from '../telemetry/route-telemetry.ts';
import { abortable } from '../waiting/abortable.ts';
import type { RoutePlace } from '../wiring/place.ts';
import { internalTokens, tokens } from '../wiring/tokens.ts';
import { isLinked, LinkResolver } from './link-resolver.ts';
import { TakeOvers } from './take-overs.ts';

/** How many users of a batch an error line names. */
const REPORTED_MAX = 10;

/** What a service's handle finds users' pods with. */
export interface UserLocator {
  locate(namespace: string, uid: string, serviceName: string, options?: CallOptions): Promise<LocatedLink>;

  /**
   * As {@link locate} for many users, whose links are read together. Rejects if a user cannot be linked; the others are linked
   * all the same. If the keys of some users cannot be read, `damaged` of the error names them.
   */
  locateMany(
    namespace: string,
    uids: readonly string[],
    serviceName: string,
    options?: CallOptions,
  ): Promise<Map<string, LocatedLink>>;

  /** The link in memory, if its pod is available. */
  peek(namespace: string, uid: string, serviceName: string): LocatedLink | undefined;
}

/** Finds the pod of a user: in memory if it can, else in the store. */
@injectable()
export class ClientDriver implements StatefulRouteForClientDriver, UserLocator {
  readonly #place: RoutePlace;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #stateful: StatefulExecutor;
  readonly #services: ServiceRegistry;
  readonly #resolver: LinkResolver;
  readonly #takeOvers: TakeOvers;
  readonly #linkSeconds: number;
  readonly #logger: LimitedLogger;
  readonly #telemetry: RouteTelemetry;

  constructor(
    @inject(tokens.place) place: RoutePlace,
    @inject(tokens.config) config: RouteConfig,
    @inject(tokens.clock) clock: Clock,
    @inject(tokens.statefulExecutor) stateful: StatefulExecutor,
    @inject(tokens.serverExecutor) server: ServerExecutor,
    @inject(tokens.stateCache) services: ServiceRegistry,
    @inject(internalTokens.limitedLogger) logger: LimitedLogger,
    @inject(internalTokens.telemetry) telemetry: RouteTelemetry,
  ) {
    this.#telemetry = telemetry;
    this.#logger = logger;
    this.#place = place;
    this.#clock = clock;
    this.#timeoutMs = config.timeoutMs;
    this.#stateful = stateful;
    this.#services = services;
    this.#linkSeconds = Math.ceil(config.linkInfoCacheTimeSecs);
    const leaseMs = config.stateCacheExpireSecs * 1_000;
    this.#takeOvers = new TakeOvers(clock, new JournalWriter(server, logger));
    this.#resolver = new LinkResolver({
      clock,
      stateful,
      server,
      logger,
      services,
      linkSeconds: this.#linkSeconds,
      leaseMs,
      takeOvers: this.#takeOvers,
    });
  }

  async init(options?: CallOptions): Promise<void> {
    checkCallOptions(options);
    const { namespace, serviceName } = this.#place;
    if (serviceName !== undefined) await this.#services.snapshot(namespace, serviceName, options);
  }

  computeLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<number> {
    const known = this.#known(namespace, uid, serviceName, options);
    if (known) return Promise.resolve(known.podId);
    return this.#lookUp(namespace, uid, serviceName, options).then(({ podId }) => podId);
  }

  locate(namespace: string, uid: string, serviceName: string, options?: CallOptions): Promise<LocatedLink> {
    const known = this.#known(namespace, uid, serviceName, options);
    return known ? Promise.resolve(known) : this.#lookUp(namespace, uid, serviceName, options);
  }

  async locateMany(
    namespace: string,
    uids: readonly string[],
    serviceName: string,
    options?: CallOptions,
  ): Promise<Map<string, LocatedLink>> {
    checkNamespace(namespace);
    checkUids(uids);
    checkServiceName(serviceName);
    checkCallOptions(options);
    options?.signal?.throwIfAborted();
    const unknown = [...new Set(uids)].filter((uid) => !this.peek(namespace, uid, serviceName));
    const batch =
      unknown.length > 0
        ? await readUndamaged(unknown, (readable) =>
            this.#stateful.batchGetLink(namespace, readable, serviceName, options),
          )
        : undefined;
    if (batch) {
      const snapshot = await this.#services.snapshot(namespace, serviceName, options);
      for (const [uid, link] of batch.found) {
        if (isUsable(link, snapshot)) this.#remember(namespace, uid, serviceName, link);
      }
    }
    const found = uids
      .filter((uid) => !batch?.damaged.has(uid))
      .map(async (uid) => {
        options?.signal?.throwIfAborted();
        // Counted above.
        const known = this.#services.find(namespace, serviceName)?.links.find(uid);
        return [uid, known ?? (await this.#lookUp(namespace, uid, serviceName, options))] as const;
      });
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
    return this.peek(namespace, uid, serviceName)?.podId;
  }

  peek(namespace: string, uid: string, serviceName: string): LocatedLink | undefined {
    return this.#services.find(namespace, serviceName)?.links.get(uid);
  }

  cacheExpired(namespace: string, uid: string, serviceName: string): boolean {
    return this.#services.find(namespace, serviceName)?.links.forget(uid) ?? false;
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
    if (namespace !== this.#place.namespace) throw namespaceNotLocal(namespace, this.#place.namespace);
    checkCallOptions(options);
    const seconds = this.#linkSeconds;
    const set = (to: number, given?: PlaceOptions): Promise<PlacementResult> =>
      this.#stateful.setLinkedPodIfAbsent(namespace, uid, serviceName, to, seconds, given);
    let link = await set(podId, options);
    if (link.pinnedTo !== undefined) {
      const snapshot = await this.#services.snapshot(namespace, serviceName, options);
      const { pinnedTo } = link;
      link = await set(snapshot.isRoutable(pinnedTo) ? pinnedTo : podId, {
        ...options,
        despitePin: pinnedTo,
      });
    }
    if (link.quarantinedUntil !== undefined) {
      const user = { namespace, uid, serviceName };
      throw podNotAvailable(user, undefined, QUARANTINE_MS, 'quarantined');
    }
    // Pinned anew in between.
    if (link.podId === undefined) throw serviceNotReady(namespace, serviceName);
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
        'users were left out of a batch, as their keys in the store cannot be read: remove or repair the keys',
      );
    }
    return found;
  }

  async close(): Promise<void> {
    this.#services.forgetLinks();
    await this.#takeOvers.flush();
  }

  #remember(namespace: string, uid: string, serviceName: string, link: Link): LocatedLink {
    return this.#services.service(namespace, serviceName).links.set(uid, link);
  }

  /** The remembered link. With an aborted signal or invalid options the lookup goes on to the store, where both are refused. */
  #known(
    namespace: string,
    uid: string,
    serviceName: string,
    options: CallOptions | undefined,
  ): LocatedLink | undefined {
    const isRefused = options !== undefined && (!isValid(options) || options.signal?.aborted);
    return isRefused ? undefined : this.#services.find(namespace, serviceName)?.links.get(uid);
  }

  /** Looks the link up in the store; concurrent lookups of one user share a request. */
  #lookUp(
    namespace: string,
    uid: string,
    serviceName: string,
    options: CallOptions | undefined,
  ): Promise<LocatedLink> {
    try {
      checkUser(namespace, uid, serviceName);
      checkCallOptions(options);
      options?.signal?.throwIfAborted();
    } catch (error) {
      return Promise.reject(error);
    }
    const { spans } = this.#telemetry;
    if (!spans) return this.#ask(namespace, uid, serviceName, options);
    return spans.around(
      'locate',
      { namespace, service: serviceName, uid },
      () => this.#ask(namespace, uid, serviceName, options),
      ({ podId: pod }) => ({ outcome: 'ok', pod }),
    );
  }

  #ask(
    namespace: string,
    uid: string,
    serviceName: string,
    options: CallOptions | undefined,
  ): Promise<LocatedLink> {
    const timeoutMs = options?.timeoutMs ?? this.#timeoutMs;
    // A caller with a short timeout does not shorten the request for the others.
    const sharedMs = Math.max(timeoutMs, this.#timeoutMs);
    const { links } = this.#services.service(namespace, serviceName);
    const request = links.request(uid, sharedMs, this.#resolve);
    // The request has a deadline of its own: a caller that waits at least as long needs no timer.
    if (!options?.signal && request.timeoutMs <= timeoutMs) return request.answer;
    const call = { operation: 'computeLinkedPod', effect: 'unknown' } as const;
    return abortable(request.answer, { signal: options?.signal, timeoutMs }, this.#clock, call);
  }

  readonly #resolve = async (request: LinkRequest): Promise<Link> => {
    const { namespace } = request;
    if (namespace === this.#place.namespace) return this.#resolver.resolve(request);
    const link = await this.#resolver.find(request);
    if (!link) throw namespaceNotLocal(namespace, this.#place.namespace);
    return link;
  };
}

function isValid(options: CallOptions): boolean {
  return faultsOf(() => checkCallOptions(options)) === undefined;
}

function checkUser(namespace: string, uid: string, serviceName: string): void {
  checkNamespace(namespace);
  checkUid(uid);
  checkServiceName(serviceName);
}
