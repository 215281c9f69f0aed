import type { SelectionStrategy } from './selection-strategy.ts';

/** Two random pods, the less loaded wins: nearly as even as the least loaded, and no herd on one stale report. */
export const powerOfTwo: SelectionStrategy = {
  pick(pods, { random }) {
    if (pods.length < 2) return pods[0];
    const first = Math.floor(random() * pods.length);
    const step = 1 + Math.floor(random() * (pods.length - 1));
    const a = pods[first]!;
    const b = pods[(first + step) % pods.length]!;
    return b.loadState < a.loadState ? b : a;
  },
};
