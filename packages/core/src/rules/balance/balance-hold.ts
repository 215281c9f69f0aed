import type { ServiceStateRead } from '../../domain/stateful-service-state.ts';
import { ageMsOf, hasEnded, isMassExpiry, leaseMsOf, longestLeaseMs, placementHoldMs } from '../liveness.ts';
import { DEFAULT_LEASE_MS } from '../../domain/constants.ts';
import { DRAIN_STALL_MS } from './balance-options.ts';
import type { FleetMemory } from './pod-memory.ts';

/** Why the planner moves nobody, whatever the loads. */
export type BalanceHold =
  /** An operator froze the service. */
  | 'frozen'
  /** So many pods fell silent at once that the store or the network is the likely cause. */
  | 'guard'
  /** The directory is younger than a lease. */
  | 'young directory'
  /** Pods still restore what the store had lost. */
  | 'restored directory'
  /** A pod went without saying so less than a lease ago. */
  | 'deaths'
  /** A pod hands its users over. */
  | 'drain'
  /** A rolling update runs. */
  | 'update'
  /** Three rounds running brought the fleet no nearer to even. */
  | 'without gain';

/** What the planner must know beside heartbeats. */
export interface BalanceSigns {
  readonly read: ServiceStateRead;
  /** Whether an operator froze the service. */
  readonly isFrozen: boolean;
  /** Whether a rolling update runs. */
  readonly isUpdating: boolean;
}

/** The first reason that there is not to move anybody now; `undefined` if there is none. */
export function balanceHold(
  { read, isFrozen, isUpdating }: BalanceSigns,
  memory: FleetMemory,
): BalanceHold | undefined {
  const leaseMs = longestLeaseMs(read) ?? DEFAULT_LEASE_MS;
  const { storeTime } = read;
  if (isFrozen) return 'frozen';
  const unsure = unsureDirectory(read);
  if (unsure) return unsure;
  if (hasLatelyDied(read) || (memory.diedAt !== undefined && storeTime - memory.diedAt <= leaseMs))
    return 'deaths';
  const drains = [...memory.pods.values()].map(({ drain }) => drain);
  if (drains.some((drain) => drain && storeTime - drain.fellAt <= DRAIN_STALL_MS)) return 'drain';
  return isUpdating ? 'update' : undefined;
}

/** Why the store may not know all pods and users now; `undefined` if it does. */
export function unsureDirectory(read: ServiceStateRead): BalanceHold | undefined {
  const { storeTime, since = storeTime } = read;
  if (isMassExpiry(read)) return 'guard';
  if (storeTime - since <= (longestLeaseMs(read) ?? DEFAULT_LEASE_MS)) return 'young directory';
  return placementHoldMs(read) > 0 ? 'restored directory' : undefined;
}

/** Whether a pod has been past its lease for less than another one. Its users may still be without a pod. */
function hasLatelyDied({ pods, storeTime }: ServiceStateRead): boolean {
  return [...pods.values()].some((pod) => {
    const ageMs = ageMsOf(pod, storeTime);
    if (ageMs === undefined) return false;
    if (pod.state === 'FAILED') return ageMs <= leaseMsOf(pod);
    return !hasEnded(pod) && ageMs > leaseMsOf(pod) && ageMs <= 2 * leaseMsOf(pod);
  });
}
