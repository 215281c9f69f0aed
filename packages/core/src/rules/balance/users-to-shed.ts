import type { ShedOrder } from '../../domain/pod-order.ts';

/** A user that is not used for this long is idle, unless a stay or a use is under way. */
const IDLE_AFTER_MS = 10_000;

/** How many users a pod hands over at a time to obey orders to shed. */
export const SHED_CONCURRENCY = 10;

/** A user that a pod holds. Times are of the pod's monotonic clock, in ms. */
export interface SheddableUser {
  readonly uid: string;
  /** What the user weighs beside the others, a number ≥ 0. */
  readonly weight: number;
  /** Whether a stay or a use is under way. */
  readonly busy: boolean;
  /** When the user was used last; `undefined` if not since the pod holds him. */
  readonly usedAt?: number | undefined;
  /** When the user came to this pod because another one obeyed an order; `undefined` if he came in another way. */
  readonly movedAt?: number | undefined;
}

/** How a pod chooses users to shed. */
export interface ShedOptions {
  /** The pod's monotonic time in ms. */
  readonly now: number;
  /** `idle`: only users that are idle. `all`: idle ones first. */
  readonly which: 'idle' | 'all';
  /** Nobody is moved twice within this time. */
  readonly cooldownMs: number;
  /** The pod's load now. Each user has a share of it, in proportion to his weight. */
  readonly load: number;
  /** Whether a user can be moved now. */
  readonly movable: (uid: string) => boolean;
}

/**
 * Chooses the users that a pod sheds to obey an order, in the order in which they are to be handed over: idle ones first, of
 * each kind the heaviest first.
 *
 * An order's `load` is at most half of the gap between the two pods. So a user whose load is above what is left to shed would
 * only move the imbalance, and is passed over: where one user makes a pod hot, the others leave and he stays.
 */
export function usersToShed(
  held: Iterable<SheddableUser>,
  { users = Number.POSITIVE_INFINITY, load: loadToShed }: Pick<ShedOrder, 'users' | 'load'>,
  { now, which, cooldownMs, load, movable }: ShedOptions,
): readonly string[] {
  const idle: SheddableUser[] = [];
  const used: SheddableUser[] = [];
  let weights = 0;
  for (const user of held) {
    weights += user.weight;
    const isCooling = user.movedAt !== undefined && now - user.movedAt < cooldownMs;
    if (!isCooling) (isIdleUser(user, now) ? idle : used).push(user);
  }
  const loadPerWeight = weights > 0 ? load / weights : 0;
  let left = loadToShed ?? Number.POSITIVE_INFINITY;
  const chosen: string[] = [];
  for (const group of which === 'idle' ? [idle] : [idle, used]) {
    for (const { uid, weight } of group.toSorted((a, b) => b.weight - a.weight)) {
      if (chosen.length >= users || left <= 0) return chosen;
      if (weight * loadPerWeight > left || !movable(uid)) continue;
      chosen.push(uid);
      left -= weight * loadPerWeight;
    }
  }
  return chosen;
}

function isIdleUser({ busy, usedAt }: SheddableUser, now: number): boolean {
  return !busy && (usedAt === undefined || now - usedAt >= IDLE_AFTER_MS);
}
