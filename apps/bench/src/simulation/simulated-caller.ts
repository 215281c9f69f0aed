import {
  type Clock,
  type SelectionStrategy,
  Snapshot,
  type StatefulServiceState,
} from '@stateful-route/core';
import {
  announceAfterMs,
  callersAfter,
  countedForMs,
  type KnownCallers,
  unknownCallers,
} from '@stateful-route/core/adapter';
import { seededRandom } from '@stateful-route/core/testing';
import { resolveConfig } from '@stateful-route/driver';
import { Placements } from '@stateful-route/driver/internal';

/** The settings of a caller. */
export interface CallerParts {
  readonly strategy: SelectionStrategy;
  /** `undefined`: callers count themselves, in `announced`. */
  readonly routingPeers: number | undefined;
  /** Until when each caller is counted. */
  readonly announced: Map<string, number>;
  readonly id: string;
  readonly periodMs: number;
  readonly counting: boolean;
  readonly clock: Clock;
  readonly seed: number;
}

/** A caller that picks and counts with the driver's picker. */
export class SimulatedCaller {
  readonly #parts: CallerParts;
  readonly #placements: Placements;
  #snapshot: Snapshot;
  #known: KnownCallers;
  /** When the caller announces itself next; not before it has placed a user. */
  #announceAt = Number.POSITIVE_INFINITY;

  constructor(parts: CallerParts) {
    const { strategy, routingPeers, seed } = parts;
    this.#parts = parts;
    this.#placements = new Placements({
      strategy,
      random: seededRandom(seed),
      config: resolveConfig({ routingPeers }),
    });
    this.#snapshot = this.#snapshotOf(new Map());
    this.#known = unknownCallers(parts.periodMs);
    this.#placements.onNext = () => this.#announceLater();
  }

  /** Announces itself, if it is time to. Called at every event. */
  announce(): void {
    const { clock, routingPeers, announced, id, periodMs } = this.#parts;
    const now = clock.monotonic();
    if (routingPeers !== undefined || now < this.#announceAt) return;
    announced.set(id, now + countedForMs(periodMs));
    const count = [...announced.values()].filter((until) => until > now).length;
    this.#known = callersAfter(this.#known, count, periodMs);
    this.#placements.callers = count;
    this.#announceLater();
  }

  #announceLater(): void {
    const { clock, id } = this.#parts;
    this.#announceAt = clock.monotonic() + announceAfterMs(this.#known, id);
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
