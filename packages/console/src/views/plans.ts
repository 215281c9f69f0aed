import type { ServiceStateRead } from '@stateful-route/core';
import { newestRevision, previewBalance, type Rollout, scaleInPlan } from '@stateful-route/core/adapter';
import type { RebalanceDetails, ScaleInDetails } from '../api/types.ts';
import { alivePods } from '../read/alive-pods.ts';

/** How many users a pod hands over in a second, if nobody says. */
const RATE = 20;

/** What a scale-in to so many replicas would do. */
export function scaleInDetails(
  namespace: string,
  service: string,
  read: ServiceStateRead,
  replicas: number,
  ratePerSecond: number = RATE,
): ScaleInDetails {
  const now = Math.max(-1, ...alivePods(read).keys()) + 1;
  const plan = scaleInPlan(read, Math.max(0, now - replicas), { ratePerSecond });
  const receives = new Map<number, number>();
  for (const { to, users } of plan.moves) receives.set(to, (receives.get(to) ?? 0) + users);
  return {
    service,
    replicas: plan.replicas,
    goes: plan.leaving.toSorted((a, b) => b.podId - a.podId),
    receives: [...receives].map(([podId, users]) => ({ podId, users })),
    usersMoved: plan.users,
    fits: plan.refusal === undefined,
    problem: plan.refusal,
    ratePerSecond,
    durationMs: plan.seconds * 1_000,
    kubectl: `kubectl -n ${namespace} scale statefulset ${service} --replicas ${plan.replicas}`,
  };
}

/** What evening out would do now. */
export function rebalanceDetails(
  service: string,
  read: ServiceStateRead,
  rollout: Rollout,
): RebalanceDetails {
  const { storeTime, frozen } = read;
  const isUpdating = newestRevision(rollout, alivePods(read), storeTime) !== undefined;
  const { moves, hold, minutes } = previewBalance({ read, isFrozen: frozen !== undefined, isUpdating });
  return {
    service,
    storeTime,
    frozen,
    hold,
    durationMs: minutes * 60_000,
    moves: moves.map(({ podId: from, to, users, load, label }) => ({ from, to, users, load, label })),
  };
}
