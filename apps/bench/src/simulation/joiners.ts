import { loadsOverFair } from './over-fair.ts';
import type { Timeline } from './timeline.ts';

/** Loads are level if every pod is this near to its fair share. */
const LEVEL_WITHIN = 0.05;

/** How the load of pods develops that joined under traffic. */
export interface JoinersLoad {
  /** The load of the most loaded of these pods over its fair share, at the end of each step. */
  readonly mostLoaded: readonly number[];
  /** The time from the last joining until the loads of all pods are level and stay so; `undefined`: never. */
  readonly levelAfterMs: number | undefined;
}

export function loadOfJoiners(timeline: Timeline): JoinersLoad {
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
