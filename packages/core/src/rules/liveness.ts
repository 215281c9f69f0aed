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

/** Whether an entry is three leases old: such a pod has fenced itself, whatever happened to the store. */
export function isLongDead(pod: StatefulServiceState, storeTime: number): boolean {
  const ageMs = ageMsOf(pod, storeTime);
  return ageMs !== undefined && ageMs > LONG_DEAD_AFTER_LEASES * leaseMsOf(pod);
}

/** The age beyond which a pod counts as silent to {@link isMassExpiry}: its lease less one period, but never before it is suspect. */
function silentAfterMs(pod: StatefulServiceState): number {
  const periodMs = pod.updatePeriodMs ?? DEFAULT_UPDATE_PERIOD_MS;
  return Math.min(leaseMsOf(pod), Math.max(suspectAfterMs(pod), leaseMsOf(pod) - periodMs));
}

/** An entry that has an age and has not ended. The others count in no rule about many pods. */
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

/** Older than a pod gets that beats: one lease less a period, or what makes it suspect. */
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
 * Whether so many pods fell silent at once that the store, or the way to it, must be suspected rather than the pods: at
 * least two entries, and more than half of them silent, that is, aged between one lease less a period and three leases.
 * Of pods that fell silent at one moment the first lease ends up to a period before the last one does. After three
 * leases every such pod has fenced itself for certain.
 */
export function isMassExpiry(read: ServiceStateRead): boolean {
  const aged = agedPods(read);
  return aged.length >= 2 && aged.filter(isSilent).length * 2 > aged.length;
}

/** Whether a heartbeat begins `since` anew, and whether every entry was past its lease before it. */
export interface SinceReset {
  readonly resets: boolean;
  readonly quiet: boolean;
}

/**
 * What a pod's heartbeat does to `since`, judged by the reading before it. A pod that goes on after a silence shows that
 * others may be believed dead wrongly as well; but not every pod that stalls may hold up everybody's take-over, so at
 * least half of the others must be silent too, or all, and the last beginning must be three leases ago.
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

/** Leases that count for an owner without an entry, in ms. */
export interface OwnerLeaseHints {
  /** What the claim's record says of its owner. */
  readonly ownerLeaseMs?: number | undefined;
  /** The reader's own. */
  readonly readerLeaseMs?: number | undefined;
}

/** The longest lease in ms that a service's pods publish; `undefined` where none does. */
export function longestLeaseMs({ pods }: Pick<ServiceStateRead, 'pods'>): number | undefined {
  const leases = [...pods.values()].map(({ leaseMs }) => leaseMs).filter((ms) => ms !== undefined);
  return leases.length === 0 ? undefined : Math.max(...leases);
}

/**
 * Judges the lease of a claim's owner by one reading and the store's clock alone, so that all readers agree.
 *
 * A heartbeat that said the pod's life is over ends the lease at once. By age, or for having no entry, nobody is dead in
 * a directory younger than the lease, nor while {@link isMassExpiry} holds: a store that came back empty, or was away,
 * must not take users away. An entry older than three leases is dead all the same, unless the store was away when the
 * directory began anew (`quiet`).
 *
 * An owner without an entry is judged by the longest of the lease in the claim's record, those that the service's pods
 * publish, and the reader's own.
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
  // A bare word has no age, and a directory without heartbeats none either: nobody is dead by age there.
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

/** How long a directory is still young to a lease, in ms; 0 or less: it is not. */
function youngForAnotherMs({ since, storeTime }: ServiceStateRead, leaseMs: number): number {
  return since === undefined ? leaseMs : leaseMs - (storeTime - since) + 1;
}

/**
 * Whether an entry may be pruned: its pod has been dead for a lease, and the directory is not young. Entries known only by
 * a bare word are the other sides' own.
 */
export function isPrunable(read: ServiceStateRead, pod: StatefulServiceState): boolean {
  const ageMs = ageMsOf(pod, read.storeTime);
  const leaseMs = leaseMsOf(pod);
  if (ageMs === undefined || youngForAnotherMs(read, leaseMs) > 0) return false;
  if (hasEnded(pod)) return ageMs > leaseMs;
  const deadSinceQuiet = read.quiet === undefined || youngForAnotherMs(read, 2 * leaseMs) <= 0;
  return deadSinceQuiet && ageMs > (LONG_DEAD_AFTER_LEASES + 1) * leaseMs;
}

/** For how many leases after `restored` users without a link may be held back at most. */
const RESTORED_HOLD_LEASES = 2;

/**
 * How long users without a link may not be placed, nor claimed by a pod that did not hold them, in ms from the reading;
 * 0: they may be now.
 *
 * In a directory that came back empty the owners of such users may still be on their way: they are given the longest
 * published update period, and the time until no pod says that it is healing, but two leases at most.
 */
export function placementHoldMs(read: ServiceStateRead): number {
  return holdMs(read, RESTORED_HOLD_LEASES, HEALINGS);
}

/**
 * How long a returning life has to wait before it takes its users up again, in ms from the reading; 0: it may now. In a
 * directory that came back empty the pods that never stopped serving come first, for a lease at most.
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
