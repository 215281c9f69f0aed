import { loadOf, type SelectionStrategy } from './selection-strategy.ts';

/** The less loaded of two random pods: nearly as even as `least-loaded`, but callers do not all pile onto one stale report. */
export const powerOfTwo: SelectionStrategy = {
  pick(pods, { random }) {
    if (pods.length < 2) return pods[0];
    const first = Math.floor(random() * pods.length);
    const step = 1 + Math.floor(random() * (pods.length - 1));
    const a = pods[first]!;
    const b = pods[(first + step) % pods.length]!;
    return loadOf(b) < loadOf(a) ? b : a;
  },
  score: loadOf,
};
