import type { Arrival } from './arrivals.ts';

/** A pod of a simulated service. */
export interface SimulatedPod {
  /** Its place in the scenario's pods. */
  readonly podId: number;
  /** When it beats first, in ms from the start; below 0: it was there before. Later beats follow by the period. */
  readonly firstBeatMs: number;
  /** How many times as many users as on a pod of capacity 1 are the same load: its `weight`, and 1 / its `loadPerUser`. */
  readonly capacity: number;
}

/** A service under simulated traffic. */
export interface Scenario {
  readonly pods: readonly SimulatedPod[];
  /** How often each pod beats. */
  readonly periodMs: number;
  /** How often a caller reads the pods. `undefined`: it is told of every heartbeat at once. */
  readonly refreshMs?: number | undefined;
  readonly callers: number;
  readonly routingPeers: number;
  /** False: callers choose by the reported loads alone, and do not count whom they have placed since. */
  readonly counting: boolean;
  readonly durationMs: number;
  /** The new users, in the order in which they come. */
  readonly arrivals: readonly Arrival[];
}
