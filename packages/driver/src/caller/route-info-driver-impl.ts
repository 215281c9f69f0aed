import type {
  BestPodOptions,
  CallOptions,
  Clock,
  ExplainOptions,
  Explanation,
  PodStates,
  RouteInfoDriver,
  RoutingStateListener,
  Snapshot,
  StatefulServiceState,
  Unregister,
} from '@stateful-route/core';
import {
  checkCallOptions,
  checkNamespace,
  checkPodId,
  checkServiceName,
  checkTag,
  checkUid,
  type ServerExecutor,
  type StatefulExecutor,
} from '@stateful-route/core/adapter';
import { inject, injectable } from 'tsyringe';
import { checkExplainOptions } from '../config/option-rules.ts';
import type { RouteConfig } from '../config/route-config.ts';
import { missingDependency } from '../errors.ts';
import type { EventManager } from '../service/event-manager.ts';
import type { ServiceStateSource } from '../service/service-states.ts';
import { tokens } from '../wiring/tokens.ts';
import { explainUser } from './explain-user.ts';
import { TagCache } from './tag-cache.ts';

/** How many of the reader's update periods a workload's report is used for. */
const WORKLOAD_FRESH_PERIODS = 3;

/** States, tags and workloads of services. */
@injectable()
export class RouteInfoDriverImpl implements RouteInfoDriver {
  readonly #config: RouteConfig;
  readonly #stateful: StatefulExecutor;
  readonly #server: ServerExecutor;
  readonly #states: ServiceStateSource;
  readonly #events: EventManager | undefined;
  readonly #tags: TagCache;

  /** @param events - `undefined`: nothing watches the pods, so no listener would be called. */
  constructor(
    @inject(tokens.config) config: RouteConfig,
    @inject(tokens.clock) clock: Clock,
    @inject(tokens.statefulExecutor) stateful: StatefulExecutor,
    @inject(tokens.serverExecutor) server: ServerExecutor,
    @inject(tokens.stateCache) states: ServiceStateSource,
    @inject(tokens.eventManager) events: EventManager | undefined,
  ) {
    this.#config = config;
    this.#stateful = stateful;
    this.#server = server;
    this.#states = states;
    this.#events = events;
    this.#tags = new TagCache(clock);
  }

  getLinkInfoCacheTimeSecs(): number {
    return this.#config.linkInfoCacheTimeSecs;
  }

  registerRoutingStateChangedEvent(namespace: string, listener: RoutingStateListener): Unregister {
    if (!this.#events) {
      throw missingDependency(
        'stateCache',
        'without one no listener would ever be called; use withStateCache(true), or give createRouteInfoDriver a cache',
      );
    }
    return this.#events.register(namespace, listener);
  }

  onRoutingStateChanged(
    namespace: string,
    serviceName: string,
    podId: number,
    previous: StatefulServiceState | undefined,
    current: StatefulServiceState | undefined,
  ): void {
    checkPodId(podId);
    this.#events?.publish({ namespace, serviceName, podId, previous, current });
  }

  async getReadyServiceState(
    namespace: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<PodStates> {
    const { alive } = await this.snapshot(namespace, serviceName, options);
    return new Map([...alive].filter(([, pod]) => pod.state === 'READY'));
  }

  async getAllServiceState(
    namespace: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<PodStates> {
    return (await this.snapshot(namespace, serviceName, options)).pods;
  }

  async getServiceNameByTag(
    namespace: string,
    tag: string,
    options?: CallOptions,
  ): Promise<string | undefined> {
    checkNamespace(namespace);
    checkTag(tag);
    if (options !== undefined) checkCallOptions(options);
    const known = this.#tags.get(namespace, tag);
    if (known !== undefined) return known;
    const serviceName = await this.#server.getServiceNameByTag(namespace, tag, options);
    // A tag set here meanwhile is newer.
    const setMeanwhile = this.#tags.get(namespace, tag);
    if (setMeanwhile !== undefined) return setMeanwhile;
    if (serviceName !== undefined) this.#tags.set(namespace, tag, serviceName);
    return serviceName;
  }

  async setGlobalServiceNameTag(
    namespace: string,
    tag: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<boolean> {
    checkNamespace(namespace);
    checkTag(tag);
    checkCallOptions(options);
    this.#tags.delete(namespace, tag);
    const changed = await this.#server.setGlobalServiceNameTag(namespace, tag, serviceName, options);
    this.#tags.set(namespace, tag, serviceName);
    return changed;
  }

  getServiceBestPod(namespace: string, serviceName: string, options?: BestPodOptions): Promise<number> {
    return this.#states.getServiceBestPod(namespace, serviceName, options);
  }

  isPodAvailable(
    namespace: string,
    serviceName: string,
    podId: number,
    options?: CallOptions,
  ): Promise<boolean> {
    return this.#states.isPodAvailable(namespace, serviceName, podId, options);
  }

  isPodRoutable(
    namespace: string,
    serviceName: string,
    podId: number,
    options?: CallOptions,
  ): Promise<boolean> {
    return this.#states.isPodRoutable(namespace, serviceName, podId, options);
  }

  alivePods(namespace: string, serviceName: string, options?: CallOptions): Promise<PodStates> {
    return this.#states.alivePods(namespace, serviceName, options);
  }

  routablePods(namespace: string, serviceName: string, options?: CallOptions): Promise<PodStates> {
    return this.#states.routablePods(namespace, serviceName, options);
  }

  async isWorkloadReady(namespace: string, serviceName: string, options?: CallOptions): Promise<boolean> {
    const workload = await this.#stateful.getWorkloadState(namespace, serviceName, options);
    const freshMs = WORKLOAD_FRESH_PERIODS * this.#config.workloadStateUpdatePeriodSeconds * 1_000;
    if (workload?.ageMs !== undefined && workload.ageMs < freshMs) return workload.state === 'READY';
    return (await this.snapshot(namespace, serviceName, options)).routable.size > 0;
  }

  async explain(
    namespace: string,
    uid: string,
    serviceName: string,
    options: ExplainOptions = {},
  ): Promise<Explanation> {
    checkNamespace(namespace);
    checkUid(uid);
    checkServiceName(serviceName);
    checkExplainOptions(options);
    if (!this.#states.picked) {
      throw missingDependency('stateCache', 'explain needs one that createStateCache made');
    }
    const { not, ...call } = options;
    const { stateCacheExpireSecs, overloadedAt } = this.#config;
    const link = await this.#stateful.getLink(namespace, uid, serviceName, call);
    // After the link: a claim's owner is judged by a later reading.
    const snapshot = await this.#states.fresh(namespace, serviceName, call);
    const service = this.#states.picked(namespace, serviceName);
    return explainUser({
      user: { namespace, uid, serviceName },
      link,
      snapshot,
      considered: service.placements.consider(snapshot, uid, { pin: link.pin?.podId }),
      remembered: service.links?.get(uid),
      isUnreachable: (podId) => service.unreachable?.has(podId) ?? false,
      leaseMs: stateCacheExpireSecs * 1_000,
      overloadedAt,
      not,
    });
  }

  snapshot(namespace: string, serviceName: string, options?: CallOptions): Promise<Snapshot> {
    return this.#states.snapshot(namespace, serviceName, options);
  }

  watch(namespace: string, serviceName: string, options?: CallOptions): Promise<Unregister> {
    return this.#states.watch(namespace, serviceName, options);
  }
}
