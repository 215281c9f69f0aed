import { describe, expect, it } from 'vitest';
import { loadOfJoiners } from '../../src/simulation/joiners.ts';
import { linkPeaks, loadsOverFair } from '../../src/simulation/over-fair.ts';
import type { Scenario, SimulatedPod } from '../../src/simulation/scenario.ts';
import { type Timeline, timelineOf } from '../../src/simulation/timeline.ts';

/** Who comes: when, to which pod, and until when. */
type Visit = readonly [atMs: number, podId: number, leavesAtMs?: number];

/** Periods of 100 ms, so steps of 10. */
function timeline(
  pods: readonly Partial<SimulatedPod>[],
  visits: readonly Visit[],
  durationMs: number,
): Timeline {
  const scenario: Scenario = {
    pods: pods.map((pod, podId) => ({ podId, firstBeatMs: -1, capacity: 1, ...pod })),
    periodMs: 100,
    callers: 1,
    routingPeers: 1,
    counting: true,
    durationMs,
    arrivals: visits.map(([atMs, , leavesAtMs], user) => ({
      uid: `user-${user}`,
      atMs,
      caller: 0,
      leavesAtMs,
    })),
  };
  return timelineOf(
    scenario,
    visits.map(([, podId]) => podId),
  );
}

/** One visit in the middle of each of so many steps. */
function everyStep(from: number, to: number, podId: number): Visit[] {
  return Array.from({ length: to - from }, (_, at): Visit => [(from + at) * 10 + 5, podId]);
}

describe('the peak of a window', () => {
  it('is the most links of a pod over an equal share, at any start of the window', () => {
    const both = timeline([{}, {}], [...everyStep(0, 10, 0), ...everyStep(10, 20, 1)], 200);
    const peaks = linkPeaks(both);
    expect(peaks).toHaveLength(11);
    expect([peaks[0], peaks[5], peaks[10]]).toEqual([2, 1, 2]);
  });

  it('weighs pods by their capacity', () => {
    const visits = [...everyStep(0, 10, 0), ...everyStep(0, 10, 1), ...everyStep(0, 10, 1)];
    expect(linkPeaks(timeline([{}, { capacity: 2 }], visits, 100))).toEqual([1]);
    expect(linkPeaks(timeline([{}, {}], visits, 100))[0]).toBeCloseTo(4 / 3);
  });

  it('expects no links of an absent pod, and its share of one that has joined', () => {
    const joining = timeline(
      [{}, { firstBeatMs: 100 }],
      [...everyStep(0, 10, 0), ...everyStep(10, 20, 1)],
      200,
    );
    const peaks = linkPeaks(joining);
    expect([peaks[0], peaks[10]]).toEqual([1, 2]);
  });

  it('is undefined where nobody came', () => {
    expect(linkPeaks(timeline([{}], [], 100))).toEqual([undefined]);
  });
});

describe('the load over the fair share', () => {
  it('follows users that come and go', () => {
    const visits: Visit[] = [
      [5, 0, 25],
      [5, 1],
      [15, 0],
    ];
    const loads = loadsOverFair(timeline([{}, {}], visits, 30));
    expect(loads[0]).toEqual([1, 1]);
    expect(loads[1]![0]).toBeCloseTo(4 / 3);
    expect(loads[2]).toEqual([1, 1]);
  });

  it('is by capacity, over the present pods', () => {
    const pods = [{}, { capacity: 3 }, { firstBeatMs: 15 }];
    const loads = loadsOverFair(timeline(pods, [...everyStep(0, 4, 1), [35, 0]], 40));
    expect(loads[0]).toEqual([0, 4 / 3, 0]);
    expect(loads[3]).toEqual([1, 4 / 3, 0]);
  });
});

describe('the load of joining pods', () => {
  const pods = [{}, { firstBeatMs: 100 }];

  it('reports how full they get, and when all pods are level', () => {
    const visits = [...everyStep(0, 10, 0), ...everyStep(10, 20, 1)];
    const { mostLoaded, levelAfterMs } = loadOfJoiners(timeline(pods, visits, 220));
    expect(mostLoaded[9]).toBe(0);
    expect(mostLoaded.at(-1)).toBe(1);
    expect(levelAfterMs).toBe(100);
  });

  it('is undefined where they never are', () => {
    const { levelAfterMs } = loadOfJoiners(timeline(pods, everyStep(0, 20, 0), 200));
    expect(levelAfterMs).toBeUndefined();
  });
});
