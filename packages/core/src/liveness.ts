import {
  DEFAULT_LEASE_MS,
  DEFAULT_UPDATE_PERIOD_MS,
  LONG_DEAD_AFTER_LEASES,
  SUSPECT_AFTER_PERIODS,
} from './constants.ts';
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

/**
 * Whether so many pods fell silent at once that the store, or the way to it, must be suspected rather than the pods: at
 * least two entries, and more than half of them aged between one and three leases. Ended pods are not counted, nor are
 * those known only by a bare word. After three leases every such pod has fenced itself for certain.
 */
export function isMassExpiry(read: ServiceStateRead): boolean {
  return mostAreSilent(read, leaseMsOf);
}

/**
 * Whether a mass expiry is on its way: of pods that fell silent at one moment the first lease ends up to a period before
 * the last one does, and by then the others have missed their beats too.
 */
function isMassExpiryNear(read: ServiceStateRead): boolean {
  return mostAreSilent(read, (pod) => {
    const periodMs = pod.updatePeriodMs ?? DEFAULT_UPDATE_PERIOD_MS;
    return Math.min(leaseMsOf(pod), Math.max(suspectAfterMs(pod), leaseMsOf(pod) - periodMs));
  });
}

function mostAreSilent(
  { pods, storeTime }: ServiceStateRead,
  silentAfterMs: (pod: StatefulServiceState) => number,
): boolean {
  let counted = 0;
  let silent = 0;
  for (const pod of pods.values()) {
    const ageMs = ageMsOf(pod, storeTime);
    if (ageMs === undefined || hasEnded(pod)) continue;
    counted += 1;
    if (ageMs > silentAfterMs(pod) && ageMs <= LONG_DEAD_AFTER_LEASES * leaseMsOf(pod)) silent += 1;
  }
  return counted >= 2 && silent * 2 > counted;
}

/** Why a claim's owner is not to be replaced. */
export type OwnerStands =
  /** Its lease runs, or it is known only by a bare word. */
  | 'lease'
  /** The directory is younger than a lease: it may have lost the owner's heartbeat. */
  | 'young directory'
  /** Too many pods fell silent at once. */
  | 'mass expiry';

/** What a reading says about the owner of a claim. */
export type OwnerLease =
  | { readonly over: true }
  | {
      readonly over: false;
      readonly why: OwnerStands;
      /** When it can be over at the earliest, from the moment of the reading, in ms. */
      readonly remainingMs: number;
    };

/**
 * Judges the lease of a claim's owner by one reading and the store's clock alone, so that all readers agree.
 *
 * A heartbeat that said the pod's life is over ends the lease at once. By age, or for having no entry, nobody is dead in
 * a directory younger than the lease, nor while {@link isMassExpiry} holds or is less than a period away: a store that
 * came back empty, or was away, must not take users away. `fallbackLeaseMs` stands in for the lease of an owner that has no entry.
 */
export function ownerLease(
  read: ServiceStateRead,
  podId: number,
  fallbackLeaseMs: number = DEFAULT_LEASE_MS,
): OwnerLease {
  const pod = read.pods.get(podId);
  if (pod && hasEnded(pod)) return { over: true };
  const leaseMs = pod ? leaseMsOf(pod) : fallbackLeaseMs;
  const ageMs = pod && ageMsOf(pod, read.storeTime);
  // A bare word has no age, and a directory without heartbeats none either: nobody is dead by age there.
  if (pod && ageMs === undefined) return { over: false, why: 'lease', remainingMs: leaseMs };
  if (read.since === undefined) return { over: false, why: 'young directory', remainingMs: leaseMs };
  const aliveForMs = ageMs === undefined ? Number.NEGATIVE_INFINITY : leaseMs - ageMs;
  const youngForMs = leaseMs - (read.storeTime - read.since);
  const remainingMs = Math.max(aliveForMs, youngForMs) + 1;
  if (remainingMs > 0)
    return { over: false, why: aliveForMs >= 0 ? 'lease' : 'young directory', remainingMs };
  if (isMassExpiryNear(read)) {
    const ageLimitMs = LONG_DEAD_AFTER_LEASES * leaseMs;
    return { over: false, why: 'mass expiry', remainingMs: Math.max(1, ageLimitMs - (ageMs ?? 0)) };
  }
  return { over: true };
}
