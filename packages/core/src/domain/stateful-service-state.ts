import type { RoutingState } from './routing-state.ts';
import type { ServiceState } from './service-state.ts';

/** What happens to a claim whose owner's lease is over: `relink` to another pod, or `wait` for the same ordinal. */
export type DeadOwnerPolicy = 'relink' | 'wait';

/** String labels a pod publishes about itself, such as `{ weight: '2', zone: 'b' }`. */
export type PodMetadata = Readonly<Record<string, string>>;

/** One pod of a service, as its last heartbeat described it. */
export interface StatefulServiceState {
  /** The pod's ordinal, an integer ≥ 0. Pod 0 is a pod like any other. */
  readonly podId: number;
  readonly state: ServiceState;
  /** A finite number ≥ 0; lower is better; no upper bound. */
  readonly loadState: number;
  readonly routingState: RoutingState;
  /** When the store accepted the heartbeat: store time, ms since the epoch. `undefined`: only a bare word is known. */
  readonly updateTime?: number | undefined;
  /** See `formatIncarnation`. A restarted pod, and one that returned from a fence, is a new incarnation. */
  readonly incarnation?: string | undefined;
  /** Where the pod can be called, if it publishes that. */
  readonly address?: string | undefined;
  readonly metadata: PodMetadata;
  /** How long this heartbeat keeps the pod alive, in ms. */
  readonly leaseMs?: number | undefined;
  /** The time between two heartbeats, in ms. */
  readonly updatePeriodMs?: number | undefined;
  /** What one more user adds to the load this pod publishes. */
  readonly loadPerUser?: number | undefined;
  readonly deadOwner?: DeadOwnerPolicy | undefined;
  /** How many users the pod holds. */
  readonly users?: number | undefined;
  /** How many users the pod accepts; `undefined`: no limit. */
  readonly maxUsers?: number | undefined;
  /** Which of its claims the pod is reading back now; `undefined`: none. */
  readonly healing?: Healing | undefined;
}

/**
 * Which claims a pod restores after the store may have lost them: `held`, those of users it serves; `returning`, those that
 * its run held before a fence.
 */
export type Healing = 'held' | 'returning';

/** All kinds of healing. */
export const HEALINGS: readonly Healing[] = ['held', 'returning'];

/** A heartbeat as a pod sends it. The store adds its time. */
export interface PodReport {
  readonly state: ServiceState;
  readonly loadState: number;
  readonly routingState: RoutingState;
  /** See `formatIncarnation`. The greater one owns the pod's entry. */
  readonly incarnation: string;
  /** Grows with every heartbeat of one incarnation; an integer ≥ 0. */
  readonly seq: number;
  /** Whether a heartbeat of this run was acknowledged before: then a missing entry means that the store lost it. */
  readonly beatenBefore: boolean;
  readonly address?: string | undefined;
  readonly metadata?: PodMetadata | undefined;
  readonly leaseMs: number;
  readonly updatePeriodMs: number;
  readonly loadPerUser?: number | undefined;
  readonly deadOwner?: DeadOwnerPolicy | undefined;
  readonly users?: number | undefined;
  readonly maxUsers?: number | undefined;
  readonly healing?: Healing | undefined;
  /** A load that differs by more than this from the last published one is pushed. Default: 10 % of that one, at least 1. */
  readonly loadChangeThreshold?: number | undefined;
}

/** An operator's wish for one pod. It is kept until the opposite one is set, across restarts of the pod. */
export type PodIntent = 'drain' | 'resume';

/** All intents. */
export const POD_INTENTS: readonly PodIntent[] = ['drain', 'resume'];

/** The state of a service's directory, in a reading and in a heartbeat's reply. */
export interface DirectoryState {
  /** The store's time, ms since the epoch. */
  readonly storeTime: number;
  /**
   * Grows with each new connection to the master of these keys; in memory with each simulated restart. What was read in an
   * earlier epoch may be lost: see `EpochOptions`.
   */
  readonly epoch: number;
  /** The store time since which the directory has been kept without a gap. `undefined`: no pod ever sent a heartbeat. */
  readonly since?: number | undefined;
  /** The store time at which a pod found that the store had lost its entry. */
  readonly restored?: number | undefined;
}

/** The store's reply to a heartbeat. */
export interface HeartbeatAck extends DirectoryState {
  /** The pod's incarnation as the store keeps it: its `start` may be greater than the report's. */
  readonly incarnation: string;
  /** The operator's intent for this pod. */
  readonly intent?: PodIntent | undefined;
  /** A stored word that is not an intent; it is ignored. */
  readonly unknownIntent?: string | undefined;
  /** The entry that this heartbeat replaced; `undefined`: none, as after the store lost its data. */
  readonly previous?:
    | { readonly incarnation?: string | undefined; readonly updateTime?: number | undefined }
    | undefined;
}

/** One reading of a service's pods, all of one moment. */
export interface ServiceStateRead extends DirectoryState {
  /** Equals `since` if every entry was past its lease when that was last reset: the store was away. */
  readonly quiet?: number | undefined;
  /** By ordinal, ascending. */
  readonly pods: ReadonlyMap<number, StatefulServiceState>;
}
