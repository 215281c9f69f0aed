import type { ServiceState } from './service-state.ts';

/** The service as a whole, as its leading pod reports it. */
export interface WorkloadReport {
  readonly state: ServiceState;
  /** How many pods are alive. */
  readonly replicas: number;
  /** How many pods are routable. */
  readonly readyReplicas: number;
}

/** The service as a whole, as stored. If only a bare word is known, the counts are 0 and the times `undefined`. */
export interface WorkloadState extends WorkloadReport {
  /** When the store accepted the report: store time, ms since the epoch. */
  readonly updateTime?: number | undefined;
  /** The report's age when it was read, by the store's clock. */
  readonly ageMs?: number | undefined;
}
