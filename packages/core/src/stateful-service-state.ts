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
}

/** A heartbeat, as a pod sends it. The store adds its own time. */
export interface PodReport {
  readonly state: ServiceState;
  readonly loadState: number;
  readonly routingState: RoutingState;
  readonly incarnation: string;
  /** Grows with every heartbeat of one incarnation; an integer ≥ 0. */
  readonly seq: number;
  /** True for the first heartbeat of an incarnation: it takes the pod's entry over. */
  readonly first: boolean;
  readonly address?: string | undefined;
  readonly metadata?: PodMetadata | undefined;
  readonly leaseMs: number;
  readonly updatePeriodMs: number;
  readonly loadPerUser?: number | undefined;
  readonly deadOwner?: DeadOwnerPolicy | undefined;
  /** A load that differs by more than this from the one last published is published at once. Default: 10 % of that one, at least 1. */
  readonly loadChangeThreshold?: number | undefined;
}

/** An operator's wish for one pod. It stands until the opposite one is set, across restarts of the pod. */
export type PodIntent = 'drain' | 'resume';

/** Every intent there is. */
export const POD_INTENTS: readonly PodIntent[] = ['drain', 'resume'];

/** The store's answer to a heartbeat. */
export interface HeartbeatAck {
  /** The store's time, ms since the epoch. */
  readonly storeTime: number;
  /** The operator's wish that stands for this pod. */
  readonly intent?: PodIntent | undefined;
  /** The entry this heartbeat replaced; `undefined` when there was none, as after the store lost its data. */
  readonly previous?:
    | { readonly incarnation?: string | undefined; readonly updateTime?: number | undefined }
    | undefined;
}

/** One reading of a service's pods, all of it of one moment. */
export interface ServiceStateRead {
  /** The store's time at the reading, ms since the epoch. */
  readonly storeTime: number;
  /** Since when the directory has been kept without a gap, by the store's clock. `undefined`: no pod ever sent a heartbeat. */
  readonly since?: number | undefined;
  /** By ordinal, ascending. */
  readonly pods: ReadonlyMap<number, StatefulServiceState>;
}
