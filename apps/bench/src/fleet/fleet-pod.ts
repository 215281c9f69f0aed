import type { RoutingState, ServiceState, StatefulServiceState } from '@stateful-route/core';
import type { HandOffTally, Placements } from '@stateful-route/driver/internal';

/** A user of a simulated fleet. Times are ms from the start. */
export interface FleetUser {
  readonly uid: string;
  /** What the user adds to the load of the pod that holds him. */
  weight: number;
  readonly leavesAtMs: number;
  /** The pod that holds him; `undefined` while he is on his way. */
  pod?: FleetPod | undefined;
  /** When he came to his pod by an order. */
  movedAtMs?: number | undefined;
}

/** Heartbeats as of the `realtime` profile. */
export const PERIOD_MS = 3_000;
export const LEASE_MS = 15_000;

/** One run of a pod of a simulated fleet. */
export class FleetPod {
  readonly podId: number;
  readonly revision: string;
  readonly incarnation: string;
  readonly users = new Set<FleetUser>();
  /** How it picks for users that it hands over. */
  readonly placements: Placements;
  readonly tally: HandOffTally;
  state: ServiceState = 'READY';
  routingState: RoutingState = 'READY';
  load = 0;

  constructor(parts: Pick<FleetPod, 'podId' | 'revision' | 'incarnation' | 'placements' | 'tally'>) {
    this.podId = parts.podId;
    this.revision = parts.revision;
    this.incarnation = parts.incarnation;
    this.placements = parts.placements;
    this.tally = parts.tally;
  }

  get isUp(): boolean {
    return this.state === 'READY';
  }

  add(user: FleetUser): void {
    this.users.add(user);
    this.load += user.weight;
    user.pod = this;
  }

  remove(user: FleetUser): void {
    this.users.delete(user);
    this.load -= user.weight;
    user.pod = undefined;
  }

  /** Its users become heavier. */
  reweigh(factor: number): void {
    for (const user of this.users) user.weight *= factor;
    this.load *= factor;
  }

  report(storeTime: number, noise: number): StatefulServiceState {
    const { podId, state, routingState, incarnation, revision } = this;
    return {
      podId,
      state,
      routingState,
      incarnation,
      revision,
      loadState: Math.max(0, this.load) * noise,
      users: this.users.size,
      metadata: {},
      updateTime: storeTime,
      updatePeriodMs: PERIOD_MS,
      leaseMs: LEASE_MS,
    };
  }
}
