import type { PodOrder } from './pod-order.ts';
import type { RoutingState } from './routing-state.ts';
import type { ServiceState } from './service-state.ts';

/** What happens to a claim whose owner's lease is over: another pod takes it over, or callers wait for the same ordinal. */
export type DeadOwnerPolicy = 'relink' | 'wait';

/** Labels that a pod publishes about itself, such as `{ weight: '2', zone: 'b' }`. */
export type PodMetadata = Readonly<Record<string, string>>;

/** One pod of a service, as of its last heartbeat. */
export interface StatefulServiceState {
  /** The pod's ordinal, an integer ≥ 0. */
  readonly podId: number;
  readonly state: ServiceState;
  /** A finite number ≥ 0; lower is better; no upper bound. */
  readonly loadState: number;
  readonly routingState: RoutingState;
  /** The store's time of the heartbeat, ms since the epoch. `undefined` for a pod that is known only by a bare word. */
  readonly updateTime?: number | undefined;
  /** The incarnation that sent the heartbeat; a restarted pod is a new one. */
  readonly incarnation?: string | undefined;
  /** Where the pod is reached, if it published that. */
  readonly address?: string | undefined;
  readonly metadata: PodMetadata;
  /** How long the heartbeat keeps the pod alive. */
  readonly leaseMs?: number | undefined;
  /** The interval between the pod's heartbeats. */
  readonly updatePeriodMs?: number | undefined;
  /** What one more user adds to the pod's load. */
  readonly loadPerUser?: number | undefined;
  readonly deadOwner?: DeadOwnerPolicy | undefined;
  /** How many users the pod holds. */
  readonly users?: number | undefined;
  /** How many users the pod accepts; `undefined` for no limit. */
  readonly maxUsers?: number | undefined;
  /** Which version of the program the pod runs, if it published that. */
  readonly revision?: string | undefined;
  /** Which of its claims the pod is restoring now. */
  readonly healing?: Healing | undefined;
}

/** Pods by ordinal, ascending. */
export type PodStates = ReadonlyMap<number, StatefulServiceState>;

/**
 * The claims that a pod restores after the store may have lost them. `held`: an alive pod restores those it serves.
 * `returning`: a pod that was fenced restores those that its run held before.
 */
export type Healing = 'held' | 'returning';

/** Every kind of healing. */
export const HEALINGS: readonly Healing[] = ['held', 'returning'];

/** A heartbeat, as a pod sends it. The store adds its own time. */
export interface PodReport {
  readonly state: ServiceState;
  readonly loadState: number;
  readonly routingState: RoutingState;
  /** As `formatIncarnation` writes it. The greatest one owns the pod's entry. */
  readonly incarnation: string;
  /** Grows with every heartbeat of one incarnation; an integer ≥ 0. */
  readonly seq: number;
  /** Whether a heartbeat of this run was acknowledged before. If so, a missing entry means that the store lost it. */
  readonly beatenBefore: boolean;
  readonly address?: string | undefined;
  readonly metadata?: PodMetadata | undefined;
  readonly leaseMs: number;
  readonly updatePeriodMs: number;
  readonly loadPerUser?: number | undefined;
  readonly deadOwner?: DeadOwnerPolicy | undefined;
  readonly users?: number | undefined;
  readonly maxUsers?: number | undefined;
  readonly revision?: string | undefined;
  readonly healing?: Healing | undefined;
  /** Whether `isMassExpiry` holds, as the leading pod last read it. Only that pod reports it; a change is in the journal. */
  readonly guard?: boolean | undefined;
  /**
   * A load that differs from the last published one by more than this is pushed at once. Default: 10 % of that one, at least
   * 1.
   */
  readonly loadChangeThreshold?: number | undefined;
}

/**
 * An operator's intent for one pod. It is valid until another one is set, also across restarts of the pod. `cordon`: take no new
 * users, keep those that are here. `drain`: the same, and hand them over. `resume`: take new users again.
 */
export type PodIntent = 'cordon' | 'drain' | 'resume';

/** Every intent. */
export const POD_INTENTS: readonly PodIntent[] = ['cordon', 'drain', 'resume'];

/** An operator's intent as it is stored. */
export interface StoredIntent {
  readonly intent?: PodIntent | undefined;
  /** How many users a drain hands over a second, if the operator said so. */
  readonly ratePerSecond?: number | undefined;
  /** An unknown word that is stored in place of an intent; it is ignored. */
  readonly unknownIntent?: string | undefined;
}

/** The state of a service's directory, part of every reading and of every reply to a heartbeat. */
export interface DirectoryState {
  /** The store's time, ms since the epoch. */
  readonly storeTime: number;
  /**
   * Grows with each new command connection to the master of these keys; in memory, with each simulated restart. Data read in
   * an earlier epoch may be gone: see `EpochOptions`.
   */
  readonly epoch: number;
  /** The store's time since which the directory has had no gap. `undefined` if no pod ever sent a heartbeat. */
  readonly since?: number | undefined;
  /** The store's time at which a pod found its entry lost. */
  readonly restored?: number | undefined;
}

/** The store's reply to a heartbeat. */
export interface HeartbeatAck extends DirectoryState, StoredIntent {
  /** The pod's incarnation as stored: its `start` may be greater than the report's. */
  readonly incarnation: string;
  /** The orders that wait for this pod, and those that were taken and have not ended: the 100 oldest. */
  readonly orders: readonly PodOrder[];
  /** The entry that this heartbeat replaced; `undefined` if there was none, as after the store lost its data. */
  readonly previous?:
    | { readonly incarnation?: string | undefined; readonly updateTime?: number | undefined }
    | undefined;
}

/** Since when the evening out of a fleet is stopped, and by whom. */
export interface Frozen {
  /** The store's time, ms since the epoch. */
  readonly at: number;
  readonly by?: string | undefined;
}

/** One atomic reading of a service's pods. */
export interface ServiceStateRead extends DirectoryState {
  /** The store's time of the last reset of `since`, if every entry was past its lease before it: the store was down. */
  readonly quiet?: number | undefined;
  /** Set while an operator has stopped the evening out of the fleet. */
  readonly frozen?: Frozen | undefined;
  /** How many callers are counted that place users (`announceCaller`); absent if none is. */
  readonly callers?: number | undefined;
  readonly pods: PodStates;
}
