import {
  DEFAULT_LEASE_MS,
  DEFAULT_UPDATE_PERIOD_MS,
  LONG_DEAD_AFTER_LEASES,
  SUSPECT_AFTER_PERIODS,
} from '../domain/constants.ts';
import type { OwnerStands } from '../domain/route-error.ts';
import type { NotRoutable } from '../domain/pod-filter.ts';
import {
  HEALINGS,
  type Healing,
  type ServiceStateRead,
  type StatefulServiceState,
} from '../domain/stateful-service-state.ts';

/*
 * The rules of liveness. An age is the difference of two readings of the store's clock. It is `undefined` for a pod that is
 * known only by a bare word; then only the word counts.
 */

/** A pod's lease. */
export function leaseMsOf(pod: StatefulServiceState): number {
  return pod.leaseMs ?? DEFAULT_LEASE_MS;
}

/** The age beyond which a pod is suspect. */
export function suspectAfterMs(pod: StatefulServiceState): number {
  return SUSPECT_AFTER_PERIODS * (pod.updatePeriodMs ?? DEFAULT_UPDATE_PERIOD_MS);
}

/** Whether a pod has ended: its last heartbeat said so, which ends its lease at once. */
export function hasEnded(pod: Pick<StatefulServiceState, 'state'>): boolean {
  return pod.state === 'FAILED' || pod.state === 'TERMINATING';
}

/** Whether a pod is alive: its claims are valid. */
export function isAlive(pod: StatefulServiceState, ageMs: number | undefined): boolean {
  return !hasEnded(pod) && (ageMs === undefined || ageMs <= leaseMsOf(pod));
}

/** Whether a pod is available: it may be called for users it already holds. */
export function isAvailable(pod: StatefulServiceState, ageMs: number | undefined): boolean {
  return (
    isAlive(pod, ageMs) &&
    pod.state === 'READY' &&
    (pod.routingState === 'READY' || pod.routingState === 'DENY_NEW_CALL')
  );
}

/** Whether a pod is routable: it may be given new users. */
export function isRoutable(pod: StatefulServiceState, ageMs: number | undefined): boolean {
  return (
    isAvailable(pod, ageMs) &&
    pod.routingState === 'READY' &&
    (ageMs === undefined || ageMs <= suspectAfterMs(pod))
  );
}

/**
 * What keeps a pod from getting new users, by its own heartbeat; `undefined` if it is routable. The state and the age that
 * count are those of {@link isRoutable}.
 */
export function whyNotRoutable(
  pod: StatefulServiceState,
  ageMs: number | undefined,
): NotRoutable | undefined {
  if (isRoutable(pod, ageMs)) return undefined;
  if (hasEnded(pod)) return 'ended';
  if (!isAlive(pod, ageMs)) return 'past its lease';
  if (pod.state !== 'READY') return 'not ready';
  if (!isAvailable(pod, ageMs)) return 'shut down';
  return pod.routingState === 'READY' ? 'suspect' : 'draining';
}

/** The age of an entry at a store time; `undefined` for a bare word. */
export function ageMsOf(pod: StatefulServiceState, storeTime: number): number | undefined {
  return pod.updateTime === undefined ? undefined : Math.max(0, storeTime - pod.updateTime);
}

/** Whether an entry is more than three leases old: such a pod has fenced itself, whatever happened to the store. */
export function isLongDead(pod: StatefulServiceState, storeTime: number): boolean {
  const ageMs = ageMsOf(pod, storeTime);
  return ageMs !== undefined && ageMs > LONG_DEAD_AFTER_LEASES * leaseMsOf(pod);
}

/** The pod that leads: the alive one with the lowest ordinal. One known only by a bare word does not, as it may not run any more. */
export function leaderOf({
  pods,
  storeTime,
}: Pick<ServiceStateRead, 'pods' | 'storeTime'>): number | undefined {
  for (const pod of pods.values()) {
    const ageMs = ageMsOf(pod, storeTime);
    if (ageMs !== undefined && isAlive(pod, ageMs)) return pod.podId;
  }
  return undefined;
}

/** The age beyond which a pod is overdue: its lease less one period, but not before it is suspect. */
function overdueAfterMs(pod: StatefulServiceState): number {
  const periodMs = pod.updatePeriodMs ?? DEFAULT_UPDATE_PERIOD_MS;
  return Math.min(leaseMsOf(pod), Math.max(suspectAfterMs(pod), leaseMsOf(pod) - periodMs));
}

/** An entry that has an age and has not ended. Rules about several pods count only these. */
interface AgedPod {
  readonly pod: StatefulServiceState;
  readonly ageMs: number;
}

function agedPods({ pods, storeTime }: ServiceStateRead): AgedPod[] {
  const aged: AgedPod[] = [];
  for (const pod of pods.values()) {
    const ageMs = ageMsOf(pod, storeTime);
    if (ageMs !== undefined && !hasEnded(pod)) aged.push({ pod, ageMs });
  }
  return aged;
}

function isOverdue({ pod, ageMs }: AgedPod): boolean {
  return ageMs > overdueAfterMs(pod);
}

function isSilent({ pod, ageMs }: AgedPod): boolean {
  return isOverdue({ pod, ageMs }) && ageMs <= LONG_DEAD_AFTER_LEASES * leaseMsOf(pod);
}

function isPastLease({ pod, ageMs }: AgedPod): boolean {
  return ageMs > leaseMsOf(pod);
}

/**
 * Whether so many pods fell silent at once that the store or the network is the likely cause, not the pods. That is so if
 * there are at least two entries and more than half of them are silent: aged between one lease less a period and three leases.
 *
 * Pods that fall silent at the same moment differ in age by up to a period. After three leases each of them has fenced itself.
 */
export function isMassExpiry(read: ServiceStateRead): boolean {
  const aged = agedPods(read);
  return aged.length >= 2 && aged.filter(isSilent).length * 2 > aged.length;
}

/** Whether a heartbeat resets `since`, and whether every entry was past its lease before it. */
export interface SinceReset {
  readonly resets: boolean;
  readonly quiet: boolean;
}

/**
 * Whether a pod's heartbeat resets `since`, by the reading before it.
 *
 * A pod that returns after a silence shows that other silent pods may be alive too. But one stalled pod must not delay every
 * take-over, so at least half of the other pods must be silent, or all entries past their leases, and the last reset must be
 * three leases ago.
 */
export function sinceReset(read: ServiceStateRead, podId: number): SinceReset {
  const { since, storeTime, pods } = read;
  if (since === undefined) return { resets: true, quiet: false };
  const pod = pods.get(podId);
  const aged = agedPods(read);
  const own = aged.find((each) => each.pod === pod);
  if (!own || !isOverdue(own) || storeTime - since <= LONG_DEAD_AFTER_LEASES * leaseMsOf(own.pod)) {
    return { resets: false, quiet: false };
  }
  const others = aged.filter((each) => each !== own);
  const quiet = aged.every(isPastLease);
  return { resets: quiet || others.filter(isSilent).length * 2 >= others.length, quiet };
}

/** Whether the lease of a claim's owner is over, by one reading. */
export type OwnerLease =
  | { readonly over: true }
  | {
      readonly over: false;
      readonly why: OwnerStands;
      /** The least time until it can be over, in ms from the reading. */
      readonly remainingMs: number;
    };

/** Leases in ms that count for an owner without an entry. */
export interface OwnerLeaseHints {
  /** The lease in the claim's record. */
  readonly ownerLeaseMs?: number | undefined;
  /** The reader's own. */
  readonly readerLeaseMs?: number | undefined;
}

/** The longest lease in ms that a service's pods publish; `undefined` if none does. */
export function longestLeaseMs({ pods }: Pick<ServiceStateRead, 'pods'>): number | undefined {
  const leases = [...pods.values()].map(({ leaseMs }) => leaseMs).filter((ms) => ms !== undefined);
  return leases.length === 0 ? undefined : Math.max(...leases);
}

/**
 * Whether the lease of a claim's owner is over. It depends on one reading and the store's clock only, so that all readers agree.
 *
 * A pod that has ended has no lease. An owner is not dead by age, or for having no entry, in a directory younger than the
 * lease or while {@link isMassExpiry} holds: a store that came back empty, or was down, must not cost a pod its users. An
 * entry older than three leases is dead all the same, unless the store was down when `since` was last reset (`quiet`).
 *
 * For an owner without an entry the longest lease counts: of the claim's record, the service's pods and the reader.
 */
export function ownerLease(
  read: ServiceStateRead,
  podId: number,
  { ownerLeaseMs = 0, readerLeaseMs = DEFAULT_LEASE_MS }: OwnerLeaseHints = {},
): OwnerLease {
  const pod = read.pods.get(podId);
  if (pod && hasEnded(pod)) return { over: true };
  const leaseMs = pod ? leaseMsOf(pod) : Math.max(ownerLeaseMs, longestLeaseMs(read) ?? 0, readerLeaseMs);
  const ageMs = pod && ageMsOf(pod, read.storeTime);
  // A bare word has no age, so the pod cannot be dead by age.
  if (pod && ageMs === undefined) return { over: false, why: 'lease', remainingMs: leaseMs };
  const [leaseEndsInMs, longDeadInMs] =
    ageMs === undefined
      ? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
      : [leaseMs - ageMs + 1, LONG_DEAD_AFTER_LEASES * leaseMs - ageMs + 1];
  const youngForMs = youngForAnotherMs(read, leaseMs);
  const protectedForMs = read.quiet === undefined ? Math.min(youngForMs, longDeadInMs) : youngForMs;
  const remainingMs = Math.max(leaseEndsInMs, protectedForMs);
  if (remainingMs > 0) {
    return { over: false, why: leaseEndsInMs > 0 ? 'lease' : 'young directory', remainingMs };
  }
  if (longDeadInMs > 0 && isMassExpiry(read)) {
    return { over: false, why: 'mass expiry', remainingMs: Math.min(leaseMs, longDeadInMs) };
  }
  return { over: true };
}

/** How long a directory is still younger than a lease, in ms; 0 or less if it is not. */
function youngForAnotherMs({ since, storeTime }: ServiceStateRead, leaseMs: number): number {
  return since === undefined ? leaseMs : leaseMs - (storeTime - since) + 1;
}

/**
 * Whether an entry may be pruned: its pod has been dead for a lease, and the directory is not young. A bare word is never
 * pruned, since it belongs to the older sides.
 */
export function isPrunable(read: ServiceStateRead, pod: StatefulServiceState): boolean {
  const ageMs = ageMsOf(pod, read.storeTime);
  const leaseMs = leaseMsOf(pod);
  if (ageMs === undefined || youngForAnotherMs(read, leaseMs) > 0) return false;
  if (hasEnded(pod)) return ageMs > leaseMs;
  const deadSinceQuiet = read.quiet === undefined || youngForAnotherMs(read, 2 * leaseMs) <= 0;
  return deadSinceQuiet && ageMs > (LONG_DEAD_AFTER_LEASES + 1) * leaseMs;
}

/** Users without a link wait at most this many leases after `restored`. */
const RESTORED_HOLD_LEASES = 2;

/**
 * How long users without a link must not be placed, nor claimed by a pod that did not hold them, in ms from the reading. 0 if
 * they may be now.
 *
 * In a directory that came back empty, pods may not have restored their claims of such users yet. They get the longest
 * published update period, and on while a pod reports that it is healing, but at most two leases.
 */
export function placementHoldMs(read: ServiceStateRead): number {
  return holdMs(read, RESTORED_HOLD_LEASES, HEALINGS);
}

/**
 * How long a returning pod must wait before it reclaims its users, in ms from the reading; 0 if it may now. In a directory that
 * came back empty the pods that never stopped serving come first, for at most a lease.
 */
export function returnHoldMs(read: ServiceStateRead): number {
  return holdMs(read, 1, ['held']);
}

function holdMs(read: ServiceStateRead, leases: number, healings: readonly Healing[]): number {
  const { restored, storeTime, pods } = read;
  if (restored === undefined) return 0;
  const ageMs = storeTime - restored;
  const limitMs = leases * (longestLeaseMs(read) ?? DEFAULT_LEASE_MS);
  if (ageMs > limitMs) return 0;
  const periodMs = Math.min(limitMs, longestPeriodMs(read));
  if (ageMs <= periodMs) return periodMs - ageMs + 1;
  const isHealing = [...pods.values()].some(
    (pod) => pod.healing && healings.includes(pod.healing) && isAlive(pod, ageMsOf(pod, storeTime)),
  );
  return isHealing ? Math.min(periodMs, limitMs - ageMs + 1) : 0;
}

/** The longest update period in ms that a service's pods publish. */
export function longestPeriodMs({ pods }: Pick<ServiceStateRead, 'pods'>): number {
  const periods = [...pods.values()]
    .map(({ updatePeriodMs }) => updatePeriodMs)
    .filter((ms) => ms !== undefined);
  return periods.length === 0 ? DEFAULT_UPDATE_PERIOD_MS : Math.max(...periods);
}
