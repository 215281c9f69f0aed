import type { CallOptions } from '../domain/call-options.ts';
import type { Snapshot } from '../rules/snapshot.ts';
import type { StatefulServiceState } from '../domain/stateful-service-state.ts';

/** A pod's entry changed, appeared (no `previous`) or vanished (no `current`: removed, or not heard of for its lease). */
export interface RoutingStateChange {
  readonly namespace: string;
  readonly serviceName: string;
  readonly podId: number;
  readonly previous?: StatefulServiceState | undefined;
  readonly current?: StatefulServiceState | undefined;
}

/** Told of changes, in order, one at a time; what it throws or rejects with is logged and hurts nobody. */
export type RoutingStateListener = (change: RoutingStateChange) => void | Promise<void>;

/** Ends a registration; safe to repeat. */
export type Unregister = () => void;

/** Pods by ordinal, ascending. */
export type PodStates = ReadonlyMap<number, StatefulServiceState>;

/** What a best pod is asked for. */
export interface BestPodOptions extends CallOptions {
  /** The user to be placed; strategies that hash need it. */
  readonly uid?: string | undefined;
}

/**
 * The five questions about a service's pods. Each answers from the cached snapshot, or asks the store when there is
 * none; a store that fails rejects with `STORE_ERROR`, never with an empty answer. Safe to repeat.
 */
export interface ServiceStateQueries {
  /**
   * The pod that a new user would be given. Asking changes nothing.
   * Rejects with `SERVICE_NOT_READY` when no pod is routable, or all are overloaded and such are refused.
   */
  getServiceBestPod(namespace: string, serviceName: string, options?: BestPodOptions): Promise<number>;
  /** Whether the pod may be called for users it already holds. */
  isPodAvailable(
    namespace: string,
    serviceName: string,
    podId: number,
    options?: CallOptions,
  ): Promise<boolean>;
  /** Whether the pod may be given new users. */
  isPodRoutable(
    namespace: string,
    serviceName: string,
    podId: number,
    options?: CallOptions,
  ): Promise<boolean>;
  /** Pods whose claims stand. */
  alivePods(namespace: string, serviceName: string, options?: CallOptions): Promise<PodStates>;
  /** Pods that may be given new users. */
  routablePods(namespace: string, serviceName: string, options?: CallOptions): Promise<PodStates>;
}

/** States, tags and workloads of every namespace, and word of their changes. */
export interface RouteInfoDriver extends ServiceStateQueries {
  /** The time to live of a temporary link, in seconds. */
  getLinkInfoCacheTimeSecs(): number;

  /**
   * Adds a listener for the namespace's watched services: those that were asked about or `watch`ed. While it is registered,
   * a service that has pods is not forgotten, even if nobody asks about it. Any number may be registered. Without push, a
   * listener learns of a change at the next refresh. Throws `MISSING_DEPENDENCY` where states are not cached, as it would
   * never be told.
   */
  registerRoutingStateChangedEvent(namespace: string, listener: RoutingStateListener): Unregister;

  /** Tells the namespace's listeners of a change, as the state cache does for those it sees. */
  onRoutingStateChanged(
    namespace: string,
    serviceName: string,
    podId: number,
    previous: StatefulServiceState | undefined,
    current: StatefulServiceState | undefined,
  ): void;

  /** Alive pods whose state is `READY`, whatever they accept. */
  getReadyServiceState(namespace: string, serviceName: string, options?: CallOptions): Promise<PodStates>;

  /** Every entry, whatever its state and age. */
  getAllServiceState(namespace: string, serviceName: string, options?: CallOptions): Promise<PodStates>;

  /** The service a tag stands for, or `undefined`; known answers are kept for a short time. */
  getServiceNameByTag(namespace: string, tag: string, options?: CallOptions): Promise<string | undefined>;

  /** Makes a tag stand for a service; returns whether that changed something. */
  setGlobalServiceNameTag(
    namespace: string,
    tag: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<boolean>;

  /**
   * Whether the service takes users: what its leading pod last said, or, where that is older than three update periods
   * or missing, whether any pod is routable.
   */
  isWorkloadReady(namespace: string, serviceName: string, options?: CallOptions): Promise<boolean>;

  /** The service's pods as last read, to be asked synchronously. */
  snapshot(namespace: string, serviceName: string, options?: CallOptions): Promise<Snapshot>;

  /** Keeps the service's snapshot fresh until the returned function is called. */
  watch(namespace: string, serviceName: string, options?: CallOptions): Promise<Unregister>;
}
