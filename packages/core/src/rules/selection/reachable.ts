import { DEFAULT_UPDATE_PERIOD_MS } from '../../domain/constants.ts';
import type { StatefulServiceState } from '../../domain/stateful-service-state.ts';

/** A caller that could not reach a pod gives it no new users for this many of the pod's update periods. */
const UNREACHABLE_PERIODS = 3;

/** A caller's mark of a pod that it could not reach. Times are of the caller's monotonic clock, in ms. */
export interface UnreachableMark {
  readonly incarnation: string | undefined;
  readonly foundAt: number;
  readonly until: number;
}

/** Marks a pod as unreachable from now on. */
export function unreachableMark(
  { incarnation, updatePeriodMs = DEFAULT_UPDATE_PERIOD_MS }: StatefulServiceState,
  now: number,
): UnreachableMark {
  return { incarnation, foundAt: now, until: now + UNREACHABLE_PERIODS * updatePeriodMs };
}

/** Whether a mark is still valid: it ends with the pod's incarnation, and after three of its update periods. */
export function isUnreachable(
  mark: UnreachableMark | undefined,
  pod: StatefulServiceState | undefined,
  now: number,
): mark is UnreachableMark {
  return mark !== undefined && now < mark.until && pod?.incarnation === mark.incarnation;
}

/**
 * Groups a service's pods by whether the caller could reach them. A new user goes to the first group that has a pod for it.
 *
 * If at least one pod is reachable, there is one group, of the reachable pods. If none is, the caller's own network is the
 * likely cause, and refusing all users would not help: each pod is a group of its own, ordered by when it was marked, the
 * oldest mark first, so that all are tried in turn.
 *
 * @param foundAt - when a pod was marked; `undefined` if it has no valid mark.
 */
export function reachablePods<Pod extends { readonly podId: number }>(
  pods: readonly Pod[],
  foundAt: (podId: number) => number | undefined,
): readonly (readonly Pod[])[] {
  // Look up each mark only once: it may expire in between.
  const marked = pods.map((pod) => ({ pod, at: foundAt(pod.podId) }));
  const reachable = marked.filter(({ at }) => at === undefined);
  if (reachable.length > 0) return [reachable.map(({ pod }) => pod)];
  return marked.toSorted((a, b) => a.at! - b.at!).map(({ pod }) => [pod]);
}
