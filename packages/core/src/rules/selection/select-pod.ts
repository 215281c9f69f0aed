import { leastLoaded } from './least-loaded.ts';
import type { PodView, SelectionContext, SelectionStrategy } from './selection-strategy.ts';

/** When a pod counts as overloaded, and whether it is refused then. */
export interface OverloadPolicy {
  /** A pod with this load or more is overloaded; `undefined` for no limit. */
  readonly overloadedAt?: number | undefined;
  /** Refuse overloaded pods. Otherwise the least loaded one is taken if all are overloaded. */
  readonly rejectWhenOverloaded?: boolean | undefined;
}

/** Applies a strategy to routable pods. Overloaded ones are chosen last, or never. */
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
