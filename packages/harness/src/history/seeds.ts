import { seededRandom } from '@stateful-route/core/testing';

/** One trial of many, with chance of its own. */
export interface Trial {
  readonly index: number;
  /** What repeats this trial: `trialsOf(seed, 1)` gives it alone. */
  readonly seed: number;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** The trials of a run. The first one has the run's own seed, so that each can be repeated by itself. */
export function trialsOf(seed: number, count: number): Trial[] {
  return Array.from({ length: count }, (_, index) => {
    const own = (seed + Math.imul(index, 0x9e3779b1)) >>> 0;
    return { index, seed: own, random: seededRandom(own) };
  });
}

/** A number from `from` to below `to`. */
export function between(random: () => number, from: number, to: number): number {
  return from + random() * (to - from);
}
