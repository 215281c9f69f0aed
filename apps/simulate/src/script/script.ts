import type { FleetPlan } from './fleet-plan.ts';
import type { WorldEvent } from './world-event.ts';

/** All that a run depends on: the same script runs the same way. */
export interface Script {
  /** What the world's delays and the drivers' own choices are drawn from. */
  readonly seed: number;
  /** How long events go on, in ms of the world; then everything is mended and comes to rest. */
  readonly lengthMs: number;
  readonly fleet: FleetPlan;
  /** In order of their moments. */
  readonly events: readonly WorldEvent[];
}
