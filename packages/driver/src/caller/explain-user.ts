import type { ExplainedOutcome, ExplainedPod, Explanation, Snapshot } from '@stateful-route/core';
import {
  ageMsOf,
  leaseMsOf,
  type LinkReading,
  linkStep,
  newUserStep,
  ownerStep,
  placementHoldMs,
} from '@stateful-route/core/adapter';
import type { LocatedLink } from '../service/link-request.ts';
import { type Considered, strategyNameOf } from '../service/placements.ts';
import { absenceOf, becauseOf, sentenceOf } from './explain-words.ts';
import { isLinked } from './link-resolver.ts';

/** What an explanation is made from. All of it was read already. */
export interface ExplainedReading {
  readonly user: { readonly namespace: string; readonly uid: string; readonly serviceName: string };
  readonly link: LinkReading;
  /** From a reading that began after the link was read. */
  readonly snapshot: Snapshot;
  /** What picking makes of the snapshot. */
  readonly considered: Considered;
  readonly remembered: LocatedLink | undefined;
  readonly isUnreachable: (podId: number) => boolean;
  /** The caller's own lease, which counts for an owner without an entry. */
  readonly leaseMs: number;
  readonly overloadedAt: number | undefined;
  readonly not: number | undefined;
}

/** Explains a user. Pure: it decides by the rules that the link resolver carries out. */
export function explainUser(read: ExplainedReading): Explanation {
  const { user, link: reading, considered, remembered } = read;
  const { storeTime, endedToken, pin, quarantinedUntil: _until, ...rest } = reading;
  const link = isLinked(reading) ? { ...rest, podId: reading.podId } : undefined;
  const pods = podsOf(read);
  const facts = {
    ...user,
    storeTime,
    link,
    because: link && becauseOf(user.uid, link),
    pin,
    endedToken,
    owner: link && pods.find(({ podId }) => podId === link.podId),
    remembered: remembered && { podId: remembered.podId, temporary: remembered.temporary },
    strategy: strategyNameOf(considered.strategy),
    filters: considered.filters,
    pods,
    outcome: outcomeOf(read),
  };
  const { not } = read;
  return {
    ...facts,
    sentence: sentenceOf(facts),
    not: not === undefined ? undefined : absenceOf(facts, not),
  };
}

/** What the link resolver would do with the user. */
function outcomeOf(read: ExplainedReading): ExplainedOutcome {
  const { link, snapshot, considered, remembered, isUnreachable, leaseMs } = read;
  if (remembered) return { action: 'return', podId: remembered.podId, from: 'memory' };
  const best = considered.picked;
  const view = { snapshot, best, holdMs: placementHoldMs(snapshot.readNow()), isUnreachable };
  if (!isLinked(link)) {
    const { quarantinedUntil: until, storeTime } = link;
    if (until !== undefined) {
      return notAvailable(undefined, { why: 'quarantined', retryAfterMs: until - storeTime });
    }
    const decided = newUserStep(view);
    if (decided.step === 'place') return { action: 'place', podId: decided.podId };
    return decided.step === 'wait' ? notAvailable(undefined, decided) : notReady;
  }
  const from = link.podId;
  const first = linkStep(link, view);
  const decided = first.step === 'check owner' ? ownerStep(link, snapshot, best, leaseMs) : first;
  if (decided.step === 'refuse') return notReady;
  if (decided.step === 'wait') return notAvailable(from, decided);
  return decided.step === 'return'
    ? { action: 'return', podId: from, from: link.permanent ? 'claim' : 'temporary link' }
    : { action: decided.step, podId: decided.podId, from };
}

const notReady = { action: 'reject', code: 'SERVICE_NOT_READY' } as const;

type NotAvailable = Extract<ExplainedOutcome, { readonly code: 'POD_NOT_AVAILABLE' }>;

function notAvailable(
  podId: number | undefined,
  { why, retryAfterMs }: Pick<NotAvailable, 'why' | 'retryAfterMs'>,
): NotAvailable {
  return { action: 'reject', code: 'POD_NOT_AVAILABLE', podId, why, retryAfterMs };
}

function podsOf({ snapshot, considered, overloadedAt }: ExplainedReading): ExplainedPod[] {
  return considered.pods.map(({ pod, load, filteredBy, notPreferredBy, freePlaces, score }) => ({
    podId: pod.podId,
    state: pod.state,
    routingState: pod.routingState,
    ageMs: ageMsOf(pod, snapshot.storeTime()),
    leaseMs: leaseMsOf(pod),
    incarnation: pod.incarnation,
    address: pod.address,
    alive: snapshot.isAlive(pod.podId),
    available: snapshot.isAvailable(pod.podId),
    routable: snapshot.isRoutable(pod.podId),
    filteredBy,
    notPreferredBy,
    users: pod.users,
    maxUsers: pod.maxUsers,
    freePlaces,
    revision: pod.revision,
    overloadedAt,
    publishedLoad: pod.loadState,
    load,
    score,
  }));
}
