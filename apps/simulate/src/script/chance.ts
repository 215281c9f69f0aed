import { seededRandom } from '@stateful-route/core/testing';

/** Draws from one seed. */
export class Chance {
  readonly random: () => number;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  /** Whether something of this probability happens. */
  is(probability: number): boolean {
    return this.random() < probability;
  }

  /** A whole number from `min` to `max`, both included. */
  whole(min: number, max: number): number {
    return min + Math.floor(this.random() * (max - min + 1));
  }

  /** A whole number from `min` to `max`, short ones more often. */
  short(min: number, max: number): number {
    return min + Math.floor(this.random() ** 2 * (max - min + 1));
  }

  of<T>(items: readonly [T, ...T[]] | readonly T[]): T {
    const item = items[Math.floor(this.random() * items.length)];
    if (item === undefined) throw new RangeError('There is nothing to draw from.');
    return item;
  }

  /** The time to the next of events that come every `meanMs` on average. */
  gapMs(meanMs: number): number {
    return -Math.log(1 - this.random()) * meanMs;
  }
}

/** Mixes a number into a seed, so that streams of one seed do not resemble each other. */
export function mixSeed(seed: number, salt: number): number {
  let mixed = (seed ^ Math.imul(salt + 1, 0x9e3779b1)) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b) >>> 0;
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
