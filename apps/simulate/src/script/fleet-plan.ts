import type { DeadOwnerPolicy } from '@stateful-route/core';
import type { WirePlan } from '../wire/wire-plan.ts';

/** How a pod's host is set. */
export interface HostPlan {
  readonly saveAfter: 'interval' | 'use';
  readonly saveEveryMs: number;
  readonly saveWhenFenced: boolean;
  readonly idleAfterMs: number | false;
  readonly openTimeoutMs: number;
  readonly useTimeoutMs: number;
}

/** The configuration of a world, as plain data that is printed with a script. */
export interface FleetPlan {
  /** The lease of each ordinal, in ms. */
  readonly leasesMs: readonly number[];
  readonly periodMs: number;
  readonly marginMs: number;
  /** For each gateway, whether it loads the service when it starts. */
  readonly gateways: readonly boolean[];
  /** The lease that gateways assume for an owner without an entry, in ms. */
  readonly gatewayLeaseMs: number;
  readonly users: number;
  readonly deadOwner: DeadOwnerPolicy;
  readonly leftover: 'release' | 'keep';
  readonly maxUsers?: number | undefined;
  /** Whether the storage refuses smaller tokens than the greatest that it has seen. */
  readonly storage: 'checks' | 'trusts';
  /** The applications serve by hosts. Then the storage checks tokens. */
  readonly host?: HostPlan | undefined;
  readonly timeoutMs: number;
  readonly callTimeoutMs: number;
  readonly drainTimeoutMs: number;
  readonly userTimeoutMs: number;
  readonly linkSeconds: number;
  readonly refreshMs: number;
  readonly wire: Pick<WirePlan, 'minMs' | 'maxMs' | 'offline'>;
}

/** Names of users, for readable scripts. */
export function uidsOf({ users }: Pick<FleetPlan, 'users'>): readonly string[] {
  return NAMES.slice(0, users);
}

const NAMES = ['ada', 'bob', 'cleo', 'dan', 'eve', 'finn', 'gus', 'hal', 'ida', 'jo', 'kim', 'lou'] as const;

/** The longest lease of the fleet, in ms. */
export function longestLeaseMs({ leasesMs }: Pick<FleetPlan, 'leasesMs'>): number {
  return Math.max(...leasesMs);
}
