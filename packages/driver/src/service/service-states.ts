import {
  type BestPodOptions,
  type CallOptions,
  type Clock,
  type PodStates,
  type ServiceStateQueries,
  Snapshot,
  type Unregister,
} from '@stateful-route/core';
import {
  checkCallOptions,
  checkNamespace,
  checkPodId,
  checkServiceName,
  type StatefulExecutor,
} from '@stateful-route/core/adapter';
import { checkBestPodOptions } from '../config/option-rules.ts';
import { serviceNotReady } from '../errors.ts';
import { type PlacementPolicy, Placements } from './placements.ts';

/** What the best pod of a service is picked from. */
export interface PickedService {
  /** `undefined`: it must be read. */
  readonly snapshot: Snapshot | undefined;
  readonly placements: Placements;
}

/** The pods of services: the five queries, and snapshots. */
export interface ServiceStateSource extends ServiceStateQueries {
  snapshot(namespace: string, serviceName: string, options?: CallOptions): Promise<Snapshot>;
  /** Keeps the service's snapshot fresh until the returned function is called. */
  watch(namespace: string, serviceName: string, options?: CallOptions): Promise<Unregister>;
}

/** Answers the five queries from a snapshot; a subclass says where that comes from. */
export abstract class ServiceStates implements ServiceStateSource {
  abstract snapshot(namespace: string, serviceName: string, options?: CallOptions): Promise<Snapshot>;

  abstract watch(namespace: string, serviceName: string, options?: CallOptions): Promise<Unregister>;

  /** The service, without I/O. */
  protected abstract picked(namespace: string, serviceName: string): PickedService;

  async getServiceBestPod(namespace: string, serviceName: string, options?: BestPodOptions): Promise<number> {
    if (options !== undefined) checkBestPodOptions(options);
    const { uid, ...call } = options ?? {};
    const { snapshot, placements } = this.picked(namespace, serviceName);
    const podId = placements.pick(snapshot ?? (await this.snapshot(namespace, serviceName, call)), uid);
    if (podId === undefined) throw serviceNotReady(namespace, serviceName);
    return podId;
  }

  async isPodAvailable(
    namespace: string,
    serviceName: string,
    podId: number,
    options?: CallOptions,
  ): Promise<boolean> {
    checkPodId(podId);
    return (await this.snapshot(namespace, serviceName, options)).isAvailable(podId);
  }

  async isPodRoutable(
    namespace: string,
    serviceName: string,
    podId: number,
    options?: CallOptions,
  ): Promise<boolean> {
    checkPodId(podId);
    return (await this.snapshot(namespace, serviceName, options)).isRoutable(podId);
  }

  async alivePods(namespace: string, serviceName: string, options?: CallOptions): Promise<PodStates> {
    return (await this.snapshot(namespace, serviceName, options)).alive;
  }

  async routablePods(namespace: string, serviceName: string, options?: CallOptions): Promise<PodStates> {
    return (await this.snapshot(namespace, serviceName, options)).routable;
  }
}

/** Reads the store for every query: always current, one round trip each. */
export class UncachedServiceStates extends ServiceStates {
  readonly #stateful: StatefulExecutor;
  readonly #clock: Clock;
  readonly #policy: PlacementPolicy;

  constructor(stateful: StatefulExecutor, clock: Clock, policy: PlacementPolicy) {
    super();
    this.#stateful = stateful;
    this.#clock = clock;
    this.#policy = policy;
  }

  async snapshot(namespace: string, serviceName: string, options?: CallOptions): Promise<Snapshot> {
    return new Snapshot(await this.#stateful.getServiceState(namespace, serviceName, options), this.#clock);
  }

  /** There is nothing to keep fresh. */
  async watch(namespace: string, serviceName: string, options?: CallOptions): Promise<Unregister> {
    checkCallOptions(options);
    checkNamespace(namespace);
    checkServiceName(serviceName);
    return () => {};
  }

  protected picked(): PickedService {
    return { snapshot: undefined, placements: new Placements(this.#policy) };
  }
}
