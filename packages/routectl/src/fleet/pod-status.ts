import {
  isAlive,
  isAvailable,
  isRoutable,
  type ServiceStateRead,
  type StatefulServiceState,
} from '@stateful-route/core';
import { ageMsOf, hasEnded, type StoredIntent } from '@stateful-route/core/adapter';

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

/** A pod as the commands show it. */
export interface PodView {
  readonly podId: number;
  readonly status: PodStatus;
  readonly state: string;
  readonly routingState: string;
  readonly load: number;
  readonly users: number | undefined;
  readonly maxUsers: number | undefined;
  readonly ageMs: number | undefined;
  readonly leaseMs: number | undefined;
  readonly updatePeriodMs: number | undefined;
  readonly address: string | undefined;
  readonly incarnation: string | undefined;
  readonly deadOwner: string | undefined;
  readonly healing: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  /** The operator's wish, and the rate that came with it. */
  readonly intent: string | undefined;
  readonly ratePerSecond: number | undefined;
}

/** The pods of a reading, by ordinal. */
export function podViews(read: ServiceStateRead, intents: ReadonlyMap<number, StoredIntent>): PodView[] {
  return [...read.pods.values()].map((pod) => podView(pod, read.storeTime, intents.get(pod.podId)));
}

function podView(pod: StatefulServiceState, storeTime: number, wish: StoredIntent | undefined): PodView {
  const { podId, state, routingState, loadState: load, users, maxUsers, leaseMs, updatePeriodMs } = pod;
  const { address, incarnation, deadOwner, healing, metadata } = pod;
  const own = { podId, status: podStatus(pod, storeTime), state, routingState, load, users, maxUsers };
  const times = { ageMs: ageMsOf(pod, storeTime), leaseMs, updatePeriodMs };
  const details = { address, incarnation, deadOwner, healing, metadata };
  return {
    ...own,
    ...times,
    ...details,
    intent: wish?.intent ?? wish?.unknownIntent,
    ratePerSecond: wish?.ratePerSecond,
  };
}

/** The longest interval between heartbeats of a service's pods, in ms. */
export function longestPeriod({ pods }: ServiceStateRead): number {
  return Math.max(0, ...[...pods.values()].map(({ updatePeriodMs = 0 }) => updatePeriodMs));
}
