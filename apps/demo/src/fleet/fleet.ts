import type { Executors } from '@stateful-route/core';
import type { StoreInspector } from '@stateful-route/core/adapter';
import type { RebalanceOptions, RouteConfigInput, StrategyName } from '@stateful-route/driver';
import type { Gateway } from '../gateway/gateway.ts';
import type { RoundTrips } from '../gateway/round-trips.ts';
import type { ServingJournal } from '../report/serving-journal.ts';

/** Pods, the gateways in front of them, and their time. */
export interface Fleet {
  readonly gateways: readonly Gateway[];
  readonly trips: RoundTrips;
  /** How the pods run, for the transcript. */
  readonly description: string;
  /** What may be tried while it stays up, line by line. */
  readonly guide: readonly string[];
  readonly namespace: string;
  /** Opens its directory, past its pods and gateways. */
  readonly openDirectory: () => Directory;
  /** The pods' lease in ms: how long users of a dead pod wait for a take-over. */
  readonly leaseMs: number;

  /** Advances time to the arrival of a request. Time never goes back. */
  arrive(time: number): Promise<void>;
  /** Advances time until a promise has settled. */
  pass(until: Promise<unknown>): Promise<void>;
  /** The current time, for the transcript. */
  readonly timeLabel: () => string;

  /** Drains a pod by an operator's intent. */
  drain(podId: number): Promise<void>;
  /** Kills a pod. */
  kill(podId: number): Promise<void>;
  /** Starts so many further pods. */
  addPods(count: number): Promise<void>;
  /** Ends everything that was started. May be called again. */
  close(): Promise<void>;
}

/** The directory of a fleet, as an operator's program has it. */
interface Directory {
  readonly executors: Executors;
  readonly inspector: Pick<StoreInspector, 'scanLinks'>;
  close(): Promise<void>;
}

/** Options of a fleet. */
export interface FleetOptions {
  readonly pods: number;
  readonly gateways: number;
  readonly strategy: StrategyName;
  readonly seed: number;
  readonly journal: ServingJournal;
  /** How the pods even out; absent: they do not. */
  readonly rebalance?: RebalanceOptions | undefined;
  /** Whether it stays up in real time, and its pods let go of users who send no requests. Default: no. */
  readonly isLive?: boolean | undefined;
}

/** In a fleet that stays up users leave who send no request for so many seconds. */
export const IDLE_SECONDS = 8;

/** The lease and times of a fleet in real time: short to wait for, and long enough for a busy machine. */
export const REAL_TIMES = {
  leaseSeconds: 4,
  heartbeatSeconds: 0.5,
  workloadStateUpdatePeriodSeconds: 2,
  stateRefreshMs: 500,
  timeoutMs: 2_000,
} as const satisfies RouteConfigInput;

/** How long a gateway waits before it asks again, in real time. */
export const REAL_RETRY_AFTER_MS = 250;

/** The name of the application's service. */
export const SERVICE = 'room';

/** A configuration with the settings that all fleets share. */
export function fleetConfig(config: RouteConfigInput, gateways: number): RouteConfigInput {
  return {
    ...config,
    routingPeers: gateways,
    logLevel: 'ERROR',
    enableMetrics: false,
    enableTracing: false,
  };
}

/** A request's timeout, in leases: longer than a take-over takes. */
export const PATIENCE_LEASES = 4;
