import {
  type Clock,
  type PodFilter,
  type PodView,
  type SelectionContext,
  selectPod,
  type SelectionStrategy,
  type Snapshot,
  type StatefulServiceState,
  strategies,
  type StrategyName,
} from '@stateful-route/core';
import {
  ageMsOf,
  type CandidateFilter,
  candidateFilter,
  DEFAULT_LOAD_PER_USER,
  DEFAULT_UPDATE_PERIOD_MS,
  isUnreachable,
  reachablePods,
  shortlist,
  type UnreachableMark,
  unreachableMark,
  whyNotRoutable,
} from '@stateful-route/core/adapter';
import type { RouteConfig } from '../config/route-config.ts';

/** How pods are chosen for new users, in every service of a route. */
export interface PlacementPolicy {
  readonly strategy: SelectionStrategy;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly config: RouteConfig;
}

/** What picking makes of a service's pods. */
export interface Considered {
  /** The pod that is picked; `undefined` if no pod can take a user. */
  readonly picked: number | undefined;
  /** The strategy that chose; another than the route's if all pods are overloaded. */
  readonly strategy: SelectionStrategy;
  /** All pods, whatever their state, by ordinal. */
  readonly pods: readonly ConsideredPod[];
}

/** What picking makes of one pod. */
interface ConsideredPod {
  readonly pod: StatefulServiceState;
  /** `undefined` for a candidate. */
  readonly filteredBy: PodFilter | undefined;
  /** The published load plus what this caller has added since. */
  readonly load: number;
  readonly score: number | undefined;
}

/** Takes a placement back. */
export type UndoPlacement = () => void;

/** A pod with the load that this caller added since the pod's last report. */
interface Candidate extends PodView {
  loadState: number;
  readonly pod: StatefulServiceState;
  /** The loads added, the latest last. */
  readonly tallies: Tally[];
}

/** The load added to a pod from a store time on, for a hundredth of the pod's update period. */
interface Tally {
  readonly from: number;
  load: number;
}

const TALLIES_PER_PERIOD = 100;

/**
 * The users that this caller placed on the pods of one service. Picks the pod for a new user: the strategy's choice among the
 * routable pods, at their reported load plus what was placed since that report, so that users do not pile onto one pod
 * between two heartbeats. It lives beside the snapshot, whose entries never change.
 */
export class Placements {
  readonly #policy: PlacementPolicy;
  readonly #unreachable: UnreachablePods | undefined;
  /** The routable pods for which `#candidates` was made. */
  #routable: ReadonlyMap<number, StatefulServiceState> | undefined;
  /** The newest snapshot that was picked from. */
  #snapshot: Snapshot | undefined;
  #filter: CandidateFilter = () => undefined;
  #candidates: readonly Candidate[] = [];
  #byPodId = new Map<number, Candidate>();
  #count = 0;

  /** @param unreachable - pods that are picked last. */
  constructor(policy: PlacementPolicy, unreachable?: UnreachablePods) {
    this.#policy = policy;
    this.#unreachable = unreachable;
  }

  /** Picks a pod from a snapshot and changes nothing. `except` is a pod that is not to be picked. */
  pick(snapshot: Snapshot, uid?: string, except?: number): number | undefined {
    const { strategy, config } = this.#policy;
    this.#update(snapshot);
    const candidates = this.#candidates;
    const context = this.#context(uid);
    const pods = except === undefined ? candidates : candidates.filter(({ podId }) => podId !== except);
    for (const group of this.#groups(pods)) {
      const picked = selectPod(group, strategy, context, config);
      if (picked) return picked.podId;
    }
    return undefined;
  }

  /** Picks as {@link pick} does, and tells what became of every pod. */
  consider(snapshot: Snapshot, uid: string): Considered {
    const { config } = this.#policy;
    this.#update(snapshot);
    const context = this.#context(uid);
    const considered = new Set<Candidate>();
    const left = new Set<Candidate>();
    let strategy = this.#policy.strategy;
    let picked: PodView | undefined;
    for (const group of this.#groups(this.#candidates)) {
      const list = shortlist(group, this.#policy.strategy, config);
      for (const pod of group) considered.add(pod);
      for (const pod of list.pods) left.add(pod);
      picked = list.pods.length === 0 ? undefined : list.strategy.pick(list.pods, context);
      strategy = list.strategy;
      if (picked) break;
    }
    const filterOf = (pod: StatefulServiceState, candidate: Candidate | undefined): PodFilter | undefined => {
      if (!snapshot.isRoutable(pod.podId)) return whyNotRoutable(pod, ageMsOf(pod, snapshot.storeTime()));
      if (!candidate) return this.#filter(pod);
      if (!considered.has(candidate)) return 'unreachable';
      return left.has(candidate) ? undefined : 'overloaded';
    };
    const pods = [...snapshot.pods.values()].map((pod): ConsideredPod => {
      const candidate = this.#byPodId.get(pod.podId);
      const filteredBy = filterOf(pod, candidate);
      const score = candidate && filteredBy === undefined ? strategy.score?.(candidate, context) : undefined;
      return { pod, filteredBy, load: candidate?.loadState ?? pod.loadState, score };
    });
    return { picked: picked?.podId, strategy, pods };
  }

  /**
   * Counts a user as placed on a pod, as soon as the link is tried: lookups that begin meanwhile must see it. It counts on
   * top of every report that the store took earlier, whether or not that report has been read by now.
   */
  place(podId: number): UndoPlacement {
    const candidate = this.#byPodId.get(podId);
    const added = this.#policy.config.routingPeers * (candidate?.pod.loadPerUser ?? DEFAULT_LOAD_PER_USER);
    const tally = candidate && this.#snapshot && tallyAt(candidate, this.#snapshot.storeTime());
    this.#count += 1;
    if (candidate) candidate.loadState += added;
    if (tally) tally.load += added;
    return () => {
      this.#count -= 1;
      if (!tally) return;
      tally.load -= added;
      const now = this.#byPodId.get(podId);
      // A newer report of the pod may have dropped the tally.
      if (now?.tallies.includes(tally)) now.loadState -= added;
    };
  }

  #context(uid: string | undefined): SelectionContext {
    const { random, config } = this.#policy;
    return { uid, random, peers: config.routingPeers, placements: this.#count };
  }

  /** The first group that has a pod for a user is chosen from. */
  #groups(pods: readonly Candidate[]): readonly (readonly Candidate[])[] {
    return this.#unreachable?.among(pods) ?? [pods];
  }

  #update(snapshot: Snapshot): void {
    const { routable } = snapshot;
    this.#snapshot = snapshot;
    if (this.#routable === routable) return;
    this.#filter = candidateFilter(routable.values(), this.#policy.config.excludePods);
    this.#candidates = this.#candidatesOf(snapshot);
    this.#byPodId = new Map(this.#candidates.map((candidate) => [candidate.podId, candidate]));
    this.#routable = routable;
  }

  #candidatesOf(snapshot: Snapshot): readonly Candidate[] {
    const storeTime = snapshot.storeTime();
    const pods = [...snapshot.routable.values()].filter((pod) => this.#filter(pod) === undefined);
    return pods.map((pod) => {
      const tallies = talliesSince(this.#byPodId.get(pod.podId), pod, storeTime);
      const added = tallies.reduce((sum, { load }) => sum + load, 0);
      return { podId: pod.podId, loadState: pod.loadState + added, metadata: pod.metadata, pod, tallies };
    });
  }
}

/** The tally to which the load added now belongs. */
function tallyAt({ pod, tallies }: Candidate, storeTime: number): Tally {
  const last = tallies.at(-1);
  const { updateTime, updatePeriodMs = DEFAULT_UPDATE_PERIOD_MS } = pod;
  // A bare word has no time, so its tallies are never dropped: one is enough.
  const isOver =
    updateTime !== undefined && last && storeTime - last.from >= updatePeriodMs / TALLIES_PER_PERIOD;
  if (last && !isOver) return last;
  const tally = { from: storeTime, load: 0 };
  tallies.push(tally);
  return tally;
}

/**
 * The tallies that a pod's report does not include. A report that is read late is older than some of them. A tally in the
 * future was made before the store's clock was set back.
 */
function talliesSince(
  known: Candidate | undefined,
  { updateTime }: StatefulServiceState,
  storeTime: number,
): Tally[] {
  if (!known) return [];
  if (updateTime === undefined || known.pod.updateTime === updateTime) return known.tallies;
  return known.tallies.filter(({ from }) => from > updateTime && from <= storeTime);
}

/** The pods of one service that this caller could not reach lately. */
export class UnreachablePods {
  readonly #clock: Clock;
  readonly #pod: (podId: number) => StatefulServiceState | undefined;
  readonly #marks = new Map<number, UnreachableMark>();
  /** Cheaper to read than the map's size. */
  #hasMarks = false;

  /** @param pod - the pod as it is known now. */
  constructor(clock: Clock, pod: (podId: number) => StatefulServiceState | undefined) {
    this.#clock = clock;
    this.#pod = pod;
  }

  /**
   * Marks a pod as unreachable. A pod without an entry is never picked, so it is not marked.
   *
   * @param called - the pod's entry when it was called. If the pod has another incarnation now, it is not marked.
   */
  add(podId: number, called?: StatefulServiceState): void {
    for (const known of this.#marks.keys()) if (!this.has(known)) this.#marks.delete(known);
    const pod = this.#pod(podId);
    if (!pod || (called && called.incarnation !== pod.incarnation)) return;
    this.#marks.set(podId, unreachableMark(pod, this.#clock.monotonic()));
    this.#hasMarks = true;
  }

  /** Called for every lookup of a temporary link. */
  has(podId: number): boolean {
    return this.#hasMarks && this.#foundAt(podId) !== undefined;
  }

  /** Groups pods for a new user: the first group is preferred. */
  among<Pod extends { readonly podId: number }>(pods: readonly Pod[]): readonly (readonly Pod[])[] {
    return !this.#hasMarks ? [pods] : reachablePods(pods, (podId) => this.#foundAt(podId));
  }

  #foundAt(podId: number): number | undefined {
    const mark = this.#marks.get(podId);
    if (!mark) return undefined;
    return isUnreachable(mark, this.#pod(podId), this.#clock.monotonic()) ? mark.foundAt : undefined;
  }
}

/** The name of a strategy; `custom` for the application's own. */
export function strategyNameOf(strategy: SelectionStrategy): StrategyName | 'custom' {
  const names = Object.keys(strategies) as StrategyName[];
  return names.find((name) => strategies[name] === strategy) ?? 'custom';
}
