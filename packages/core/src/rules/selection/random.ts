import type { SelectionStrategy } from './selection-strategy.ts';

/** Any pod, each as likely as the other. */
export const random: SelectionStrategy = {
  pick: (pods, context) => pods[Math.floor(context.random() * pods.length)],
};
