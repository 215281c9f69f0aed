import type { RoutingState } from './routing-state.ts';
import type { ServiceState } from './service-state.ts';

/** What happens to a claim whose owner's lease is over: another pod takes it over, or callers wait for the same ordinal. */
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
  /** When the store took the heartbeat: ms since the epoch by the store's clock. `undefined`: known only by a bare word. */
  readonly updateTime?: number | undefined;
  /** One life of the pod's process; a restarted pod is a new incarnation. */
  readonly incarnation?: string | undefined;
  /** Where the pod is reached, if it says so itself. */
  readonly address?: string | undefined;
  readonly metadata: PodMetadata;
  /** How long this heartbeat keeps the pod alive. */
  readonly leaseMs?: number | undefined;
  /** How often the pod beats. */
  readonly updatePeriodMs?: number | undefined;
  /** What one more user adds to the load this pod publishes. */
  readonly loadPerUser?: number | undefined;
  readonly deadOwner?: DeadOwnerPolicy | undefined;
  /** How many users the pod holds. */
  readonly users?: number | undefined;
  /** How many users the pod takes; `undefined`: no limit. */
  readonly maxUsers?: number | undefined;
  /** Which of its claims the pod is reading back just now. */
  readonly healing?: Healing | undefined;
}

/**
 * What a pod restores after the store may have lost its claims: `held`, a living pod those it serves; `returning`, a new
 * life those that its run held before.
 */
export type Healing = 'held' | 'returning';

/** Every kind of healing there is. */
export const HEALINGS: readonly Healing[] = ['held', 'returning'];

/** A heartbeat, as a pod sends it. The store adds its own time. */
export interface PodReport {
  readonly state: ServiceState;
  readonly loadState: number;
  readonly routingState: RoutingState;
  /** As `formatIncarnation` spells it. The greater one owns the pod's entry. */
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
  /** A load that differs by more than this from the one last published is published at once. Default: 10 % of that one, at least 1. */
  readonly loadChangeThreshold?: number | undefined;
}

/** An operator's wish for one pod. It stands until the opposite one is set, across restarts of the pod. */
export type PodIntent = 'drain' | 'resume';

/** Every intent there is. */
export const POD_INTENTS: readonly PodIntent[] = ['drain', 'resume'];

/** What a reading and a heartbeat's reply both say of a service's directory. */
export interface DirectoryState {
  /** The store's time, ms since the epoch. */
  readonly storeTime: number;
  /**
   * Grows with each new connection over which these keys are commanded, in memory with each simulated restart. What was
   * read in an earlier epoch may be gone: see `EpochOptions`.
   */
  readonly epoch: number;
  /** Since when the directory has been kept without a gap, by the store's clock. `undefined`: no pod ever sent a heartbeat. */
  readonly since?: number | undefined;
  /** When a pod found that the store had lost its entry, by the store's clock. */
  readonly restored?: number | undefined;
}

/** The store's answer to a heartbeat. */
export interface HeartbeatAck extends DirectoryState {
  /** The pod's incarnation as the store keeps it: its `start` may be greater than the report's. */
  readonly incarnation: string;
  /** The operator's wish that stands for this pod. */
  readonly intent?: PodIntent | undefined;
  /** What is kept in the place of an intent and is none; it counts for nothing. */
  readonly unknownIntent?: string | undefined;
  /** The entry this heartbeat replaced; `undefined` when there was none, as after the store lost its data. */
  readonly previous?:
    | { readonly incarnation?: string | undefined; readonly updateTime?: number | undefined }
    | undefined;
}

/** One reading of a service's pods, all of it of one moment. */
export interface ServiceStateRead extends DirectoryState {
  /** The store's time of the last reset of `since` before which every entry was past its lease: the store was away. */
  readonly quiet?: number | undefined;
  /** By ordinal, ascending. */
  readonly pods: ReadonlyMap<number, StatefulServiceState>;
}
