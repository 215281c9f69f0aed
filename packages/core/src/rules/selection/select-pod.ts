import { leastLoaded } from './least-loaded.ts';
import type { PodView, SelectionContext, SelectionStrategy } from './selection-strategy.ts';

/** When a pod counts as overloaded, and what happens then. */
export interface OverloadPolicy {
  /** A pod with this load or more is overloaded; `undefined`: none is. */
  readonly overloadedAt?: number | undefined;
  /** If all pods are overloaded: pick none, instead of the least loaded. */
  readonly rejectWhenOverloaded?: boolean | undefined;
}

/** Applies a strategy to routable pods, overloaded ones last or never. */
export function selectPod(
  pods: readonly PodView[],
  strategy: SelectionStrategy,
  context: SelectionContext,
  { overloadedAt, rejectWhenOverloaded = false }: OverloadPolicy = {},
): PodView | undefined {
  if (pods.length === 0) return undefined;
  if (overloadedAt === undefined) return strategy.pick(pods, context);
  const light = pods.filter((pod) => pod.loadState < overloadedAt);
  if (light.length > 0) return strategy.pick(light, context);
  return rejectWhenOverloaded ? undefined : leastLoaded.pick(pods, context);
}
