import type { ServiceStateRead, StatefulServiceState } from '@stateful-route/core';
import { ageMsOf, podStatus, type PodStatus, type StoredIntent } from '@stateful-route/core/adapter';

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
