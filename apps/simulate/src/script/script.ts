import type { FleetPlan } from './fleet-plan.ts';
import type { WorldEvent } from './world-event.ts';

/** Everything that a run depends on: equal scripts run equally. */
export interface Script {
  /** The seed of the world's delays and of the drivers' choices. */
  readonly seed: number;
  /** How long events continue, in ms of the world. Then all faults end. */
  readonly lengthMs: number;
  readonly fleet: FleetPlan;
  /** Ordered by time. */
  readonly events: readonly WorldEvent[];
}
