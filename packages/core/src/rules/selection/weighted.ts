import type { PodView, SelectionStrategy } from './selection-strategy.ts';

function weightOf(pod: PodView): number {
  const word = pod.metadata['weight']?.trim() || '1';
  const weight = Number(word);
  return Number.isFinite(weight) && weight >= 0 ? weight : 1;
}

/**
 * A random pod, with a probability in proportion to its metadata `weight` (default 1; an invalid weight counts as 1). A pod of
 * weight 0 is chosen only if all weights are 0.
 */
export const weighted: SelectionStrategy = {
  pick(pods, { random }) {
    let total = 0;
    for (const pod of pods) total += weightOf(pod);
    if (total === 0) return pods[Math.floor(random() * pods.length)];
    let left = random() * total;
    for (const pod of pods) {
      left -= weightOf(pod);
      if (left < 0) return pod;
    }
    return pods.at(-1);
  },
  score: weightOf,
};
