import { capacityOf, podsAt, STEPS_PER_PERIOD, type Timeline } from './timeline.ts';

// A pod's fair share is its part of the total, in proportion to its share of the capacity of all present pods.

/**
 * The peak of each window of one update period: the new links of the pod with the most, over its fair share of them. A window
 * begins at every step, so each overlaps the next by nine tenths. A pod that joins within a window counts from the next one on.
 * `undefined` for a window without new links.
 */
export function linkPeaks(timeline: Timeline): readonly (number | undefined)[] {
  const windows = Math.max(0, timeline.came.length - STEPS_PER_PERIOD + 1);
  return Array.from({ length: windows }, (_, from) => linkPeak(timeline, from));
}

function linkPeak({ scenario, came, stepMs }: Timeline, from: number): number | undefined {
  const links = scenario.pods.map(() => 0);
  const fair = scenario.pods.map(() => 0);
  for (let step = from; step < from + STEPS_PER_PERIOD; step++) {
    const there = podsAt(scenario, step * stepMs);
    const comers = sum(came[step]!);
    const perCapacity = comers / capacityOf(there);
    for (const { podId, capacity } of there) fair[podId]! += perCapacity * capacity;
    for (const podId of links.keys()) links[podId]! += came[step]![podId]!;
  }
  if (sum(links) === 0) return undefined;
  return Math.max(...podsAt(scenario, from * stepMs).map(({ podId }) => links[podId]! / fair[podId]!));
}

/** The load of each pod over its fair share at the end of each step, by ordinal; 0 before it joins. */
export function loadsOverFair({ scenario, users, stepMs }: Timeline): readonly (readonly number[])[] {
  return users.map((perPod, step) => {
    const there = podsAt(scenario, (step + 1) * stepMs);
    const fair = sum(perPod) / capacityOf(there);
    return scenario.pods.map(({ podId, capacity }) => (fair > 0 ? perPod[podId]! / capacity / fair : 0));
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
