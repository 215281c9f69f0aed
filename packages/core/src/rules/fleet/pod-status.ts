import type { StatefulServiceState } from '../../domain/stateful-service-state.ts';
import { ageMsOf, hasEnded, isAlive, isAvailable, isRoutable } from '../liveness.ts';

/**
 * A pod in a word. `routable`: takes new users. `suspect`: missed heartbeats, and gets none. `draining`: refuses new users and
 * serves its own. `not ready`: serves nobody. `ended`: said so. `dead`: its lease is over. `word only`: known by a word of the
 * older sides, which has no age.
 */
export type PodStatus = 'routable' | 'suspect' | 'draining' | 'not ready' | 'ended' | 'dead' | 'word only';

/** What a pod is now, by the rules that callers go by. */
export function podStatus(pod: StatefulServiceState, storeTime: number): PodStatus {
  const ageMs = ageMsOf(pod, storeTime);
  if (hasEnded(pod)) return 'ended';
  if (ageMs === undefined && pod.state !== 'UNKNOWN') return 'word only';
  if (!isAlive(pod, ageMs)) return 'dead';
  if (isRoutable(pod, ageMs)) return 'routable';
  if (!isAvailable(pod, ageMs)) return 'not ready';
  return pod.routingState === 'READY' ? 'suspect' : 'draining';
}
