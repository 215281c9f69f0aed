import {
  type Clock,
  type FilterOutcome,
  type OwnFilterName,
  type PlacementContext,
  type PlacementFunction,
  type PodFilter,
  type SelectionStrategy,
  type Snapshot,
  type StatefulServiceState,
  strategies,
  type StrategyName,
} from '@stateful-route/core';
import {
  ageMsOf,
  type AppliedFilter,
  type Candidate,
  type CandidateFilter,
  candidateFilter,
  choosePod,
  DEFAULT_LOAD_PER_USER,
  DEFAULT_UPDATE_PERIOD_MS,
  filtersOf,
  type GroupPods,
  isUnreachable,
  NO_ROLLOUT,
  type PlacementRules,
  type PlacementTrace,
  reachablePods,
  type Rollout,
  rolloutStep,
  type RunningUpdate,
  type UnreachableMark,
  unreachableMark,
  updateOf,
  whyNotRoutable,
} from '@stateful-route/core/adapter';
import type { RouteConfig } from '../config/route-config.ts';
import { labelsOf } from '../config/placement-needs.ts';
import type { HandOffTally } from './hand-off-tally.ts';

/** How a route filters pods for new users. */
export interface PlacementOptions {
  /** Default: the built-in filters. */
  readonly filters?: readonly AppliedFilter[] | undefined;
  /** What each user needs. */
  readonly placement?: PlacementFunction | undefined;
  /** This process's zone. */
  readonly zone?: string | undefined;
  /** How long an update counts as running after the newest revision gained a pod, in ms. */
  readonly updateStallMs?: number | undefined;
}

/** How pods are chosen for new users, in every service of a route. */
export interface PlacementPolicy extends PlacementOptions {
  readonly strategy: SelectionStrategy;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly config: RouteConfig;
}

/** Options of a pick. */
export interface PickOptions {
  /** The pod that the user is pinned to. */
  readonly pin?: number | undefined;
  /** A hand-off of the pod `from`: the least loaded candidate is picked, by what the tally says. */
  readonly handOff?: { readonly from: number; readonly tally: HandOffTally } | undefined;
}

/** What picking makes of a service's pods. */
export interface Considered {
  /** The pod that is picked; `undefined` if no pod can take a user. */
  readonly picked: number | undefined;
  /** The strategy that chose; another than the route's if all pods are overloaded. */
  readonly strategy: SelectionStrategy;
  readonly filters: readonly FilterOutcome[];
  /** All pods, whatever their state, by ordinal. */
  readonly pods: readonly ConsideredPod[];
}

/** What picking makes of one pod. */
interface ConsideredPod {
  readonly pod: StatefulServiceState;
  /** `undefined` for a candidate. */
  readonly filteredBy: PodFilter | OwnFilterName | undefined;
  readonly notPreferredBy: readonly string[];
  /** The published load plus what this caller has added since. */
  readonly load: number;
  /** `undefined` for any number. */
  readonly freePlaces: number | undefined;
  readonly score: number | undefined;
}

/** Takes a placement back. */
export type UndoPlacement = () => void;

/** A pod with what this caller placed on it since the pod's last report. */
interface TalliedPod extends Candidate {
  loadState: number;
  freePlaces: number;
  /** What was placed, the latest last. */
  readonly tallies: Tally[];
}

/** The users placed on a pod, and the load added, from a store time on for a hundredth of the pod's update period. */
interface Tally {
  readonly from: number;
  load: number;
  users: number;
}

const TALLIES_PER_PERIOD = 100;

/**
 * The users that this caller placed on the pods of one service. Picks the pod for a new user: the strategy's choice among the
 * routable pods, at their reported load plus what was placed since that report, so that users do not pile onto one pod
 * between two heartbeats. It lives beside the snapshot, whose entries never change.
 */
export class Placements {
  readonly #policy: PlacementPolicy;
  readonly #rules: PlacementRules;
  /** The rules while the user is not pinned and no update runs: without the filters that would not apply. */
  readonly #usualRules: PlacementRules;
  readonly #unreachable: UnreachablePods | undefined;
  /** The routable pods for which `#candidates` was made. */
  #routable: ReadonlyMap<number, StatefulServiceState> | undefined;
  /** The newest snapshot that was picked from. */
  #snapshot: Snapshot | undefined;
  #filter: CandidateFilter = () => undefined;
  #candidates: readonly TalliedPod[] = [];
  #byPodId = new Map<number, TalliedPod>();
  #count = 0;
  /** How many candidates are full. */
  #full = 0;
  /** How many callers place users, this one included, as far as they are counted. Not used where `routingPeers` says it. */
  callers = 1;
  /** Called at the next placement, once. */
  onNext: (() => void) | undefined;
  #rollout: Rollout = NO_ROLLOUT;
  #update: RunningUpdate | undefined;

  /** @param unreachable - pods that are picked last. */
  constructor(policy: PlacementPolicy, unreachable?: UnreachablePods) {
    const { strategy, config, filters = filtersOf() } = policy;
    const { overloadedAt, rejectWhenOverloaded } = config;
    this.#policy = policy;
    this.#rules = { strategy, filters, overloadedAt, rejectWhenOverloaded };
    const usual = filters.filter(({ needs }) => needs !== 'pin' && needs !== 'newest');
    this.#usualRules = { ...this.#rules, filters: usual };
    this.#unreachable = unreachable;
  }

  /**
   * Picks a pod from a snapshot and changes nothing. Throws `INVALID_CONFIG` if a function that the route was given fails: the
   * option `placement`, or a filter of the application's own.
   */
  pick(snapshot: Snapshot, uid?: string, options: PickOptions = {}): number | undefined {
    this.#learn(snapshot);
    const { pin, handOff } = options;
    const context = this.#context(uid, pin);
    const groups = this.#unreachable?.groups;
    if (handOff) {
      const { from, tally } = handOff;
      const pods = this.#candidates.filter(({ podId }) => podId !== from).map((pod) => tally.seen(pod));
      const rules = { ...this.#rules, strategy: strategies['least-loaded'] };
      return choosePod(pods, rules, context, { groups })?.podId;
    }
    const rules = pin === undefined && context.newest === undefined ? this.#usualRules : this.#rules;
    return choosePod(this.#candidates, rules, context, { groups, noneFull: this.#full === 0 })?.podId;
  }

  /** Whether a pod takes new users and has a place for one, counting what this caller, or these hand-offs, placed on it. */
  hasPlace(snapshot: Snapshot, podId: number, tally?: HandOffTally): boolean {
    if (!snapshot.isRoutable(podId)) return false;
    this.#learn(snapshot);
    const candidate = this.#byPodId.get(podId);
    return candidate === undefined || (tally?.seen(candidate) ?? candidate).freePlaces > 0;
  }

  /** Picks as {@link pick} does, and tells what became of every pod. */
  consider(snapshot: Snapshot, uid: string, { pin }: Pick<PickOptions, 'pin'> = {}): Considered {
    this.#learn(snapshot);
    const context = this.#context(uid, pin);
    const trace: PlacementTrace = {
      filteredBy: new Map(),
      notPreferredBy: new Map(),
      filters: [],
      strategy: this.#policy.strategy,
    };
    const groups = this.#unreachable?.groups;
    const picked = choosePod(this.#candidates, this.#rules, context, { groups, trace });
    const { strategy, filters } = trace;
    const filterOf = (pod: StatefulServiceState): PodFilter | OwnFilterName | undefined => {
      if (!snapshot.isRoutable(pod.podId)) return whyNotRoutable(pod, ageMsOf(pod, snapshot.storeTime()));
      return this.#filter(pod) ?? trace.filteredBy.get(pod.podId);
    };
    const pods = [...snapshot.pods.values()].map((pod): ConsideredPod => {
      const candidate = this.#byPodId.get(pod.podId);
      const filteredBy = filterOf(pod);
      const freePlaces = candidate?.freePlaces ?? freePlacesOf(pod, 0);
      return {
        pod,
        filteredBy,
        notPreferredBy: trace.notPreferredBy.get(pod.podId) ?? [],
        load: candidate?.loadState ?? pod.loadState,
        freePlaces: freePlaces === Number.POSITIVE_INFINITY ? undefined : Math.max(0, freePlaces),
        score: candidate && filteredBy === undefined ? strategy.score?.(candidate, context) : undefined,
      };
    });
    return { picked: picked?.podId, strategy, filters, pods };
  }

  /** Whether a pod is a candidate for a user. */
  admits(snapshot: Snapshot, uid: string, podId: number): boolean {
    const found = this.consider(snapshot, uid).pods.find(({ pod }) => pod.podId === podId);
    return found !== undefined && found.filteredBy === undefined;
  }

  /**
   * Counts a user as placed on a pod, as soon as the link is tried: lookups that begin meanwhile must see it. It counts on
   * top of every report that the store took earlier, whether or not that report has been read by now.
   */
  place(podId: number): UndoPlacement {
    const candidate = this.#byPodId.get(podId);
    const added = this.#peers * (candidate?.pod.loadPerUser ?? DEFAULT_LOAD_PER_USER);
    const tally = candidate && this.#snapshot && tallyAt(candidate, this.#snapshot.storeTime());
    this.#count += 1;
    if (this.onNext) this.#tellNext(this.onNext);
    if (candidate) this.#add(candidate, added, 1);
    if (tally) {
      tally.load += added;
      tally.users += 1;
    }
    return () => {
      this.#count -= 1;
      if (!tally) return;
      tally.load -= added;
      tally.users -= 1;
      const now = this.#byPodId.get(podId);
      // A newer report of the pod may have dropped the tally.
      if (now?.tallies.includes(tally)) this.#add(now, -added, -1);
    };
  }

  #add(to: TalliedPod, load: number, users: number): void {
    const wasFull = to.freePlaces <= 0;
    to.loadState += load;
    to.freePlaces -= users;
    this.#full += Number(to.freePlaces <= 0) - Number(wasFull);
  }

  get #peers(): number {
    return this.#policy.config.routingPeers ?? this.callers;
  }

  #tellNext(listener: () => void): void {
    this.onNext = undefined;
    listener();
  }

  #context(uid: string | undefined, pin: number | undefined): PlacementContext {
    const { random, placement, zone } = this.#policy;
    const isUpdating = this.#update && this.#snapshot && this.#snapshot.storeTime() < this.#update.until;
    return {
      uid,
      random,
      peers: this.#peers,
      placements: this.#count,
      labels: placement && uid !== undefined ? labelsOf(placement, uid) : undefined,
      zone,
      pin,
      newest: isUpdating ? this.#update?.revision : undefined,
    };
  }

  #learn(snapshot: Snapshot): void {
    const { routable } = snapshot;
    this.#snapshot = snapshot;
    if (this.#routable === routable) return;
    this.#filter = candidateFilter(routable.values(), this.#policy.config.excludePods);
    this.#candidates = this.#candidatesOf(snapshot);
    this.#byPodId = new Map(this.#candidates.map((candidate) => [candidate.podId, candidate]));
    this.#full = this.#candidates.filter(({ freePlaces }) => freePlaces <= 0).length;
    const { alive } = snapshot;
    this.#rollout = rolloutStep(this.#rollout, alive, snapshot.storeTime());
    this.#update = updateOf(this.#rollout, alive, this.#policy.updateStallMs);
    this.#routable = routable;
  }

  #candidatesOf(snapshot: Snapshot): readonly TalliedPod[] {
    const storeTime = snapshot.storeTime();
    const pods = [...snapshot.routable.values()].filter((pod) => this.#filter(pod) === undefined);
    return pods.map((pod) => {
      const tallies = talliesSince(this.#byPodId.get(pod.podId), pod, storeTime);
      const placed = tallies.reduce((sum, { users }) => sum + users, 0);
      const added = tallies.reduce((sum, { load }) => sum + load, 0);
      return {
        podId: pod.podId,
        loadState: pod.loadState + added,
        freePlaces: freePlacesOf(pod, placed),
        metadata: pod.metadata,
        pod,
        tallies,
      };
    });
  }
}

function freePlacesOf(
  { maxUsers = Number.POSITIVE_INFINITY, users = 0 }: StatefulServiceState,
  placed: number,
): number {
  return maxUsers - users - placed;
}

/** The tally to which a user placed now belongs. */
function tallyAt({ pod, tallies }: TalliedPod, storeTime: number): Tally {
  const last = tallies.at(-1);
  const { updateTime, updatePeriodMs = DEFAULT_UPDATE_PERIOD_MS } = pod;
  // A bare word has no time, so its tallies are never dropped: one is enough.
  const isOver =
    updateTime !== undefined && last && storeTime - last.from >= updatePeriodMs / TALLIES_PER_PERIOD;
  if (last && !isOver) return last;
  const tally = { from: storeTime, load: 0, users: 0 };
  tallies.push(tally);
  return tally;
}

/**
 * The tallies that a pod's report does not include. A report that is read late is older than some of them. A tally in the
 * future was made before the store's clock was set back.
 */
function talliesSince(
  known: TalliedPod | undefined,
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
  readonly #group: GroupPods = (pods) => reachablePods(pods, (podId) => this.#foundAt(podId));

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

  /** Groups pods for a new user: the first group is preferred. `undefined` while no pod is marked. */
  get groups(): GroupPods | undefined {
    return this.#hasMarks ? this.#group : undefined;
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
