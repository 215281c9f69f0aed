import { DEFAULT_UPDATE_PERIOD_MS } from '../../domain/constants.ts';
import type { StatefulServiceState } from '../../domain/stateful-service-state.ts';

/** For how many of a pod's update periods a caller that could not reach it gives it no new users. */
const UNREACHABLE_PERIODS = 3;

/** What a caller notes of a pod that it could not reach. Times are of its own monotonic clock, in ms. */
export interface UnreachableMark {
  readonly incarnation: string | undefined;
  readonly foundAt: number;
  readonly until: number;
}

/** The note of a pod that could not be reached now. */
export function unreachableMark(
  { incarnation, updatePeriodMs = DEFAULT_UPDATE_PERIOD_MS }: StatefulServiceState,
  now: number,
): UnreachableMark {
  return { incarnation, foundAt: now, until: now + UNREACHABLE_PERIODS * updatePeriodMs };
}

/** Whether a note still stands: not for another incarnation of the pod, and not after three of its periods. */
export function isUnreachable(
  mark: UnreachableMark | undefined,
  pod: StatefulServiceState | undefined,
  now: number,
): mark is UnreachableMark {
  return mark !== undefined && now < mark.until && pod?.incarnation === mark.incarnation;
}

/**
 * A service's pods by whether the caller could reach them: a new user is given to the first group in which somebody takes
 * him. Pods that could not be reached are left out as long as one is reachable. Where the caller could reach none, its own
 * network is the likelier fault, and refusing everybody would not help: each is a group, the one that was found so longest
 * ago first, so that all are tried in turn.
 *
 * @param foundAt - when the caller last could not reach a pod; `undefined` where no such note stands.
 */
export function reachablePods<Pod extends { readonly podId: number }>(
  pods: readonly Pod[],
  foundAt: (podId: number) => number | undefined,
): readonly (readonly Pod[])[] {
  // Asked once each: a note may end meanwhile.
  const noted = pods.map((pod) => ({ pod, at: foundAt(pod.podId) }));
  const reachable = noted.filter(({ at }) => at === undefined);
  if (reachable.length > 0) return [reachable.map(({ pod }) => pod)];
  return noted.toSorted((a, b) => a.at! - b.at!).map(({ pod }) => [pod]);
}
