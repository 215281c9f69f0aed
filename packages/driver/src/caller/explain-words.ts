import type {
  ExplainedAbsence,
  ExplainedOutcome,
  ExplainedPod,
  Explanation,
  FilterOutcome,
  Link,
  PodFilter,
  ReasonWord,
} from '@stateful-route/core';

/** All of an explanation but its sentences. */
export type ExplainedFacts = Omit<Explanation, 'sentence' | 'not'>;

/** What a caller does with a user, and why, in one sentence. */
export function sentenceOf(facts: ExplainedFacts): string {
  const { outcome, uid } = facts;
  if (outcome.action === 'reject') {
    return outcome.code === 'POD_NOT_AVAILABLE'
      ? whyToWait(facts, outcome)
      : `Rejects with SERVICE_NOT_READY: ${claimOrLink(facts)}, and ${nobodyTakes(facts)}.`;
  }
  const { action, podId } = outcome;
  if (action === 'return') return `Returns pod ${podId}${whyReturned(facts, outcome.from)}${pinned(facts)}.`;
  const said = {
    place: `Places ${uid} on pod ${podId}: ${uid} has no link, and`,
    replace: `Moves ${uid} from pod ${facts.link?.podId} to pod ${podId}: ${temporaryLink(facts)}, and`,
    'take over': `Takes ${uid} over from pod ${facts.link?.podId}, whose lease is over, to pod ${podId}:`,
  };
  return `${said[action]} ${choice(facts, podId)}${pinned(facts)}.`;
}

/** The pin of a user who goes to another pod, or stays on it; nothing for others. */
function pinned({ uid, pin, outcome }: ExplainedFacts): string {
  if (!pin || outcome.action === 'reject' || outcome.podId === pin.podId) return '';
  const by = pin.by === undefined ? '' : ` by ${pin.by}`;
  const why =
    outcome.action === 'return'
      ? 'which counts when the user is placed anew'
      : 'which does not count, as that pod takes no new users';
  return `; ${uid} is pinned to pod ${pin.podId}${by}, ${why}`;
}

/** How a user came to the pod that the link names; `undefined` if no record says it. */
export function becauseOf(uid: string, { podId, reason }: Link): string | undefined {
  if (!reason) return undefined;
  const at = reason.at === undefined ? '' : ` at ${new Date(reason.at).toISOString()}`;
  const by = reason.by === undefined ? '' : `, by order of ${reason.by}`;
  const came: Record<ReasonWord, string> = {
    placed: `A caller placed ${uid} on pod ${podId}${at}`,
    claimed: `Pod ${podId} claimed ${uid}${at}, whose link did not name it`,
    relinked: `A caller moved ${uid} to pod ${podId}${at}, as the pod before took no new users or could not be reached`,
    'taken-over': `A caller took ${uid} over to pod ${podId}${at}, as the lease of the pod before was over`,
    'handed-over': `The pod before handed ${uid} over to pod ${podId}${at}`,
    moved: `${uid} was moved to pod ${podId}${at}`,
    forced: `${uid} was linked to pod ${podId} by force${at}`,
    restored: `Pod ${podId} restored its claim of ${uid}${at}, as the store had lost it`,
  };
  return `${came[reason.why]}${by}.`;
}

/** What keeps a user from a pod. */
export function absenceOf(facts: ExplainedFacts, podId: number): ExplainedAbsence {
  const { outcome, uid } = facts;
  const pod = facts.pods.find((each) => each.podId === podId);
  const filteredBy = pod ? pod.filteredBy : 'no entry';
  if (outcome.action !== 'reject' && outcome.podId === podId) {
    return { podId, filteredBy, sentence: `Nothing: computeLinkedPod gives ${uid} pod ${podId}.` };
  }
  const reasons = [
    ...(!pod || pod.filteredBy ? [`pod ${podId} ${words(facts, pod)}`] : []),
    ...holding(facts, podId),
    ...(pod && !pod.filteredBy ? notChosen(facts, pod) : []),
  ];
  return { podId, filteredBy, sentence: `${capital(reasons.join(', and '))}.` };
}

function whyReturned(
  { uid, link, owner, remembered }: ExplainedFacts,
  from: Extract<ExplainedOutcome, { readonly action: 'return' }>['from'],
): string {
  if (from === 'claim') return `, which claims ${uid} and is available`;
  if (from === 'memory') {
    const changed =
      link?.podId === remembered?.podId
        ? ''
        : `; in the store ${uid} ${link ? `has a link to pod ${link.podId} by now` : 'has no link any more'}`;
    return ` from memory, as the pod is available${changed}`;
  }
  const why = owner?.routable ? 'takes new users' : 'is available, while no pod takes new users';
  return `: the temporary link of ${uid} leads to it, and it ${why}`;
}

/** Which pod is chosen, and from how many. */
function choice(facts: ExplainedFacts, podId: number): string {
  const candidates = facts.pods.filter(({ filteredBy }) => filteredBy === undefined).length;
  const chosen =
    candidates === 1
      ? `pod ${podId} is the only candidate`
      : `${facts.strategy} picks pod ${podId} of ${candidates} candidates`;
  return `${chosen}${byFilters(facts)}`;
}

/** The filters that left pods out, and those that do not count. */
function byFilters({ filters, pods }: ExplainedFacts): string {
  const left = filters.filter(({ name }) => pods.some(({ filteredBy }) => filteredBy === name));
  const after = left.length === 0 ? '' : ` after the filters ${left.map(named).join(', ')}`;
  const ignored = filters.filter(({ counts }) => !counts);
  const ignoring = ignored.map(
    (filter) =>
      `; ${named(filter)} does not count, as it accepts ${filter.accepted} of ${filter.minCandidates}`,
  );
  return `${after}${ignoring.join('')}`;
}

function named({ name, wants }: FilterOutcome): string {
  return wants === undefined ? name : `${name} (${wants})`;
}

function claimOrLink(facts: ExplainedFacts): string {
  const { uid, link } = facts;
  if (!link) return `${uid} has no link`;
  return link.permanent ? `pod ${link.podId} claims ${uid}, and its lease is over` : temporaryLink(facts);
}

function temporaryLink(facts: ExplainedFacts): string {
  const { uid, link, owner } = facts;
  // A routable pod is left only because this caller could not reach it.
  const why = owner?.routable
    ? filterWords(facts, { ...owner, filteredBy: 'unreachable' })
    : words(facts, owner);
  return `the temporary link of ${uid} leads to pod ${link?.podId}, which ${why}`;
}

function nobodyTakes({ pods }: ExplainedFacts): string {
  if (pods.length === 0) return 'the service has no pods';
  const filters = [...new Set(pods.map(({ filteredBy }) => filteredBy))];
  const counts = filters.map(
    (filter) =>
      `${pods.filter(({ filteredBy }) => filteredBy === filter).length} ${filter ?? 'not picked by the strategy'}`,
  );
  return `no pod can take a new user (${counts.join(', ')})`;
}

type NotAvailable = Extract<ExplainedOutcome, { readonly code: 'POD_NOT_AVAILABLE' }>;

function whyToWait(facts: ExplainedFacts, { podId, why, retryAfterMs }: NotAvailable): string {
  const { uid, owner } = facts;
  const retry = `retry in ${Math.ceil(retryAfterMs)} ms`;
  if (why === 'restored directory') {
    return (
      `Waits within its deadline, then rejects with POD_NOT_AVAILABLE: ${uid} has no link, and the store came back empty ` +
      `a moment ago, so a pod may hold ${uid} and not have restored its claim yet; ${retry}.`
    );
  }
  if (why === 'quarantined') {
    return (
      `Rejects with POD_NOT_AVAILABLE: ${uid} is quarantined, as three pods died shortly after they had opened him; ` +
      `${retry}, or end it with routectl unquarantine.`
    );
  }
  return `Rejects with POD_NOT_AVAILABLE: pod ${podId} claims ${uid} and ${words(facts, owner)}, ${standing[why] ?? why}; ${retry}.`;
}

/** Why the claim of a pod that cannot be called stands. */
const standing: Partial<Record<NotAvailable['why'], string>> = {
  lease: 'and its lease is not over',
  'young directory':
    'but the directory is younger than a lease, so it may have lost heartbeats and nobody is taken over yet',
  'mass expiry':
    'but more than half of the pods fell silent at once, so nobody is taken over (mass-expiry guard)',
  'waits for its owner': 'and users of this service wait for the same ordinal to return (deadOwner: wait)',
};

/** The link that holds the user, if that keeps the user from a pod. */
function holding({ uid, outcome, link }: ExplainedFacts, podId: number): string[] {
  if (outcome.action === 'return') {
    const by = outcome.from === 'memory' ? 'the link in memory' : `the ${outcome.from}`;
    return [`${by} keeps ${uid} on pod ${outcome.podId}`];
  }
  const isClaimed = outcome.action === 'reject' && outcome.code === 'POD_NOT_AVAILABLE' && link;
  return isClaimed && link.podId !== podId ? [`the claim of pod ${link.podId} stands`] : [];
}

/** Why a candidate is not the pod that the user would go to. */
function notChosen({ uid, outcome, strategy, pods }: ExplainedFacts, pod: ExplainedPod): string[] {
  if (outcome.action === 'return') return [];
  if (outcome.action === 'reject') return [`pod ${pod.podId} could take ${uid} otherwise`];
  const chosen = pods.find(({ podId }) => podId === outcome.podId);
  const scores =
    pod.score === undefined || chosen?.score === undefined
      ? ''
      : ` (score ${chosen.score}, against ${pod.score})`;
  return [`pod ${pod.podId} is a candidate, but ${strategy} picks pod ${outcome.podId}${scores} this time`];
}

/** What keeps a pod from new users; `undefined` for one without an entry. */
function words(facts: ExplainedFacts, pod: ExplainedPod | undefined): string {
  if (!pod) return 'has no entry';
  return pod.filteredBy ? filterWords(facts, pod) : 'takes new users';
}

function filterWords({ uid, filters }: ExplainedFacts, pod: ExplainedPod): string {
  const filteredBy = pod.filteredBy!;
  const wants = filters.find(({ name }) => name === filteredBy)?.wants;
  const { state, routingState, ageMs = 0, leaseMs, load, overloadedAt } = pod;
  const said: Readonly<Record<PodFilter, string>> = {
    ended: `has ended (${state})`,
    'past its lease': `has sent no heartbeat for ${Math.round(ageMs)} ms, longer than its lease of ${leaseMs} ms`,
    'not ready': `is ${state}`,
    'shut down': `takes no calls (routing state ${routingState})`,
    draining: `takes no new users (routing state ${routingState})`,
    suspect: `has missed heartbeats: the last one came ${Math.round(ageMs)} ms ago`,
    excluded: 'is excluded by the configuration of this caller',
    'no heartbeat': 'sends no heartbeats, while other pods do',
    unreachable: 'could not be reached by this caller lately',
    overloaded: `is overloaded (load ${load}, overloadedAt ${overloadedAt})`,
    full: `is full (maxUsers ${pod.maxUsers})`,
    labels: `lacks labels that ${uid} needs (${wants})`,
    zone: `is in another zone than this caller (${wants})`,
    pinned: `is another pod than the one that ${uid} is pinned to (${wants})`,
    newestRevision: `runs ${pod.revision ?? 'an unknown revision'}, while an update to ${wants} is under way`,
  };
  return Object.hasOwn(said, filteredBy)
    ? said[filteredBy as PodFilter]
    : `is refused by the filter ${filteredBy} of the application`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
