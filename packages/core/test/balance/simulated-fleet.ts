import {
  type BalancePlan,
  type BalanceState,
  DEFAULT_BALANCE_OPTIONS,
  planBalance,
  type PlannedShed,
  usersToShed,
} from '@stateful-route/core/adapter';
import { NOW, pod, reading } from '../pod.ts';

const { everyMs, cooldownMs } = DEFAULT_BALANCE_OPTIONS;

/** A user of a simulated fleet. */
export interface FleetUser {
  readonly uid: string;
  weight: number;
  movedAt?: number;
}

/** What may be changed of a step. */
export interface FleetStep {
  /** What a pod's published load is multiplied by. */
  readonly noise?: () => number;
  /** Whether the pods obey. */
  readonly obeys?: boolean;
  readonly isUpdating?: boolean;
  readonly isFrozen?: boolean;
}

/** Pods with users that obey the planner's orders at once, and report by heartbeats that come with each plan. */
export class SimulatedFleet {
  readonly pods: Map<number, FleetUser[]>;
  readonly orders: (PlannedShed & { readonly at: number })[] = [];
  readonly moves: {
    readonly at: number;
    readonly uid: string;
    readonly from: number;
    readonly to: number;
  }[] = [];
  state: BalanceState | undefined;
  /** When each pod's run started, if that is known. */
  readonly startedAt = new Map<number, number>();
  now = NOW;

  /** Each pod's users by their weights. */
  constructor(weights: readonly (readonly number[])[]) {
    this.pods = new Map(
      weights.map((each, podId) => [podId, each.map((weight, at) => ({ uid: `u${podId}-${at}`, weight }))]),
    );
  }

  /** One plan, `everyMs` after the one before. */
  step({ noise = () => 1, obeys = true, isUpdating = false, isFrozen = false }: FleetStep = {}): BalancePlan {
    this.now += everyMs;
    const read = this.read(noise);
    const plan = planBalance(this.state, { read, isUpdating, isFrozen });
    this.state = plan.state;
    this.orders.push(...plan.orders.map((order) => ({ ...order, at: this.now })));
    if (obeys) for (const order of plan.orders) this.obey(order);
    return plan;
  }

  /** A pod that has nobody comes. */
  join(podId: number): void {
    this.pods.set(podId, []);
    this.startedAt.set(podId, this.now);
  }

  read(noise = (): number => 1): ReturnType<typeof reading> {
    const states = [...this.pods].map(([podId, users]) =>
      pod({
        podId,
        incarnation: `${this.startedAt.get(podId) ?? 0}.run${podId}.0`,
        updateTime: this.now,
        loadState: this.loadOf(podId) * noise(),
        users: users.length,
        updatePeriodMs: 3_000,
        leaseMs: 15_000,
      }),
    );
    return { ...reading(states), storeTime: this.now };
  }

  loadOf(podId: number): number {
    return this.pods.get(podId)!.reduce((sum, { weight }) => sum + weight, 0);
  }

  /** The loads over their mean, by ordinal. */
  overMean(): number[] {
    const loads = [...this.pods.keys()].map((podId) => this.loadOf(podId));
    const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length;
    return loads.map((load) => (mean > 0 ? load / mean : 1));
  }

  obey({ podId, to, users, load }: PlannedShed): void {
    const held = this.pods.get(podId)!;
    const chosen = new Set(
      usersToShed(
        held.map((user) => ({ ...user, busy: false })),
        { users, load },
        { now: this.now, which: 'all', cooldownMs, load: this.loadOf(podId), movable: () => true },
      ),
    );
    for (const user of held.filter(({ uid }) => chosen.has(uid))) {
      user.movedAt = this.now;
      this.pods.get(to)!.push(user);
      this.moves.push({ at: this.now, uid: user.uid, from: podId, to });
    }
    this.pods.set(
      podId,
      held.filter(({ uid }) => !chosen.has(uid)),
    );
  }
}

/** So many users of weight 1 on each pod. */
export function alike(...counts: readonly number[]): number[][] {
  return counts.map((count) => Array.from({ length: count }, () => 1));
}
