import {
  type BestPodOptions,
  type CallOptions,
  type Clock,
  type PodStates,
  routeError,
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
import type { PickedService, PodPicker } from './pod-picker.ts';

/** The five questions, answered from a snapshot; where that comes from is the subclass's part. */
export abstract class ServiceStates implements ServiceStateQueries {
  readonly #picker: PodPicker;

  constructor(picker: PodPicker) {
    this.#picker = picker;
  }

  /** Whether changes are noticed without a question; where not, a listener would never be told. */
  abstract readonly noticesChanges: boolean;

  /** The service's pods, to be asked synchronously. */
  abstract snapshot(namespace: string, serviceName: string, options?: CallOptions): Promise<Snapshot>;

  /** Keeps the service's snapshot fresh, asked or not, until the returned function is called. */
  abstract watch(namespace: string, serviceName: string, options?: CallOptions): Promise<Unregister>;

  /** The snapshot that would be answered from, where that needs no reading. */
  protected abstract known(namespace: string, serviceName: string): Snapshot | undefined;

  /** The object that stands for the service, to which placements are counted. */
  protected abstract standIn(namespace: string, serviceName: string): PickedService;

  async getServiceBestPod(namespace: string, serviceName: string, options?: BestPodOptions): Promise<number> {
    if (options !== undefined) checkBestPodOptions(options);
    const { uid, ...call } = options ?? {};
    const snapshot =
      this.known(namespace, serviceName) ?? (await this.snapshot(namespace, serviceName, call));
    const podId = this.#picker.pick(this.standIn(namespace, serviceName), snapshot, uid);
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

/** Asks the store for every question: always current, one round trip each. */
export class StoreServiceStates extends ServiceStates {
  readonly noticesChanges = false;
  readonly #stateful: StatefulExecutor;
  readonly #clock: Clock;

  constructor(stateful: StatefulExecutor, clock: Clock, picker: PodPicker) {
    super(picker);
    this.#stateful = stateful;
    this.#clock = clock;
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

  /** Every question is asked anew. */
  protected known(): undefined {
    return undefined;
  }

  /** Nothing is placed without a cache, so no placement is counted. */
  protected standIn(): PickedService {
    return {};
  }
}

/** The error of a service in which nobody can take a user. */
export function serviceNotReady(namespace: string, serviceName: string): Error {
  return routeError(
    'SERVICE_NOT_READY',
    `No pod of ${namespace}/${serviceName} can take a new user now. Ask again later, or look at its pods.`,
    { namespace, serviceName },
  );
}
