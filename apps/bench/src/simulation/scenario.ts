import type { Arrival } from './arrivals.ts';

/** A pod of a simulated service. */
export interface SimulatedPod {
  /** The index among the scenario's pods. */
  readonly podId: number;
  /** The time of its first heartbeat, in ms from the start; below 0 if it was there before. */
  readonly firstBeatMs: number;
  /** Its `weight`, and 1 / `loadPerUser`: a pod of capacity 2 has the same load with twice the users. */
  readonly capacity: number;
}

/** A service under simulated traffic. */
export interface Scenario {
  readonly pods: readonly SimulatedPod[];
  /** The time between two heartbeats of a pod. */
  readonly periodMs: number;
  /** The time between two readings of a caller. `undefined`: every heartbeat is pushed at once. */
  readonly refreshMs?: number | undefined;
  readonly callers: number;
  /** `undefined`: callers count themselves. */
  readonly routingPeers: number | undefined;
  /** Whether callers count the users that they placed since the last report. */
  readonly counting: boolean;
  readonly durationMs: number;
  /** The new users, by time. */
  readonly arrivals: readonly Arrival[];
}
