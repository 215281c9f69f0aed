import {
  type Clock,
  type SelectionStrategy,
  Snapshot,
  type StatefulServiceState,
} from '@stateful-route/core';
import { seededRandom } from '@stateful-route/core/testing';
import { resolveConfig } from '@stateful-route/driver';
import { Placements } from '@stateful-route/driver/internal';

/** The settings of a caller. */
export interface CallerParts {
  readonly strategy: SelectionStrategy;
  readonly routingPeers: number;
  readonly counting: boolean;
  readonly clock: Clock;
  readonly seed: number;
}

/** A caller that picks and counts with the driver's picker. */
export class SimulatedCaller {
  readonly #parts: CallerParts;
  readonly #placements: Placements;
  #snapshot: Snapshot;

  constructor(parts: CallerParts) {
    const { strategy, routingPeers, seed } = parts;
    this.#parts = parts;
    this.#placements = new Placements({
      strategy,
      random: seededRandom(seed),
      config: resolveConfig({ routingPeers }),
    });
    this.#snapshot = this.#snapshotOf(new Map());
  }

  /** Receives the last heartbeat of each pod. */
  learn(pods: ReadonlyMap<number, StatefulServiceState>): void {
    this.#snapshot = this.#snapshotOf(pods);
  }

  /** Links a new user to a pod. */
  link(uid: string): number {
    const podId = this.#placements.pick(this.#snapshot, uid);
    if (podId === undefined) throw new Error(`No pod is routable for ${uid}: the scenario has a gap.`);
    if (this.#parts.counting) this.#placements.place(podId);
    return podId;
  }

  #snapshotOf(pods: ReadonlyMap<number, StatefulServiceState>): Snapshot {
    const { clock } = this.#parts;
    return new Snapshot({ storeTime: clock.now(), epoch: 0, since: 0, pods }, clock);
  }
}
