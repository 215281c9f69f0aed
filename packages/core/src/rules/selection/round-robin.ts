import type { SelectionStrategy } from './selection-strategy.ts';

/** One pod after the other, by ordinal. The turn advances when a user is placed. */
export const roundRobin: SelectionStrategy = {
  pick: (pods, { placements }) => pods[placements % pods.length],
};
