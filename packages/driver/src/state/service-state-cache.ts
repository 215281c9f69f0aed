import {
  type CallOptions,
  checkCallOptions,
  checkNamespace,
  checkServiceName,
  type Clock,
  type LimitedLogger,
  type Snapshot,
  type StatefulExecutor,
  type StateFeed,
  type Unregister,
} from '@stateful-route/core';
import { inject, injectable } from 'tsyringe';
import { abortable } from '../waiting/abortable.ts';
import type { RouteConfig } from '../config/route-config.ts';
import { tokens } from '../route/tokens.ts';
import { EventManager } from './event-manager.ts';
import { PodPicker } from './pod-picker.ts';
import { ServiceStates } from './service-states.ts';
import { WatchedService, type WatchedServiceParts } from './watched-service.ts';

/**
 * One immutable snapshot for each watched service. A service is watched from its first question, or by `watch`; one
 * that nobody watches or asks about for a lease is given up.
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
    this.#parts = {
      stateful,
      feed,
      clock,
      logger,
      refreshMs: config.stateRefreshMs,
      // Half of a question's time, so that the other half is left for reading.
      subscribeMs: config.timeoutMs / 2,
      leaseMs: config.stateCacheExpireSecs * 1_000,
      onIdle: (service) => {
        this.#giveUp(service);
      },
      publish: (change) => {
        events.publish(change);
      },
    };
  }

  /** The watched service, from memory and without any check; `undefined` before its first question. */
  peek(namespace: string, serviceName: string): WatchedService | undefined {
    const service = this.#services.get(namespace)?.get(serviceName);
    if (service) service.idleRefreshes = 0;
    return service;
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
      await this.snapshot(namespace, serviceName, options);
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
    await Promise.all(services.map((service) => this.#end(service)));
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

  protected standIn(namespace: string, serviceName: string): object {
    return this.service(namespace, serviceName);
  }

  #bounded(read: Promise<Snapshot>, options: CallOptions = {}): Promise<Snapshot> {
    return abortable(read, options, this.#parts.clock, { operation: 'getServiceState', effect: 'none' });
  }

  #giveUp(service: WatchedService): void {
    this.#services.get(service.namespace)?.delete(service.serviceName);
    void this.#end(service);
  }

  async #end(service: WatchedService): Promise<void> {
    try {
      await service.close();
    } catch (error) {
      this.#parts.logger.warn(
        { err: error, serviceName: service.serviceName },
        'a subscription did not end cleanly',
      );
    }
  }
}
