import {
  type CallOptions,
  type Clock,
  type SelectionStrategy,
  type ServiceStateQueries,
  type Snapshot,
  type Unregister,
} from '@stateful-route/core';
import {
  checkCallOptions,
  checkNamespace,
  checkServiceName,
  DeadlineQueue,
  type LimitedLogger,
  type ServerExecutor,
  type StatefulExecutor,
  type StateFeed,
} from '@stateful-route/core/adapter';
import { inject, injectable } from 'tsyringe';
import type { RouteConfig } from '../config/route-config.ts';
import { abortable } from '../waiting/abortable.ts';
import { internalTokens, tokens } from '../wiring/tokens.ts';
import type { RouteTelemetry } from '../telemetry/route-telemetry.ts';
import type { EventManager } from './event-manager.ts';
import { Service, type ServiceParts } from './service.ts';
import { type PlacementOptions, strategyNameOf } from './placements.ts';
import { ServiceStates } from './service-states.ts';

/** How long before the store's link expires the remembered one does, so that a caller renews it in time. */
const RENEW_BEFORE_MS = 60_000;

/**
 * One immutable snapshot for each service in use, kept fresh by push and by reading. A service is watched from its first use,
 * or by `watch`.
 *
 * A service that nobody watches is forgotten: a lease after its last use, unless its namespace has listeners; `stateRefreshMs`
 * after it, if the service has no pods. So names of services that do not exist leave nothing behind.
 *
 * After a failed refresh the last snapshot is used until it is older than the lease. Then every query rejects with
 * `STORE_ERROR` until a read succeeds.
 */
export interface ServiceStateCache extends ServiceStateQueries {
  /** Where changes of the services' pods are published. */
  readonly events: EventManager;
  /** The number of services in memory. */
  readonly size: number;
  /** The last snapshot; it is read first if there is none. */
  snapshot(namespace: string, serviceName: string, options?: CallOptions): Promise<Snapshot>;
  /** A snapshot from a read that begins after this call. It replaces the cached one. */
  fresh(namespace: string, serviceName: string, options?: CallOptions): Promise<Snapshot>;
  /** Reads the service and keeps it in memory and fresh until the returned function is called. */
  watch(namespace: string, serviceName: string, options?: CallOptions): Promise<Unregister>;
  /** Forgets all services and ends their subscriptions and timers. A later query starts again. */
  close(): Promise<void>;
}

/** The services in use, each with all that is remembered of it. */
@injectable()
export class ServiceRegistry extends ServiceStates implements ServiceStateCache {
  readonly events: EventManager;
  readonly #parts: ServiceParts;
  readonly #services = new Map<string, Map<string, Service>>();

  constructor(
    @inject(tokens.statefulExecutor) stateful: StatefulExecutor,
    @inject(tokens.serverExecutor) server: ServerExecutor,
    @inject(tokens.stateFeed) feed: StateFeed,
    @inject(tokens.clock) clock: Clock,
    @inject(internalTokens.limitedLogger) logger: LimitedLogger,
    @inject(tokens.config) config: RouteConfig,
    @inject(tokens.eventManager) events: EventManager,
    @inject(tokens.strategy) strategy: SelectionStrategy,
    @inject(tokens.random) random: () => number,
    @inject(internalTokens.telemetry) telemetry: RouteTelemetry,
    @inject(tokens.newIncarnation) newId: () => string,
    @inject(internalTokens.placement) placement: PlacementOptions,
  ) {
    super();
    this.events = events;
    const linkMs = config.linkInfoCacheTimeSecs * 1_000;
    let id: string | undefined;
    const periodMs = config.serviceStateUpdatePeriodSeconds * 1_000;
    const counting = { server, clock, logger, periodMs, callerId: () => (id ??= newId()) };
    this.#parts = {
      stateful,
      feed,
      clock,
      logger,
      policy: { ...placement, strategy, random, config },
      strategyName: strategyNameOf(strategy),
      telemetry,
      counting: config.routingPeers === undefined ? counting : undefined,
      refreshMs: config.stateRefreshMs,
      // Half of a call's time, so that the other half is left for reading.
      subscribeMs: config.timeoutMs / 2,
      leaseMs: config.stateCacheExpireSecs * 1_000,
      linkMax: config.linkCacheMax,
      linkLifeMs: Math.max(linkMs / 2, linkMs - RENEW_BEFORE_MS),
      deadlines: new DeadlineQueue(clock),
      isListenedTo: (namespace) => events.hasListeners(namespace),
      onIdle: (service) => {
        this.#drop(service);
      },
      publish: (change) => {
        events.publish(change);
      },
    };
  }

  get size(): number {
    return this.#all().length;
  }

  /** The service in memory, without checks. This counts as a use of it. */
  peek(namespace: string, serviceName: string): Service | undefined {
    const service = this.find(namespace, serviceName);
    if (service) service.idleRefreshes = 0;
    return service;
  }

  /** As {@link peek}, without counting as a use. */
  find(namespace: string, serviceName: string): Service | undefined {
    return this.#services.get(namespace)?.get(serviceName);
  }

  /** The service, added if it is not in memory. Reads nothing. */
  service(namespace: string, serviceName: string): Service {
    const known = this.peek(namespace, serviceName);
    if (known) return known;
    checkNamespace(namespace);
    checkServiceName(serviceName);
    const service = new Service(namespace, serviceName, this.#parts);
    const byName = this.#services.get(namespace) ?? new Map<string, Service>();
    this.#services.set(namespace, byName.set(serviceName, service));
    return service;
  }

  /** Tells gauges of the services in memory, until the returned function is called. */
  observe(): () => void {
    return this.#parts.telemetry.observe((observe) => {
      for (const service of this.#all()) service.observe(observe);
    });
  }

  /** Forgets the links of every service. */
  forgetLinks(): void {
    for (const { links } of this.#all()) links.clear();
  }

  async snapshot(namespace: string, serviceName: string, options?: CallOptions): Promise<Snapshot> {
    if (options !== undefined) checkCallOptions(options);
    const service = this.service(namespace, serviceName);
    return service.snapshot ?? this.#bounded(service.load(), options);
  }

  async fresh(namespace: string, serviceName: string, options?: CallOptions): Promise<Snapshot> {
    return this.#bounded(this.service(namespace, serviceName).fresh(), options);
  }

  async watch(namespace: string, serviceName: string, options?: CallOptions): Promise<Unregister> {
    checkCallOptions(options);
    const service = this.service(namespace, serviceName);
    service.watchers += 1;
    let watching = true;
    const unwatch = (): void => {
      if (watching) service.watchers -= 1;
      watching = false;
    };
    try {
      if (service.isPaused || !service.snapshot) await this.#bounded(service.load(), options);
    } catch (error) {
      unwatch();
      throw error;
    }
    return unwatch;
  }

  async close(): Promise<void> {
    const services = this.#all();
    this.#services.clear();
    await Promise.all(services.map((service) => service.close()));
  }

  picked(namespace: string, serviceName: string): Service {
    return this.service(namespace, serviceName);
  }

  #all(): Service[] {
    return [...this.#services.values()].flatMap((byName) => [...byName.values()]);
  }

  #bounded(read: Promise<Snapshot>, options: CallOptions = {}): Promise<Snapshot> {
    return abortable(read, options, this.#parts.clock, { operation: 'getServiceState', effect: 'none' });
  }

  #drop(service: Service): void {
    const byName = this.#services.get(service.namespace);
    byName?.delete(service.serviceName);
    if (byName?.size === 0) this.#services.delete(service.namespace);
    void service.close();
  }
}
