import type { Chance } from '../chance.ts';
import { type FleetPlan, longestLeaseMs, uidsOf } from '../fleet-plan.ts';
import type { EventBody, WorldEvent } from '../world-event.ts';

/** The names of the themes. */
export type ThemeName =
  | 'claims held past the fence'
  | 'late replies before a silence'
  | 'lost answers of moves'
  | 'three of four die'
  | 'all others stall'
  | 'back after the reading'
  | 'not ready and unheard'
  | 'short lease of the reader'
  | 'restart that loses everything'
  | 'resumed while fenced'
  | 'stopped after a restart'
  | 'hand-over under traffic'
  | 'refused while held'
  | 'saves that outlast a hand-off'
  | 'orders whose replies are lost'
  | 'orders of a pod that restarts'
  | 'removed while the owner is cut off'
  | 'hosts hand over under traffic'
  | 'hosts answer after the save'
  | 'idle users of hosts'
  | 'hosts that are fenced'
  | 'opens that fail';

/** A few events in the order that a rule is about. A themed world repeats them and has no others. */
export interface Theme {
  readonly name: ThemeName;
  /** The parts of the fleet's plan that are not drawn. */
  readonly fleet: (chance: Chance) => Partial<FleetPlan>;
  /** Writes the events of one scene. */
  readonly play: (scene: Scene) => void;
  /** How long a scene has effects, in leases. The next one begins after that. */
  readonly leases: number;
}

/** The plan of a fleet whose pods have one lease, with ten users that are taken over from dead pods. */
export function equalLeases(
  pods: number,
  leaseMs: number,
  periodMs: number,
  rest: Partial<FleetPlan> = {},
): Partial<FleetPlan> {
  const leasesMs = Array.from({ length: pods }, () => leaseMs);
  const common = { users: 10, deadOwner: 'relink', maxUsers: undefined } as const;
  return { leasesMs, gatewayLeaseMs: leaseMs, periodMs, refreshMs: 1.5 * periodMs, ...common, ...rest };
}

/** One scene of a theme. Its times are in ms since it began. */
export class Scene {
  readonly chance: Chance;
  readonly fleet: FleetPlan;
  readonly leaseMs: number;
  /** The pods, in a different order in each scene. */
  readonly pods: readonly number[];
  readonly events: WorldEvent[] = [];
  readonly #startAt: number;

  constructor(chance: Chance, fleet: FleetPlan, startAt: number) {
    this.chance = chance;
    this.fleet = fleet;
    this.leaseMs = longestLeaseMs(fleet);
    this.#startAt = startAt;
    const ordinals = [...fleet.leasesMs.keys()];
    const first = chance.whole(0, ordinals.length - 1);
    this.pods = [...ordinals.slice(first), ...ordinals.slice(0, first)];
  }

  /** The scene's pod of this index. */
  pod(index: number): number {
    return this.pods[index % this.pods.length] ?? 0;
  }

  at(ms: number, body: EventBody): void {
    this.events.push({ ...body, at: this.#startAt + Math.round(ms) });
  }

  /** Each user sends one request, `gapMs` apart. */
  askAll(ms: number, gapMs: number, timeoutMs?: number): void {
    uidsOf(this.fleet).forEach((uid, index) => {
      this.ask(ms + index * gapMs, uid, timeoutMs);
    });
  }

  ask(ms: number, uid: string, timeoutMs?: number): void {
    const gateway = this.chance.whole(0, this.fleet.gateways.length - 1);
    this.at(ms, { kind: 'ask', gateway, uid, how: 'claim', workMs: 0, saves: true, timeoutMs });
  }
}
