import type { CallOptions } from '../domain/call-options.ts';
import type { ExplainOptions, Explanation } from './explanation.ts';
import type { Snapshot } from '../rules/snapshot.ts';
import type { PodStates, StatefulServiceState } from '../domain/stateful-service-state.ts';

/** A pod's entry changed, appeared (no `previous`) or disappeared (no `current`: removed, or silent for its lease). */
export interface RoutingStateChange {
  readonly namespace: string;
  readonly serviceName: string;
  readonly podId: number;
  readonly previous?: StatefulServiceState | undefined;
  readonly current?: StatefulServiceState | undefined;
}

/** Called for each change, in order, one at a time. If it throws or rejects, that is logged and other listeners are called. */
export type RoutingStateListener = (change: RoutingStateChange) => void | Promise<void>;

/** Ends a registration; may be called again. */
export type Unregister = () => void;

/** Options of a best-pod query. */
export interface BestPodOptions extends CallOptions {
  /** The user to be placed; strategies that hash need it. */
  readonly uid?: string | undefined;
}

/**
 * The five queries about a service's pods. Each reads the cached snapshot, or the store if there is none. A failed store call
 * rejects with `STORE_ERROR`, never with an empty result. Safe to retry.
 */
export interface ServiceStateQueries {
  /**
   * The pod that a new user would be placed on. The query changes nothing.
   * Rejects with `SERVICE_NOT_READY` if no pod is routable, or if all are overloaded and overloaded pods are refused.
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
  /** Pods whose claims are valid. */
  alivePods(namespace: string, serviceName: string, options?: CallOptions): Promise<PodStates>;
  /** Pods that may be given new users. */
  routablePods(namespace: string, serviceName: string, options?: CallOptions): Promise<PodStates>;
}

/** States, tags and workloads of every namespace, events of their changes, and explanations. */
export interface RouteInfoDriver extends ServiceStateQueries {
  /** The time to live of a temporary link, in seconds. */
  getLinkInfoCacheTimeSecs(): number;

  /**
   * Adds a listener for the namespace's watched services: those that were queried or `watch`ed. While it is registered, a
   * service that has pods is not forgotten, even without queries. Any number of listeners may be registered. Without push
   * they are called at the next refresh. Throws `MISSING_DEPENDENCY` without a state cache, as it would never be called.
   */
  registerRoutingStateChangedEvent(namespace: string, listener: RoutingStateListener): Unregister;

  /** Calls the namespace's listeners with a change, as the state cache does. */
  onRoutingStateChanged(
    namespace: string,
    serviceName: string,
    podId: number,
    previous: StatefulServiceState | undefined,
    current: StatefulServiceState | undefined,
  ): void;

  /** Alive pods in state `READY`, whatever their routing state. */
  getReadyServiceState(namespace: string, serviceName: string, options?: CallOptions): Promise<PodStates>;

  /** Every entry, whatever its state and age. */
  getAllServiceState(namespace: string, serviceName: string, options?: CallOptions): Promise<PodStates>;

  /** The service of a tag, or `undefined`. A known tag is cached for a short time. */
  getServiceNameByTag(namespace: string, tag: string, options?: CallOptions): Promise<string | undefined>;

  /** Sets a tag's service; returns whether that changed something. */
  setGlobalServiceNameTag(
    namespace: string,
    tag: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<boolean>;

  /**
   * Whether the service takes users: the last report of its leading pod or, if that is older than three update periods or
   * missing, whether any pod is routable.
   */
  isWorkloadReady(namespace: string, serviceName: string, options?: CallOptions): Promise<boolean>;

  /**
   * Why a user is where he is, and what `computeLinkedPod` of a caller in that namespace would do with him now: with this caller's
   * memory, configuration and placements, by the same rules and by a reading that begins after this call. Works for any namespace,
   * and writes nothing. Rejects with `STORE_ERROR` if the link or the pods cannot be read. Safe to retry.
   */
  explain(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: ExplainOptions,
  ): Promise<Explanation>;

  /** The service's pods as last read, with synchronous queries. */
  snapshot(namespace: string, serviceName: string, options?: CallOptions): Promise<Snapshot>;

  /** Keeps the service's snapshot fresh until the returned function is called. */
  watch(namespace: string, serviceName: string, options?: CallOptions): Promise<Unregister>;
}
