import type { OwnFilterName, PodFilter } from '../../domain/pod-filter.ts';
import type { StatefulServiceState } from '../../domain/stateful-service-state.ts';
import { leastLoaded } from './least-loaded.ts';
import type { AppliedFilter, PlacementContext } from './pod-filters.ts';
import type { PodView, SelectionContext, SelectionStrategy } from './selection-strategy.ts';

/** When a pod counts as overloaded, and whether it is refused then. */
export interface OverloadPolicy {
  /** A pod with this load or more is overloaded; `undefined` for no limit. */
  readonly overloadedAt?: number | undefined;
  /** Refuse overloaded pods. Otherwise the least loaded one is taken if all are overloaded. */
  readonly rejectWhenOverloaded?: boolean | undefined;
}

/** A pod that may be picked. */
export interface Candidate extends PodView {
  readonly pod: StatefulServiceState;
  /** How many more users it takes, less those placed since its report. Infinite without `maxUsers`; may be negative. */
  readonly freePlaces: number;
}

/** How a pod is chosen: filters, then the cap, then the strategy. */
export interface PlacementRules extends OverloadPolicy {
  readonly filters: readonly AppliedFilter[];
  readonly strategy: SelectionStrategy;
}

/** Groups the pods that are left by whether they can be reached: the first group that has a pod for the user is chosen from. */
export type GroupPods = <Pod extends PodView>(pods: readonly Pod[]) => readonly (readonly Pod[])[];

/** Options of a choice. */
export interface ChoiceOptions {
  /** Default: all pods can be reached. */
  readonly groups?: GroupPods | undefined;
  /** Whether it is known that no candidate is full, so that they need not be looked through. */
  readonly noneFull?: boolean | undefined;
  /** Notes what became of the candidates. */
  readonly trace?: PlacementTrace | undefined;
}

/** What a filter made of the candidates. */
export interface FilterOutcome {
  readonly name: string;
  readonly required: boolean;
  /** What it wants of a pod, for people. */
  readonly wants?: string | undefined;
  /** How many pods a preferred filter must leave; absent for a required one. */
  readonly minCandidates?: number | undefined;
  /** How many pods it accepts of those that it met. */
  readonly accepted: number;
  /** Whether it counts: a preferred filter does not if it leaves too few pods. */
  readonly counts: boolean;
}

/** What became of the candidates, for `explain`. */
export interface PlacementTrace {
  /** Why a candidate was left out. */
  readonly filteredBy: Map<number, PodFilter | OwnFilterName>;
  /** The preferred filters that refuse a pod and do not count. */
  readonly notPreferredBy: Map<number, string[]>;
  /** In the order in which they were applied, the required ones first. */
  filters: readonly FilterOutcome[];
  /** The strategy that chose; another than the given one if all pods are overloaded. */
  strategy: SelectionStrategy;
}

/**
 * Picks a candidate, or none if no pod can take the user. In this order: required filters, whether the pods can be reached, the
 * cap (a free place, and a load below `overloadedAt`), preferred filters, and the strategy. A preferred filter counts only while
 * it leaves `minCandidates` pods.
 */
export function choosePod<Pod extends Candidate>(
  candidates: readonly Pod[],
  rules: PlacementRules,
  given: PlacementContext,
  options: ChoiceOptions = {},
): Pod | undefined {
  const context = given.pin === undefined ? given : { ...given, pin: pinThatCounts(candidates, given.pin) };
  const { groups, trace } = options;
  let left = candidates;
  for (const filter of rules.filters) {
    if (!filter.required || !applies(filter, context)) continue;
    const before = left;
    left = before.filter(({ pod }) => filter.accepts(pod, context));
    if (trace) note(trace, filter, context, before, left, true);
  }
  if (!groups) return fromGroup(left, rules, context, options);
  const seen: Pod[] = [];
  let picked: Pod | undefined;
  for (const group of groups(left)) {
    seen.push(...group);
    picked = fromGroup(group, rules, context, options);
    if (picked) break;
  }
  if (trace) leaveOut(trace, left, seen, 'unreachable');
  return picked;
}

/** A pin counts while its pod takes users. */
function pinThatCounts(candidates: readonly Candidate[], pin: number): number | undefined {
  return candidates.some(({ podId, freePlaces }) => podId === pin && freePlaces > 0) ? pin : undefined;
}

function fromGroup<Pod extends Candidate>(
  group: readonly Pod[],
  rules: PlacementRules,
  context: PlacementContext,
  { noneFull, trace }: ChoiceOptions,
): Pod | undefined {
  const free = noneFull || !group.some(isFull) ? group : group.filter((pod) => !isFull(pod));
  const { pods: allowed, strategy, allOverloaded } = shortlist(free, rules.strategy, rules);
  if (trace) {
    trace.filters = trace.filters.filter(({ required }) => required);
    trace.notPreferredBy.clear();
    leaveOut(trace, group, free, 'full');
    leaveOut(trace, free, allowed, 'overloaded');
    trace.strategy = strategy;
  }
  let left = allowed;
  for (const filter of rules.filters) {
    // If all pods are overloaded the cap allows none, so no preferred filter can count.
    if (filter.required || allOverloaded || !applies(filter, context)) continue;
    const before = left;
    const accepted = before.filter(({ pod }) => filter.accepts(pod, context));
    const counts = accepted.length >= filter.minCandidates;
    if (counts) left = accepted;
    if (trace) note(trace, filter, context, before, accepted, counts);
  }
  return left.length === 0 ? undefined : (strategy.pick(left, context) as Pod | undefined);
}

function applies({ needs }: AppliedFilter, context: PlacementContext): boolean {
  return needs === undefined || context[needs] !== undefined;
}

function isFull({ freePlaces }: Candidate): boolean {
  return freePlaces <= 0;
}

function note(
  trace: PlacementTrace,
  filter: AppliedFilter,
  context: PlacementContext,
  before: readonly Candidate[],
  accepted: readonly Candidate[],
  counts: boolean,
): void {
  const { name, required, minCandidates } = filter;
  const outcome = {
    name,
    required,
    wants: filter.wants?.(context),
    minCandidates: required ? undefined : minCandidates,
    accepted: accepted.length,
    counts,
  };
  trace.filters = [...trace.filters, outcome];
  if (counts) {
    leaveOut(trace, before, accepted, name);
    return;
  }
  for (const pod of before) {
    if (accepted.includes(pod)) continue;
    trace.notPreferredBy.set(pod.podId, [...(trace.notPreferredBy.get(pod.podId) ?? []), name]);
  }
}

/** Notes why pods are left out: those that are not among the ones that stay. */
function leaveOut(
  { filteredBy }: PlacementTrace,
  before: readonly Candidate[],
  after: readonly Candidate[],
  by: string,
): void {
  if (before === after) return;
  const stay = new Set(after);
  for (const pod of before) if (!stay.has(pod)) filteredBy.set(pod.podId, by);
}

/** The pods that are left to choose from, and what chooses. */
interface Shortlist<Pod extends PodView> {
  readonly pods: readonly Pod[];
  readonly strategy: SelectionStrategy;
  readonly allOverloaded: boolean;
}

/** Applies a strategy to routable pods. Overloaded ones are chosen last, or never. */
export function selectPod(
  pods: readonly PodView[],
  strategy: SelectionStrategy,
  context: SelectionContext,
  policy: OverloadPolicy = {},
): PodView | undefined {
  const left = shortlist(pods, strategy, policy);
  return left.pods.length === 0 ? undefined : left.strategy.pick(left.pods, context);
}

/** Leaves out overloaded pods. If all are overloaded, none is left, or the least loaded one is chosen whatever the strategy. */
function shortlist<Pod extends PodView>(
  pods: readonly Pod[],
  strategy: SelectionStrategy,
  { overloadedAt, rejectWhenOverloaded = false }: OverloadPolicy,
): Shortlist<Pod> {
  if (overloadedAt === undefined) return { pods, strategy, allOverloaded: false };
  const light = pods.filter((pod) => pod.loadState < overloadedAt);
  if (light.length > 0 || rejectWhenOverloaded) return { pods: light, strategy, allOverloaded: false };
  return { pods, strategy: leastLoaded, allOverloaded: true };
}
