import type { ServiceState } from './service-state.ts';

/** A service as a whole, as its leading pod reports it. */
export interface WorkloadReport {
  readonly state: ServiceState;
  /** How many pods are alive. */
  readonly replicas: number;
  /** How many pods are routable. */
  readonly readyReplicas: number;
  /** How many pods the service should have. Absent if its pods were given no target. */
  readonly desiredReplicas?: number | undefined;
}

/** A service as a whole, as stored. If only a bare word is stored, the counts are 0 and the times `undefined`. */
export interface WorkloadState extends WorkloadReport {
  /** The store's time of the report, ms since the epoch. */
  readonly updateTime?: number | undefined;
  /** The report's age when it was read, by the store's clock. */
  readonly ageMs?: number | undefined;
}
