import { seededRandom } from '@stateful-route/core/testing';

/** One of many trials, with a random generator of its own. */
export interface Trial {
  readonly index: number;
  /** `trialsOf(seed, 1)` repeats only this trial. */
  readonly seed: number;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** The trials of a run. The first one has the run's seed, so that each can be repeated alone. */
export function trialsOf(seed: number, count: number): Trial[] {
  return Array.from({ length: count }, (_, index) => {
    const own = (seed + Math.imul(index, 0x9e3779b1)) >>> 0;
    return { index, seed: own, random: seededRandom(own) };
  });
}

/** A number in [from, to). */
export function between(random: () => number, from: number, to: number): number {
  return from + random() * (to - from);
}
