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
import type { LocatedLink } from './link-request.ts';
import { type PlacementPolicy, Placements } from './placements.ts';

/** What the best pod of a service is picked from, and what this caller remembers of the service. */
export interface PickedService {
  /** `undefined`: it must be read. */
  readonly snapshot: Snapshot | undefined;
  readonly placements: Placements;
  readonly links?: { get(uid: string): LocatedLink | undefined };
  readonly unreachable?: { has(podId: number): boolean };
}

/** The pods of services: the five queries, and snapshots. */
export interface ServiceStateSource extends ServiceStateQueries {
  snapshot(namespace: string, serviceName: string, options?: CallOptions): Promise<Snapshot>;
  /** A snapshot from a read that begins after this call. */
  fresh(namespace: string, serviceName: string, options?: CallOptions): Promise<Snapshot>;
  /** The service, without I/O. A cache that is not this library's has none. */
  picked?(namespace: string, serviceName: string): PickedService;
  /** Keeps the service's snapshot fresh until the returned function is called. */
  watch(namespace: string, serviceName: string, options?: CallOptions): Promise<Unregister>;
}

/** Answers the five queries from a snapshot; a subclass says where that comes from. */
export abstract class ServiceStates implements ServiceStateSource {
  abstract snapshot(namespace: string, serviceName: string, options?: CallOptions): Promise<Snapshot>;

  abstract fresh(namespace: string, serviceName: string, options?: CallOptions): Promise<Snapshot>;

  abstract watch(namespace: string, serviceName: string, options?: CallOptions): Promise<Unregister>;

  abstract picked(namespace: string, serviceName: string): PickedService;

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

  fresh(namespace: string, serviceName: string, options?: CallOptions): Promise<Snapshot> {
    return this.snapshot(namespace, serviceName, options);
  }

  /** There is nothing to keep fresh. */
  async watch(namespace: string, serviceName: string, options?: CallOptions): Promise<Unregister> {
    checkCallOptions(options);
    checkNamespace(namespace);
    checkServiceName(serviceName);
    return () => {};
  }

  picked(): PickedService {
    return { snapshot: undefined, placements: new Placements(this.#policy) };
  }
}
