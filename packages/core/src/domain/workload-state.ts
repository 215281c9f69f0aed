import type { ServiceState } from './service-state.ts';

/** The service as a whole, as its leading pod reports it. */
export interface WorkloadReport {
  readonly state: ServiceState;
  /** How many pods are alive. */
  readonly replicas: number;
  /** How many pods are routable. */
  readonly readyReplicas: number;
}

/** The service as a whole, as stored. The counts are 0 and the times `undefined` where only a bare word is known. */
export interface WorkloadState extends WorkloadReport {
  /** When the store took the report: ms since the epoch by the store's clock. */
  readonly updateTime?: number | undefined;
  /** The report's age at the moment of reading, by the store's clock. */
  readonly ageMs?: number | undefined;
}
