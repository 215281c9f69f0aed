import { DEFAULT_UPDATE_PERIOD_MS } from '../domain/constants.ts';
import type { Link } from '../domain/link.ts';
import type { PodStands } from '../domain/route-error.ts';
import { ownerLease } from './liveness.ts';
import type { Snapshot } from './snapshot.ts';

/*
 * What a caller does with a user, by one reading of the pods. The caller carries it out, and `explain` tells it.
 */

/** What a caller knows when it decides about a user. */
export interface LinkView {
  readonly snapshot: Snapshot;
  /** The pod that was picked for a new user; `undefined` if no pod can take one. */
  readonly best: number | undefined;
  /** How long users without a link must not be placed, in ms; 0 if they may be. See `placementHoldMs`. */
  readonly holdMs: number;
  /** Whether this caller could not reach the pod lately. */
  readonly isUnreachable: (podId: number) => boolean;
}

/** The user cannot be served now: `POD_NOT_AVAILABLE`. */
export interface WaitStep {
  readonly step: 'wait';
  readonly why: PodStands;
  readonly retryAfterMs: number;
}

/** No pod can take the user: `SERVICE_NOT_READY`. */
export interface RefuseStep {
  readonly step: 'refuse';
}

/** What is done with a user who has no link. `place`: a temporary link to the pod is set. */
export type NewUserStep = WaitStep | RefuseStep | { readonly step: 'place'; readonly podId: number };

/** What is done with a link in force. `check owner`: the pods are read again, and {@link ownerStep} decides. */
export type LinkStep =
  | RefuseStep
  | { readonly step: 'return' }
  | { readonly step: 'check owner' }
  | { readonly step: 'replace'; readonly podId: number };

/** What is done with a claim whose owner is not available. */
export type OwnerStep =
  | WaitStep
  | RefuseStep
  | { readonly step: 'return' }
  | { readonly step: 'take over'; readonly podId: number };

const returned = { step: 'return' } as const;
const refused = { step: 'refuse' } as const;
const checked = { step: 'check owner' } as const;

/** Decides about a user without a link. */
export function newUserStep({ best, holdMs }: LinkView): NewUserStep {
  if (holdMs > 0) return { step: 'wait', why: 'restored directory', retryAfterMs: holdMs };
  return best === undefined ? refused : { step: 'place', podId: best };
}

/**
 * Decides about a link. A claim of an available pod stands, and a temporary link to a routable one. With no other pod to go to,
 * a temporary link to an available one does, too.
 */
export function linkStep(link: Link, { snapshot, best, isUnreachable }: LinkView): LinkStep {
  const { podId, permanent } = link;
  const isToMove = !permanent && best !== undefined && best !== podId && isUnreachable(podId);
  if (isUsable(link, snapshot) && !isToMove) return returned;
  if (permanent) return checked;
  if (best !== undefined) return { step: 'replace', podId: best };
  return snapshot.isAvailable(podId) ? returned : refused;
}

/**
 * Decides about a claim by a reading that began after the claim was read. An owner that came back and claimed between the two
 * has another token, and the take-over fails.
 *
 * @param best - the pod picked from the same reading.
 * @param readerLeaseMs - the caller's own lease, which counts for an owner without an entry.
 */
export function ownerStep(
  { podId, ownerLeaseMs }: Link,
  fresh: Snapshot,
  best: number | undefined,
  readerLeaseMs: number,
): OwnerStep {
  if (fresh.isAvailable(podId)) return returned;
  const comeBackMs = fresh.pods.get(podId)?.updatePeriodMs ?? DEFAULT_UPDATE_PERIOD_MS;
  const lease = ownerLease(fresh.asRead, podId, { ownerLeaseMs, readerLeaseMs });
  if (!lease.over) {
    return { step: 'wait', why: lease.why, retryAfterMs: Math.min(lease.remainingMs, comeBackMs) };
  }
  if (waitsForDeadOwners(fresh, podId)) {
    return { step: 'wait', why: 'waits for its owner', retryAfterMs: comeBackMs };
  }
  return best === undefined ? refused : { step: 'take over', podId: best };
}

/** Whether a link can be used: a claim of an available pod, or a temporary link to a routable one. */
export function isUsable(link: Link, snapshot: Snapshot): boolean {
  return link.permanent ? snapshot.isAvailable(link.podId) : snapshot.isRoutable(link.podId);
}

/** Whether users wait for the same ordinal. The other pods say it for a pod without an entry. */
function waitsForDeadOwners({ pods }: Snapshot, podId: number): boolean {
  const owner = pods.get(podId);
  return (owner ? [owner] : [...pods.values()]).some((pod) => pod.deadOwner === 'wait');
}
