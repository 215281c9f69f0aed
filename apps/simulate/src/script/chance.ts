import { seededRandom } from '@stateful-route/core/testing';

/** A random generator with one seed. */
export class Chance {
  readonly random: () => number;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  /** True with this probability. */
  is(probability: number): boolean {
    return this.random() < probability;
  }

  /** A whole number from `min` to `max`, both inclusive. */
  whole(min: number, max: number): number {
    return min + Math.floor(this.random() * (max - min + 1));
  }

  /** A whole number from `min` to `max`, small ones more often. */
  short(min: number, max: number): number {
    return min + Math.floor(this.random() ** 2 * (max - min + 1));
  }

  of<T>(items: readonly [T, ...T[]] | readonly T[]): T {
    const item = items[Math.floor(this.random() * items.length)];
    if (item === undefined) throw new RangeError('There is nothing to draw from.');
    return item;
  }

  /** The time to the next event of a Poisson process with this mean. */
  gapMs(meanMs: number): number {
    return -Math.log(1 - this.random()) * meanMs;
  }
}

/** Mixes a number into a seed, so that generators of one seed are independent. */
export function mixSeed(seed: number, salt: number): number {
  let mixed = (seed ^ Math.imul(salt + 1, 0x9e3779b1)) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b) >>> 0;
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
