import type { ServiceStateRead, StatefulServiceState } from '../../domain/stateful-service-state.ts';
import { DEFAULT_LOAD_PER_USER } from '../../domain/constants.ts';
import { ageMsOf, isAlive, isRoutable } from '../liveness.ts';
import { unseenWork } from './moves-under-way.ts';
import type { FleetMemory, PodMemory } from './pod-memory.ts';

/**
 * A pod's part of what the fleet carries. Work is load × capacity, and a pod's capacity is 1 / `loadPerUser`: a pod that
 * reports half the load for a user carries twice the users for the same load. A move of users leaves the sum of work as it is.
 */
export interface PodShare {
  readonly podId: number;
  readonly pod: StatefulServiceState;
  readonly memory: PodMemory;
  readonly users: number;
  readonly capacity: number;
  readonly workPerUser: number;
  /** The work of the users that it has, with the moves under way. */
  readonly work: number;
  /** Its fair part of all work, in proportion to its capacity. */
  readonly fair: number;
  /** Whether it may be given orders and users. */
  readonly isRoutable: boolean;
}

/** The pods among which users are evened out. */
export interface FleetShares {
  readonly pods: readonly PodShare[];
  readonly users: number;
  readonly work: number;
}

/**
 * The shares of the pods that are up and take users, by ordinal. A pod's work is its load a user, as remembered, times the
 * users that it has now: it follows moves at once, and noise slowly.
 */
export function fleetShares(
  { pods, storeTime }: ServiceStateRead,
  memory: FleetMemory,
  excludePods: readonly number[],
): FleetShares {
  const parts = [...memory.pods].flatMap(([podId, remembered]) => {
    const pod = pods.get(podId)!;
    const ageMs = ageMsOf(pod, storeTime);
    if (!takesUsers(pod, ageMs) || excludePods.includes(podId)) return [];
    const capacity = capacityOf(pod);
    const loadPerUser = remembered.users > 0 ? remembered.loads / remembered.users : undefined;
    const workPerUser = loadPerUser === undefined ? undefined : loadPerUser * capacity;
    const routable = isRoutable(pod, ageMs);
    return [
      { podId, pod, memory: remembered, users: pod.users ?? 0, capacity, workPerUser, isRoutable: routable },
    ];
  });
  const users = sum(parts.map((part) => part.users));
  // A pod that never had users is taken to be like the others.
  const meanWork = users > 0 ? sum(parts.map((part) => part.users * (part.workPerUser ?? 0))) / users : 1;
  const weighed = parts.map((part) => {
    const { workPerUser = meanWork } = part;
    const { underWay } = part.memory;
    const moving = underWay ? unseenWork(underWay, part.users) : 0;
    return { ...part, workPerUser, work: Math.max(0, part.users * workPerUser + moving) };
  });
  const work = sum(weighed.map((part) => part.work));
  const capacity = sum(weighed.map((part) => part.capacity));
  return { pods: weighed.map((part) => ({ ...part, fair: (work * part.capacity) / capacity })), users, work };
}

/** A pod's work over its fair share, less 1. */
export function deviationOf({ work, fair }: Pick<PodShare, 'work' | 'fair'>): number {
  return fair > 0 ? work / fair - 1 : 0;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function takesUsers(pod: StatefulServiceState, ageMs: number | undefined): boolean {
  return isAlive(pod, ageMs) && pod.state === 'READY' && pod.routingState === 'READY';
}

/** What a pod carries for a load of 1. */
export function capacityOf({ loadPerUser = DEFAULT_LOAD_PER_USER }: StatefulServiceState): number {
  return loadPerUser > 0 ? 1 / loadPerUser : 1;
}
