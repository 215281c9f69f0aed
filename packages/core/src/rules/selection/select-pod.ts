import { leastLoaded } from './least-loaded.ts';
import type { PodView, SelectionContext, SelectionStrategy } from './selection-strategy.ts';

/** When a pod counts as overloaded, and whether it is refused then. */
export interface OverloadPolicy {
  /** A pod with this load or more is overloaded; `undefined` for no limit. */
  readonly overloadedAt?: number | undefined;
  /** Refuse overloaded pods. Otherwise the least loaded one is taken if all are overloaded. */
  readonly rejectWhenOverloaded?: boolean | undefined;
}

/** The pods that are left to choose from, and what chooses. */
export interface Shortlist<Pod extends PodView> {
  readonly pods: readonly Pod[];
  readonly strategy: SelectionStrategy;
}

/** Applies a strategy to routable pods. Overloaded ones are chosen last, or never. */
export function selectPod(
  pods: readonly PodView[],
  strategy: SelectionStrategy,
  context: SelectionContext,
  policy: OverloadPolicy = {},
): PodView | undefined {
  const left = shortlist(pods, strategy, policy);
  return left.pods.length === 0 ? undefined : left.strategy.pick(left.pods, context);
}

/** Leaves out overloaded pods. If all are overloaded, none is left, or the least loaded one is chosen whatever the strategy. */
export function shortlist<Pod extends PodView>(
  pods: readonly Pod[],
  strategy: SelectionStrategy,
  { overloadedAt, rejectWhenOverloaded = false }: OverloadPolicy = {},
): Shortlist<Pod> {
  if (overloadedAt === undefined) return { pods, strategy };
  const light = pods.filter((pod) => pod.loadState < overloadedAt);
  if (light.length > 0 || rejectWhenOverloaded) return { pods: light, strategy };
  return { pods, strategy: leastLoaded };
}
