import { DEFAULT_UPDATE_PERIOD_MS } from '../constants.ts';
import type { StatefulServiceState } from '../stateful-service-state.ts';

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
 * Those of a service's pods that a new user may be given. Where the caller could reach none of them its own network is the
 * likelier fault, and refusing everybody would not help: then it is the one that it found so longest ago, so that all are
 * tried in turn.
 *
 * @param foundAt - when the caller last could not reach a pod; `undefined` where no such note stands.
 */
export function reachablePods<Pod extends { readonly podId: number }>(
  pods: readonly Pod[],
  foundAt: (podId: number) => number | undefined,
): readonly Pod[] {
  const reachable = pods.filter(({ podId }) => foundAt(podId) === undefined);
  if (reachable.length > 0 || pods.length === 0) return reachable;
  const [first, ...rest] = pods as readonly [Pod, ...Pod[]];
  return [rest.reduce((before, pod) => (foundAt(pod.podId)! < foundAt(before.podId)! ? pod : before), first)];
}
