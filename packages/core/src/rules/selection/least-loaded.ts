import { loadOf, type PodView, type SelectionStrategy } from './selection-strategy.ts';

/** The least loaded pod; of several a random one. */
export const leastLoaded: SelectionStrategy = {
  pick(pods, { random }) {
    let best: PodView | undefined;
    let ties = 0;
    for (const pod of pods) {
      if (best && loadOf(pod) > loadOf(best)) continue;
      ties = best && loadOf(pod) === loadOf(best) ? ties + 1 : 1;
      if (ties === 1 || random() * ties < 1) best = pod;
    }
    return best;
  },
  score: loadOf,
};
