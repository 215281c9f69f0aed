import { loadsOverFair } from './over-fair.ts';
import type { Timeline } from './timeline.ts';

/** How near to its fair share every pod's load is where it counts as level. */
const LEVEL_WITHIN = 0.05;

/** How those fared that joined while there was traffic. */
export interface JoinersFate {
  /** The load of the most loaded of them over its fair share, at the end of each step. */
  readonly mostLoaded: readonly number[];
  /** From the last one's joining until the loads of all pods are level and stay so; `undefined`: they never are. */
  readonly levelAfterMs: number | undefined;
}

export function fateOfJoiners(timeline: Timeline): JoinersFate {
  const { scenario, stepMs } = timeline;
  const joiners = scenario.pods.filter(({ firstBeatMs }) => firstBeatMs > 0);
  const lastJoinedMs = Math.max(...joiners.map(({ firstBeatMs }) => firstBeatMs));
  const loads = loadsOverFair(timeline);
  const unlevel = loads.findLastIndex((perPod) => perPod.some((load) => Math.abs(load - 1) > LEVEL_WITHIN));
  const levelAtMs = (unlevel + 2) * stepMs;
  return {
    mostLoaded: loads.map((perPod) => Math.max(...joiners.map(({ podId }) => perPod[podId]!))),
    levelAfterMs: unlevel + 1 < loads.length ? Math.max(0, levelAtMs - lastJoinedMs) : undefined,
  };
}
