import {
  type PodView,
  selectPod,
  type SelectionStrategy,
  type Snapshot,
  type StatefulServiceState,
} from '@stateful-route/core';
import { DEFAULT_LOAD_PER_USER, DEFAULT_UPDATE_PERIOD_MS } from '@stateful-route/core/adapter';
import { inject, injectable } from 'tsyringe';
import type { RouteConfig } from '../config/route-config.ts';
import { tokens } from '../wiring/tokens.ts';

/** A pod with the load this picker added since the pod's last report. */
interface Candidate extends PodView {
  loadState: number;
  readonly pod: StatefulServiceState;
  /** What was added, the latest last. */
  readonly tallies: Tally[];
}

/** What was added to a pod from a moment of the store's clock on, for a hundredth of the pod's update period. */
interface Tally {
  readonly from: number;
  load: number;
}

const TALLIES_PER_PERIOD = 100;

/** What this picker did in one service; it lives beside the snapshot, whose entries never change. */
interface ServicePlacements {
  /** The routable pods for which `candidates` was made. */
  routable: ReadonlyMap<number, StatefulServiceState> | undefined;
  /** The newest snapshot that was picked from. */
  snapshot: Snapshot | undefined;
  candidates: readonly Candidate[];
  byPodId: Map<number, Candidate>;
  placements: number;
}

/** What stands for a service: placements are counted to it, and it may know which pods this caller can reach. */
export interface PickedService {
  readonly unreachable?:
    | { among<Pod extends { readonly podId: number }>(pods: readonly Pod[]): readonly (readonly Pod[])[] }
    | undefined;
}

/** Takes a placement back that turned out to be somebody else's. */
export type UndoPlacement = () => void;

/**
 * Picks the pod for a new user: the strategy's choice among the routable pods, at their reported load plus what this
 * picker placed since that report, so that it does not pile users onto one pod between two heartbeats.
 */
@injectable()
export class PodPicker {
  readonly #strategy: SelectionStrategy;
  readonly #random: () => number;
  readonly #config: RouteConfig;
  readonly #excluded: ReadonlySet<number>;
  readonly #services = new WeakMap<object, ServicePlacements>();

  constructor(
    @inject(tokens.strategy) strategy: SelectionStrategy,
    @inject(tokens.random) random: () => number,
    @inject(tokens.config) config: RouteConfig,
  ) {
    this.#strategy = strategy;
    this.#random = random;
    this.#config = config;
    this.#excluded = new Set(config.excludePods);
  }

  /**
   * Picks from a service's snapshot and changes nothing. `service` is the object that stands for the service; `except`
   * is a pod that is not to be picked.
   */
  pick(service: PickedService, snapshot: Snapshot, uid?: string, except?: number): number | undefined {
    const { candidates, placements } = this.#at(service, snapshot);
    const context = { uid, random: this.#random, peers: this.#config.routingPeers, placements };
    const pods = except === undefined ? candidates : candidates.filter(({ podId }) => podId !== except);
    for (const group of service.unreachable?.among(pods) ?? [pods]) {
      const picked = selectPod(group, this.#strategy, context, this.#config);
      if (picked) return picked.podId;
    }
    return undefined;
  }

  /**
   * Counts a user as placed on a pod that was picked, from the moment it is tried: questions asked meanwhile must see it.
   * It counts on top of every report that the store took earlier, whether or not that has been read by now.
   */
  place(service: object, podId: number): UndoPlacement {
    const placements = this.#of(service);
    const { snapshot } = placements;
    const candidate = placements.byPodId.get(podId);
    const added = this.#config.routingPeers * (candidate?.pod.loadPerUser ?? DEFAULT_LOAD_PER_USER);
    const tally = candidate && snapshot && tallyAt(candidate, snapshot.storeTime());
    placements.placements += 1;
    if (candidate) candidate.loadState += added;
    if (tally) tally.load += added;
    return () => {
      placements.placements -= 1;
      if (!tally) return;
      tally.load -= added;
      const now = placements.byPodId.get(podId);
      // Of a pod that has reported since, it may be forgotten.
      if (now?.tallies.includes(tally)) now.loadState -= added;
    };
  }

  #of(service: object): ServicePlacements {
    let placements = this.#services.get(service);
    if (!placements) {
      placements = {
        routable: undefined,
        snapshot: undefined,
        candidates: [],
        byPodId: new Map(),
        placements: 0,
      };
      this.#services.set(service, placements);
    }
    return placements;
  }

  #at(service: object, snapshot: Snapshot): ServicePlacements {
    const placements = this.#of(service);
    const { routable } = snapshot;
    placements.snapshot = snapshot;
    if (placements.routable !== routable) {
      placements.candidates = this.#candidates(snapshot, placements.byPodId);
      placements.byPodId = new Map(placements.candidates.map((candidate) => [candidate.podId, candidate]));
      placements.routable = routable;
    }
    return placements;
  }

  #candidates(snapshot: Snapshot, before: ReadonlyMap<number, Candidate>): readonly Candidate[] {
    const storeTime = snapshot.storeTime();
    const pods = [...snapshot.routable.values()].filter((pod) => !this.#excluded.has(pod.podId));
    // A pod known only by a bare word is taken when no pod with a heartbeat is left.
    const beating = pods.filter((pod) => pod.updateTime !== undefined);
    return (beating.length > 0 ? beating : pods).map((pod) => {
      const tallies = standingTallies(before.get(pod.podId), pod, storeTime);
      const added = tallies.reduce((sum, { load }) => sum + load, 0);
      return { podId: pod.podId, loadState: pod.loadState + added, metadata: pod.metadata, pod, tallies };
    });
  }
}

/** The tally into which goes what is added to a pod now. */
function tallyAt({ pod, tallies }: Candidate, storeTime: number): Tally {
  const last = tallies.at(-1);
  const { updateTime, updatePeriodMs = DEFAULT_UPDATE_PERIOD_MS } = pod;
  // A bare word has no time, and forgets nothing: it needs one tally.
  const isLong =
    updateTime !== undefined && last && storeTime - last.from >= updatePeriodMs / TALLIES_PER_PERIOD;
  if (last && !isLong) return last;
  const tally = { from: storeTime, load: 0 };
  tallies.push(tally);
  return tally;
}

/**
 * What a pod's report does not know of. A report that is read late is older than some of what was placed by then. What
 * seems to be of the future was counted before the store's clock went back.
 */
function standingTallies(
  known: Candidate | undefined,
  { updateTime }: StatefulServiceState,
  storeTime: number,
): Tally[] {
  if (!known) return [];
  if (updateTime === undefined || known.pod.updateTime === updateTime) return known.tallies;
  return known.tallies.filter(({ from }) => from > updateTime && from <= storeTime);
}
