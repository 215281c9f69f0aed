import { DEFAULT_UPDATE_PERIOD_MS } from '../../domain/constants.ts';
import type { StatefulServiceState } from '../../domain/stateful-service-state.ts';

/** For how many of a pod's update periods a caller that could not reach it sends it no new users. */
const UNREACHABLE_PERIODS = 3;

/** A caller's note that it could not reach a pod. Times are by its own monotonic clock, in ms. */
export interface UnreachableMark {
  readonly incarnation: string | undefined;
  readonly foundAt: number;
  readonly until: number;
}

/** The note that a pod could not be reached now. */
export function unreachableMark(
  { incarnation, updatePeriodMs = DEFAULT_UPDATE_PERIOD_MS }: StatefulServiceState,
  now: number,
): UnreachableMark {
  return { incarnation, foundAt: now, until: now + UNREACHABLE_PERIODS * updatePeriodMs };
}

/** Whether a note is still valid: for the same incarnation, and for three of its periods. */
export function isUnreachable(
  mark: UnreachableMark | undefined,
  pod: StatefulServiceState | undefined,
  now: number,
): mark is UnreachableMark {
  return mark !== undefined && now < mark.until && pod?.incarnation === mark.incarnation;
}

/**
 * A service's pods in groups by whether the caller could reach them. A new user is placed in the first group that has a pod to
 * take the user. As long as one pod is reachable, the others are left out. If none is, the caller's own network is the likelier
 * fault, and refusing everybody would not help: then each pod is a group, the one that failed longest ago first, so that all are
 * tried in turn.
 *
 * @param foundAt - when the caller last could not reach a pod; `undefined`: there is no valid note.
 */
export function reachablePods<Pod extends { readonly podId: number }>(
  pods: readonly Pod[],
  foundAt: (podId: number) => number | undefined,
): readonly (readonly Pod[])[] {
  // Called once per pod: a note may end in between.
  const noted = pods.map((pod) => ({ pod, at: foundAt(pod.podId) }));
  const reachable = noted.filter(({ at }) => at === undefined);
  if (reachable.length > 0) return [reachable.map(({ pod }) => pod)];
  return noted.toSorted((a, b) => a.at! - b.at!).map(({ pod }) => [pod]);
}
