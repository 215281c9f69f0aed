import { DEFAULT_LEASE_MS, DEFAULT_UPDATE_PERIOD_MS, SUSPECT_AFTER_PERIODS } from './constants.ts';
import type { ServiceStateRead, StatefulServiceState } from './stateful-service-state.ts';

/*
 * The rules of liveness, each written here and nowhere else. An age is the difference of two readings of the store's
 * clock; `undefined` is the age of a pod that is known only by a bare word, whose word alone counts.
 */

/** The lease that a pod's heartbeat carries. */
export function leaseMsOf(pod: StatefulServiceState): number {
  return pod.leaseMs ?? DEFAULT_LEASE_MS;
}

/** The age beyond which a pod is suspect. */
export function suspectAfterMs(pod: StatefulServiceState): number {
  return SUSPECT_AFTER_PERIODS * (pod.updatePeriodMs ?? DEFAULT_UPDATE_PERIOD_MS);
}

/** Whether a last heartbeat said that the pod's life is over, which ends its lease at once. */
export function hasEnded(pod: StatefulServiceState): boolean {
  return pod.state === 'FAILED' || pod.state === 'TERMINATING';
}

/** Alive: its claims stand. */
export function isAlive(pod: StatefulServiceState, ageMs: number | undefined): boolean {
  return !hasEnded(pod) && (ageMs === undefined || ageMs <= leaseMsOf(pod));
}

/** Available: it may be called for users it already holds. */
export function isAvailable(pod: StatefulServiceState, ageMs: number | undefined): boolean {
  return (
    isAlive(pod, ageMs) &&
    pod.state === 'READY' &&
    (pod.routingState === 'READY' || pod.routingState === 'DENY_NEW_CALL')
  );
}

/** Routable: it may be given new users. */
export function isRoutable(pod: StatefulServiceState, ageMs: number | undefined): boolean {
  return (
    isAvailable(pod, ageMs) &&
    pod.routingState === 'READY' &&
    (ageMs === undefined || ageMs <= suspectAfterMs(pod))
  );
}

/** The age of an entry at a given store time; `undefined` for a bare word. */
export function ageMsOf(pod: StatefulServiceState, storeTime: number): number | undefined {
  return pod.updateTime === undefined ? undefined : Math.max(0, storeTime - pod.updateTime);
}

/** What a reading says about the owner of a claim. */
export interface OwnerLease {
  /** Whether the owner's lease is over, so that its claims may be taken over. */
  readonly over: boolean;
  /** When it can be over at the earliest, from the moment of the reading; 0 when it is. */
  readonly remainingMs: number;
}

/**
 * Judges the lease of a claim's owner by one reading and the store's clock alone.
 *
 * A directory younger than the lease declares nobody dead by age or for having no entry: a store that came back empty
 * must not take users away. `fallbackLeaseMs` stands in for the lease of an owner that has no entry.
 */
export function ownerLease(
  read: ServiceStateRead,
  podId: number,
  fallbackLeaseMs: number = DEFAULT_LEASE_MS,
): OwnerLease {
  const pod = read.pods.get(podId);
  if (pod && hasEnded(pod)) return { over: true, remainingMs: 0 };
  const leaseMs = pod ? leaseMsOf(pod) : fallbackLeaseMs;
  const ageMs = pod && ageMsOf(pod, read.storeTime);
  // A bare word has no age, and a directory without heartbeats none either: nobody is dead by age there.
  if (read.since === undefined || (pod && ageMs === undefined)) {
    return { over: false, remainingMs: leaseMs };
  }
  const youngForMs = leaseMs - (read.storeTime - read.since);
  const aliveForMs = ageMs === undefined ? Number.NEGATIVE_INFINITY : leaseMs - ageMs;
  const remainingMs = Math.max(youngForMs, aliveForMs);
  return remainingMs < 0 ? { over: true, remainingMs: 0 } : { over: false, remainingMs: remainingMs + 1 };
}
