import {
  DEFAULT_LEASE_MS,
  DEFAULT_UPDATE_PERIOD_MS,
  LONG_DEAD_AFTER_LEASES,
  SUSPECT_AFTER_PERIODS,
} from '../domain/constants.ts';
import {
  HEALINGS,
  type Healing,
  type ServiceStateRead,
  type StatefulServiceState,
} from '../domain/stateful-service-state.ts';

/*
 * The rules of liveness. The Lua scripts of the Redis adapter repeat those that must hold within one write. An age is the
 * difference of two readings of the store's clock. A pod known only by a bare word has the age `undefined`.
 */

/** The lease that a pod's heartbeat carries. */
export function leaseMsOf(pod: StatefulServiceState): number {
  return pod.leaseMs ?? DEFAULT_LEASE_MS;
}

/** The age beyond which a pod is suspect. */
export function suspectAfterMs(pod: StatefulServiceState): number {
  return SUSPECT_AFTER_PERIODS * (pod.updatePeriodMs ?? DEFAULT_UPDATE_PERIOD_MS);
}

/** Whether the last heartbeat reported the pod's end, which ends its lease at once. */
export function hasEnded(pod: StatefulServiceState): boolean {
  return pod.state === 'FAILED' || pod.state === 'TERMINATING';
}

/** Alive: its claims are valid. */
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

/** Whether an entry is older than three leases: such a pod has fenced itself, whatever happened to the store. */
export function isLongDead(pod: StatefulServiceState, storeTime: number): boolean {
  const ageMs = ageMsOf(pod, storeTime);
  return ageMs !== undefined && ageMs > LONG_DEAD_AFTER_LEASES * leaseMsOf(pod);
}

/** The age beyond which a pod counts as silent: its lease less one period, but never before it is suspect. */
function silentAfterMs(pod: StatefulServiceState): number {
  const periodMs = pod.updatePeriodMs ?? DEFAULT_UPDATE_PERIOD_MS;
  return Math.min(leaseMsOf(pod), Math.max(suspectAfterMs(pod), leaseMsOf(pod) - periodMs));
}

/** An entry that has an age and has not ended. Rules about many pods ignore all others. */
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

/** Older than the entry of a pod that sends heartbeats in time. */
function isOverdue({ pod, ageMs }: AgedPod): boolean {
  return ageMs > silentAfterMs(pod);
}

function isSilent({ pod, ageMs }: AgedPod): boolean {
  return isOverdue({ pod, ageMs }) && ageMs <= LONG_DEAD_AFTER_LEASES * leaseMsOf(pod);
}

function isPastLease({ pod, ageMs }: AgedPod): boolean {
  return ageMs > leaseMsOf(pod);
}

/**
 * Whether so many pods fell silent at once that the store, or the network to it, is the likelier fault: there are at least
 * two entries, and more than half of them are aged between one lease less a period and three leases.
 *
 * Why less a period: of pods that fell silent at the same moment, the first lease ends up to a period before the last.
 * After three leases every such pod has certainly fenced itself.
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
 * What a pod's heartbeat does to `since`, by the reading before it. If a pod goes on after a silence, other pods may be alive
 * too although they look dead. But a single stalled pod must not delay every take-over. So at least half of the others must be
 * silent as well, or all entries past their leases, and the last reset must be three leases ago.
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

/** Why a claim's owner must not be replaced. */
export type OwnerStands =
  /** Its lease runs, or the owner is known only by a bare word. */
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
      /** The earliest end, in ms from the moment of the reading. */
      readonly remainingMs: number;
    };

/** Leases that count for an owner without an entry, in ms. */
export interface OwnerLeaseHints {
  /** The owner's lease in the claim's record. */
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
 * Whether the lease of a claim's owner is over. It depends on one reading and the store's clock only, so that all readers
 * agree.
 *
 * A heartbeat that reports the pod's end ends the lease at once. In a directory younger than the lease, and while
 * {@link isMassExpiry} holds, no pod counts as dead by age or for having no entry: a store that came back empty, or was away,
 * must not take users away. An entry older than three leases is dead all the same, unless the store was away when `since`
 * was last reset (`quiet`).
 *
 * For an owner without an entry the longest of these leases counts: that in the claim's record, those that the service's
 * pods publish, and the reader's own.
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
  // A bare word has no age: such a pod is never dead by age.
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

/** How long a directory is still younger than a lease, in ms; 0 or less: it is not. */
function youngForAnotherMs({ since, storeTime }: ServiceStateRead, leaseMs: number): number {
  return since === undefined ? leaseMs : leaseMs - (storeTime - since) + 1;
}

/**
 * Whether an entry may be pruned: its pod has been dead for a lease, and the directory is not young. Bare words belong to the
 * other sides and are never pruned.
 */
export function isPrunable(read: ServiceStateRead, pod: StatefulServiceState): boolean {
  const ageMs = ageMsOf(pod, read.storeTime);
  const leaseMs = leaseMsOf(pod);
  if (ageMs === undefined || youngForAnotherMs(read, leaseMs) > 0) return false;
  if (hasEnded(pod)) return ageMs > leaseMs;
  const deadSinceQuiet = read.quiet === undefined || youngForAnotherMs(read, 2 * leaseMs) <= 0;
  return deadSinceQuiet && ageMs > (LONG_DEAD_AFTER_LEASES + 1) * leaseMs;
}

/** For how many leases after `restored` the placement of users without a link may be delayed at most. */
const RESTORED_HOLD_LEASES = 2;

/**
 * How long users without a link must not be placed, nor claimed by a pod that did not hold them, in ms from the reading;
 * 0: they may be placed now.
 *
 * In a directory that came back empty such a user may have an owner that has not put its claim back yet. Owners get the longest
 * published update period, and the time until no pod reports that it is healing, but two leases at most.
 */
export function placementHoldMs(read: ServiceStateRead): number {
  return holdMs(read, RESTORED_HOLD_LEASES, HEALINGS);
}

/**
 * How long a pod that returns from its fence must wait before it claims its users again, in ms from the reading; 0: it may now.
 * In a directory that came back empty the pods that never stopped serving come first, for a lease at most.
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
