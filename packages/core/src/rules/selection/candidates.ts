import type { PodFilter } from '../../domain/pod-filter.ts';
import type { StatefulServiceState } from '../../domain/stateful-service-state.ts';

/** Why a routable pod is not a candidate; `undefined` if it is one. */
export type CandidateFilter = (pod: StatefulServiceState) => PodFilter | undefined;

/**
 * The filter of a service's routable pods: it leaves out those that a caller excludes and, if another pod sends heartbeats,
 * those that are known only by a bare word.
 */
export function candidateFilter(
  routable: Iterable<StatefulServiceState>,
  excludePods: readonly number[],
): CandidateFilter {
  const isExcluded = ({ podId }: StatefulServiceState): boolean => excludePods.includes(podId);
  const isBeating = ({ updateTime }: StatefulServiceState): boolean => updateTime !== undefined;
  const onlyBeating = [...routable].some((pod) => isBeating(pod) && !isExcluded(pod));
  return (pod) => {
    if (isExcluded(pod)) return 'excluded';
    return onlyBeating && !isBeating(pod) ? 'no heartbeat' : undefined;
  };
}
