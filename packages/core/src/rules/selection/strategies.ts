import { leastLoaded } from './least-loaded.ts';
import { powerOfTwo } from './power-of-two.ts';
import { random } from './random.ts';
import { rendezvous } from './rendezvous.ts';
import { roundRobin } from './round-robin.ts';
import type { SelectionStrategy } from './selection-strategy.ts';
import { weighted } from './weighted.ts';

/** The names of the built-in strategies. */
export type StrategyName =
  | 'power-of-two'
  | 'least-loaded'
  | 'round-robin'
  | 'weighted'
  | 'rendezvous'
  | 'random';

/** The built-in strategies by name; `power-of-two` is the default. */
export const strategies: Readonly<Record<StrategyName, SelectionStrategy>> = {
  'power-of-two': powerOfTwo,
  'least-loaded': leastLoaded,
  'round-robin': roundRobin,
  weighted,
  rendezvous,
  random,
};
