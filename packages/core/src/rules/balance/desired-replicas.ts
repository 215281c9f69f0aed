import type { ServiceStateRead, StatefulServiceState } from '../../domain/stateful-service-state.ts';
import { ageMsOf, isAlive, isRoutable } from '../liveness.ts';
import { unsureDirectory } from './balance-hold.ts';
import { sum } from './fleet-shares.ts';

/** How many pods a service should have. At least one of the two targets must be given. */
export interface ReplicaTarget {
  /** The load that a pod should carry. */
  readonly loadPerPod?: number | undefined;
  /** The users that a pod should have. */
  readonly usersPerPod?: number | undefined;
  /** Default: 1. */
  readonly min?: number | undefined;
  /** Default: no limit. */
  readonly max?: number | undefined;
  /** The number of pods stays as it is while it is within this share of what the target asks for. Default: 0.1. */
  readonly tolerance?: number | undefined;
  /** Pods go only if they were not needed for this long, in ms. Default: 5 minutes. */
  readonly scaleInAfterMs?: number | undefined;
}

/** What the number of pods rests on. */
export type ReplicaReason =
  /** As many as the target asks for. */
  | 'target'
  /** As many as before: the target asks for about that. */
  | 'within tolerance'
  /** Some pods were needed a short time ago. */
  | 'needed lately'
  /** Fewer could not carry the users: they have a `maxUsers`. */
  | 'carries the users'
  /** The store may not know all pods and users now, so that none should go. */
  | 'unsure'
  | 'min'
  | 'max';

/** What is remembered between two answers. */
export interface ReplicaState {
  readonly replicas: number;
  /** What the target asked for lately. Times are the store's. */
  readonly asked: readonly { readonly at: number; readonly replicas: number }[];
}

/** How many pods a service should have now, and why. */
export interface DesiredReplicas {
  readonly replicas: number;
  readonly why: ReplicaReason;
  readonly state: ReplicaState;
}

const TOLERANCE = 0.1;
const SCALE_IN_AFTER_MS = 300_000;

/**
 * How many pods a service should have: more at once, fewer only after a while, and never so few that they cannot carry the
 * users. Pure: time is the store's, of the reading.
 *
 * @param before - the state that it returned last; `undefined` the first time: then as many pods as there are count as before.
 */
export function desiredReplicas(
  before: ReplicaState | undefined,
  read: ServiceStateRead,
  target: ReplicaTarget,
): DesiredReplicas {
  const { min = 1, max = Number.POSITIVE_INFINITY, scaleInAfterMs = SCALE_IN_AFTER_MS } = target;
  const { storeTime } = read;
  const alive = [...read.pods.values()].filter((pod) => isAlive(pod, ageMsOf(pod, storeTime)));
  const known = before?.replicas ?? Math.max(0, ...alive.map(({ podId }) => podId + 1));
  const needed = neededPods(alive, target);
  const isNear = Math.abs(needed - known) <= (target.tolerance ?? TOLERANCE) * known;
  const now = isNear ? known : Math.ceil(needed);
  const askedBefore = before?.asked ?? [{ at: storeTime, replicas: known }];
  const asked = [...askedBefore, { at: storeTime, replicas: now }].filter(
    ({ at }) => storeTime - at <= scaleInAfterMs,
  );
  const lately = Math.max(...asked.map(({ replicas }) => replicas));
  const steps: readonly [ReplicaReason, number][] = [
    [isNear ? 'within tolerance' : 'target', now],
    // Only going down waits.
    ['needed lately', Math.min(known, lately)],
    ['unsure', unsureDirectory(read) ? known : 0],
    ['carries the users', leastThatCarry(alive, storeTime, known)],
    ['min', min],
  ];
  const [why, replicas] = steps.reduce((most, step) => (step[1] > most[1] ? step : most));
  const desired = Math.min(replicas, max);
  return {
    replicas: desired,
    why: desired < replicas ? 'max' : why,
    state: { replicas: desired, asked },
  };
}

/** How many pods the targets ask for, not rounded. */
function neededPods(
  alive: readonly StatefulServiceState[],
  { loadPerPod, usersPerPod }: ReplicaTarget,
): number {
  const byLoad = loadPerPod === undefined ? 0 : sum(alive.map(({ loadState }) => loadState)) / loadPerPod;
  const byUsers = usersPerPod === undefined ? 0 : sum(alive.map(({ users = 0 }) => users)) / usersPerPod;
  return Math.max(byLoad, byUsers);
}

/** The fewest of the pods there are, from the lowest ordinal, that have places for all users; `known` if not even all have. */
function leastThatCarry(alive: readonly StatefulServiceState[], storeTime: number, known: number): number {
  let users = sum(alive.map((pod) => pod.users ?? 0));
  for (const pod of alive.toSorted((a, b) => a.podId - b.podId)) {
    if (users <= 0) return pod.podId;
    if (!isRoutable(pod, ageMsOf(pod, storeTime))) users -= pod.users ?? 0;
    else users -= pod.maxUsers ?? Number.POSITIVE_INFINITY;
    if (users <= 0) return Math.min(known, pod.podId + 1);
  }
  return users > 0 ? known : 0;
}
