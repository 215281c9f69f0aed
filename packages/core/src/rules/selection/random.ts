import type { SelectionStrategy } from './selection-strategy.ts';

/** A random pod. */
export const random: SelectionStrategy = {
  pick: (pods, context) => pods[Math.floor(context.random() * pods.length)],
};
