import type { CallOptions, Clock, Snapshot, Unregister } from '@stateful-route/core';
import {
  checkCallOptions,
  checkNamespace,
  checkServiceName,
  DeadlineQueue,
  type LimitedLogger,
  type StatefulExecutor,
  type StateFeed,
} from '@stateful-route/core/adapter';
import { inject, injectable } from 'tsyringe';
import { abortable } from '../waiting/abortable.ts';
import type { RouteConfig } from '../config/route-config.ts';
import { tokens } from '../wiring/tokens.ts';
import { EventManager } from './event-manager.ts';
import { PodPicker } from './pod-picker.ts';
import { ServiceStates } from './service-states.ts';
import { WatchedService, type WatchedServiceParts } from './service.ts';

/** The grace that the store's link has over the remembered one, so that a caller renews before the link ends. */
const RENEW_BEFORE_MS = 60_000;

/**
 * One immutable snapshot for each watched service, and all else that is remembered of it. A service is watched from its
 * first question, or by `watch`. Given up, with all that is remembered of it, is one that nobody `watch`es, when nobody has
 * asked about it for a lease and nobody listens to its changes; and one that has no pods already after `stateRefreshMs`,
 * in which it is neither read nor pushed, so that names of services that do not exist leave nothing behind. The last
 * snapshot of one that had pods stays until their leases are over: a store that comes back empty meanwhile is noticed.
 *
 * A refresh that fails keeps the last snapshot, until that is older than the lease: then every question rejects with
 * `STORE_ERROR` until a read succeeds.
 */
@injectable()
export class ServiceStateCache extends ServiceStates {
  readonly noticesChanges = true;
  readonly events: EventManager;
  readonly #parts: WatchedServiceParts;
  readonly #services = new Map<string, Map<string, WatchedService>>();

  constructor(
    @inject(tokens.statefulExecutor) stateful: StatefulExecutor,
    @inject(tokens.stateFeed) feed: StateFeed,
    @inject(tokens.clock) clock: Clock,
    @inject(tokens.limitedLogger) logger: LimitedLogger,
    @inject(tokens.config) config: RouteConfig,
    @inject(tokens.eventManager) events: EventManager,
    @inject(tokens.podPicker) picker: PodPicker,
  ) {
    super(picker);
    this.events = events;
    const linkMs = config.linkInfoCacheTimeSecs * 1_000;
    this.#parts = {
      stateful,
      feed,
      clock,
      logger,
      refreshMs: config.stateRefreshMs,
      // Half of a question's time, so that the other half is left for reading.
      subscribeMs: config.timeoutMs / 2,
      leaseMs: config.stateCacheExpireSecs * 1_000,
      linkMax: config.linkCacheMax,
      linkLifeMs: Math.max(linkMs / 2, linkMs - RENEW_BEFORE_MS),
      deadlines: new DeadlineQueue(clock),
      isListenedTo: (namespace) => events.hasListeners(namespace),
      onIdle: (service) => {
        this.#giveUp(service);
      },
      publish: (change) => {
        events.publish(change);
      },
    };
  }

  /** How many services something is remembered of. */
  get size(): number {
    return [...this.#services.values()].reduce((sum, byName) => sum + byName.size, 0);
  }

  /** The watched service, from memory and without any check; `undefined` before its first question. */
  peek(namespace: string, serviceName: string): WatchedService | undefined {
    const service = this.find(namespace, serviceName);
    if (service) service.idleRefreshes = 0;
    return service;
  }

  /** The same, without a question: the service is no less idle for it. */
  find(namespace: string, serviceName: string): WatchedService | undefined {
    return this.#services.get(namespace)?.get(serviceName);
  }

  /** Forgets the users of every service. */
  forgetLinks(): void {
    for (const byName of this.#services.values()) for (const { links } of byName.values()) links.clear();
  }

  /** The last snapshot, read first if there is none. */
  async snapshot(namespace: string, serviceName: string, options?: CallOptions): Promise<Snapshot> {
    if (options !== undefined) checkCallOptions(options);
    const service = this.service(namespace, serviceName);
    return service.snapshot ?? this.#bounded(service.load(), options);
  }

  /** A snapshot from a read that begins after this call; the cached one is swapped for it. */
  async fresh(namespace: string, serviceName: string, options?: CallOptions): Promise<Snapshot> {
    return this.#bounded(this.service(namespace, serviceName).fresh(), options);
  }

  /** Loads the service and keeps it fresh, asked or not, until the returned function is called. */
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
      if (service.isResting || !service.snapshot) await this.#bounded(service.load(), options);
    } catch (error) {
      unwatch();
      throw error;
    }
    return unwatch;
  }

  /** Ends every subscription and timer; a later question begins anew. */
  async close(): Promise<void> {
    const services = [...this.#services.values()].flatMap((byName) => [...byName.values()]);
    this.#services.clear();
    await Promise.all(services.map((service) => service.close()));
  }

  /** The watched service, made if need be; nothing is read yet. */
  service(namespace: string, serviceName: string): WatchedService {
    const known = this.peek(namespace, serviceName);
    if (known) return known;
    checkNamespace(namespace);
    checkServiceName(serviceName);
    const service = new WatchedService(namespace, serviceName, this.#parts);
    const byName = this.#services.get(namespace) ?? new Map<string, WatchedService>();
    this.#services.set(namespace, byName.set(serviceName, service));
    return service;
  }

  protected known(namespace: string, serviceName: string): Snapshot | undefined {
    return this.peek(namespace, serviceName)?.snapshot;
  }

  protected standIn(namespace: string, serviceName: string): WatchedService {
    return this.service(namespace, serviceName);
  }

  #bounded(read: Promise<Snapshot>, options: CallOptions = {}): Promise<Snapshot> {
    return abortable(read, options, this.#parts.clock, { operation: 'getServiceState', effect: 'none' });
  }

  #giveUp(service: WatchedService): void {
    const byName = this.#services.get(service.namespace);
    byName?.delete(service.serviceName);
    if (byName?.size === 0) this.#services.delete(service.namespace);
    void service.close();
  }
}
