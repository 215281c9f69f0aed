import {
  DEFAULT_LOAD_PER_USER,
  type PodView,
  selectPod,
  type SelectionStrategy,
  type Snapshot,
  type StatefulServiceState,
} from '@stateful-route/core';
import { inject, injectable } from 'tsyringe';
import type { RouteConfig } from '../config/route-config.ts';
import { tokens } from '../route/tokens.ts';

/** A pod with the load this picker added since the pod's last report. */
interface Candidate extends PodView {
  loadState: number;
  readonly pod: StatefulServiceState;
}

/** What this picker did in one service; it lives beside the snapshot, whose entries never change. */
interface ServicePlacements {
  /** The routable pods for which `candidates` was made. */
  routable: ReadonlyMap<number, StatefulServiceState> | undefined;
  candidates: readonly Candidate[];
  byPodId: Map<number, Candidate>;
  placements: number;
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

  /** Picks from a service's snapshot and changes nothing. `service` is any object that stands for the service. */
  pick(service: object, snapshot: Snapshot, uid?: string): number | undefined {
    const { candidates, placements } = this.#at(service, snapshot);
    const context = { uid, random: this.#random, peers: this.#config.routingPeers, placements };
    return selectPod(candidates, this.#strategy, context, this.#config)?.podId;
  }

  /**
   * Counts a user as placed on a pod that was picked, from the moment it is tried: questions asked meanwhile must see it.
   * It counts on top of the newest report, which may have come since the pod was picked.
   */
  place(service: object, podId: number): UndoPlacement {
    const placements = this.#of(service);
    const candidate = placements.byPodId.get(podId);
    const added = this.#config.routingPeers * (candidate?.pod.loadPerUser ?? DEFAULT_LOAD_PER_USER);
    placements.placements += 1;
    if (candidate) candidate.loadState += added;
    return () => {
      placements.placements -= 1;
      const now = placements.byPodId.get(podId);
      // A newer report has taken its place where the two differ: nothing was added to that one.
      if (candidate && now && now.pod.updateTime === candidate.pod.updateTime) now.loadState -= added;
    };
  }

  #of(service: object): ServicePlacements {
    let placements = this.#services.get(service);
    if (!placements) {
      placements = { routable: undefined, candidates: [], byPodId: new Map(), placements: 0 };
      this.#services.set(service, placements);
    }
    return placements;
  }

  #at(service: object, snapshot: Snapshot): ServicePlacements {
    const placements = this.#of(service);
    const { routable } = snapshot;
    if (placements.routable !== routable) {
      placements.candidates = this.#candidates(routable, placements.byPodId);
      placements.byPodId = new Map(placements.candidates.map((candidate) => [candidate.podId, candidate]));
      placements.routable = routable;
    }
    return placements;
  }

  #candidates(
    routable: ReadonlyMap<number, StatefulServiceState>,
    before: ReadonlyMap<number, Candidate>,
  ): readonly Candidate[] {
    const pods = [...routable.values()].filter((pod) => !this.#excluded.has(pod.podId));
    // A pod known only by a bare word is taken when no pod with a heartbeat is left.
    const beating = pods.filter((pod) => pod.updateTime !== undefined);
    return (beating.length > 0 ? beating : pods).map((pod) => {
      const known = before.get(pod.podId);
      const added =
        known && known.pod.updateTime === pod.updateTime ? known.loadState - known.pod.loadState : 0;
      return { podId: pod.podId, loadState: pod.loadState + added, metadata: pod.metadata, pod };
    });
  }
}
