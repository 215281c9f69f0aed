import type { Scenario, SimulatedPod } from './scenario.ts';

/** The steps of a period. */
export const STEPS_PER_PERIOD = 10;

/** The users of each pod over time, in steps of a tenth of an update period. */
export interface Timeline {
  readonly scenario: Scenario;
  readonly stepMs: number;
  /** The new users of each pod in each step: `came[step][podId]`. */
  readonly came: readonly (readonly number[])[];
  /** The users of each pod at the end of each step. */
  readonly users: readonly (readonly number[])[];
}

/** The timeline of a simulation. An incomplete last step is left out. */
export function timelineOf(scenario: Scenario, placed: readonly number[]): Timeline {
  const { pods, arrivals, durationMs, periodMs } = scenario;
  const stepMs = periodMs / STEPS_PER_PERIOD;
  const steps = Math.floor(durationMs / stepMs);
  const perPod = (): number[] => pods.map(() => 0);
  const came = Array.from({ length: steps }, perPod);
  const left = Array.from({ length: steps }, perPod);
  for (const [user, { atMs, leavesAtMs }] of arrivals.entries()) {
    const podId = placed[user]!;
    const comes = came[Math.floor(atMs / stepMs)];
    const leaves = leavesAtMs === undefined ? undefined : left[Math.floor(leavesAtMs / stepMs)];
    if (comes) comes[podId]! += 1;
    if (leaves) leaves[podId]! += 1;
  }
  const now = perPod();
  const users = came.map((comers, step) => {
    for (const podId of now.keys()) now[podId]! += comers[podId]! - left[step]![podId]!;
    return [...now];
  });
  return { scenario, stepMs, came, users };
}

/** The pods that have sent a heartbeat by this time. */
export function podsAt({ pods }: Scenario, atMs: number): readonly SimulatedPod[] {
  return pods.filter(({ firstBeatMs }) => firstBeatMs <= atMs);
}

/** The capacity of these pods together. */
export function capacityOf(pods: readonly SimulatedPod[]): number {
  return pods.reduce((sum, { capacity }) => sum + capacity, 0);
}
