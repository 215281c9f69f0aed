import type { Link, ServiceStateRead } from '@stateful-route/core';
import {
  compareIncarnations,
  isSameRun,
  leaseMsOf,
  ownerLease,
  waitsForOwner,
} from '@stateful-route/core/adapter';

/**
 * Why a claim has no owner any more. `dead owner`: the lease of its pod is over. `earlier run`: a later process of the ordinal
 * has run for longer than a lease, so the one that claimed has fenced itself.
 */
export type GoneReason = 'dead owner' | 'earlier run';

/**
 * Judges a claim as a take-over does.
 *
 * @param read - a reading that was begun after the link was read.
 * @param firstRead - an earlier reading: the later process must be in it already.
 * @returns `undefined` if the owner may live, or if the service's users wait for their ordinal.
 */
export function goneReason(
  link: Link,
  read: ServiceStateRead,
  firstRead: ServiceStateRead,
): GoneReason | undefined {
  if (!link.permanent || waitsForOwner(read, link.podId)) return undefined;
  const { ownerLeaseMs } = link;
  // Who looks holds no lease: the claim's own counts, where it names one.
  if (ownerLease(read, link.podId, { ownerLeaseMs, readerLeaseMs: ownerLeaseMs }).over) return 'dead owner';
  return isOfEarlierRun(link, read) && hasStood(link, read, firstRead) ? 'earlier run' : undefined;
}

/** Whether a claim is of an earlier process of its ordinal than the one that has its entry. */
export function isOfEarlierRun({ podId, incarnation }: Link, { pods }: ServiceStateRead): boolean {
  const current = pods.get(podId)?.incarnation;
  if (incarnation === undefined || current === undefined || isSameRun(incarnation, current)) return false;
  return compareIncarnations(incarnation, current) < 0;
}

function hasStood(
  { podId, ownerLeaseMs = 0 }: Link,
  read: ServiceStateRead,
  firstRead: ServiceStateRead,
): boolean {
  const [pod, before] = [read.pods.get(podId), firstRead.pods.get(podId)];
  if (pod?.incarnation === undefined || before?.incarnation === undefined) return false;
  return (
    isSameRun(pod.incarnation, before.incarnation) &&
    read.storeTime - firstRead.storeTime > Math.max(leaseMsOf(pod), ownerLeaseMs)
  );
}
