import type { ServiceStateRead, StatefulServiceState } from '../domain/stateful-service-state.ts';
import { parseIncarnation } from './incarnation.ts';
import { ageMsOf, isAlive, leaseMsOf } from './liveness.ts';

/*
 * A user who kills whoever opens him must not take a fleet down pod by pod. So deaths are held against users, and a user with
 * three of them is quarantined: he is placed nowhere for an hour.
 */

/** A death is held against a user only if he was claimed so shortly before the pod's last heartbeat. */
export const CLAIMED_BEFORE_DEATH_MS = 60_000;

/** Deaths that are older than this before the last one do not count. */
export const DEATHS_WITHIN_MS: number = 10 * 60_000;

/** So many deaths are one too many. */
export const DEATHS_MAX = 3;

/** How long a quarantine lasts. */
export const QUARANTINE_MS: number = 60 * 60_000;

/** How many users of a service can be quarantined at once: more than that, and the users are hardly the cause. */
export const QUARANTINED_MAX = 5;

/** The death of a pod, of which its users may be the cause. */
export interface PodDeath {
  /** The store's time of the pod's last heartbeat, in ms. */
  readonly at: number;
  /** How many other pods died, or started again, within a lease of that. */
  readonly othersFell: number;
}

/**
 * The deaths held against a user after another one, which counts once. It does not count if more other pods fell near it than deaths
 * are held against him: those he may have killed as well, and they may just have started again.
 *
 * @param claimedAt - the store's time of his claim, in ms.
 */
export function deathsAfter(
  deaths: readonly number[],
  claimedAt: number,
  { at, othersFell }: PodDeath,
): readonly number[] {
  if (claimedAt < at - CLAIMED_BEFORE_DEATH_MS || deaths.includes(at)) return deaths;
  const held = deaths.filter((each) => each >= at - DEATHS_WITHIN_MS);
  return othersFell > held.length ? deaths : [...held, at];
}

/** A pod's death; `undefined` if it lives, or has said `TERMINATING`. A reading that is too early to know is judged as such. */
export function deathOf(read: ServiceStateRead, podId: number): PodDeath | undefined {
  const dead = read.pods.get(podId);
  const diedAt = dead?.updateTime;
  if (!dead || diedAt === undefined || dead.state === 'TERMINATING') return undefined;
  if (isAlive(dead, read.storeTime - diedAt)) return undefined;
  const leaseMs = leaseMsOf(dead);
  const isNear = (at: number): boolean => Math.abs(at - diedAt) <= leaseMs;
  const hasFallen = (pod: StatefulServiceState): boolean => {
    const { updateTime, incarnation, state } = pod;
    if (pod.podId === podId || updateTime === undefined) return false;
    if (incarnation !== undefined && isNear(parseIncarnation(incarnation).start)) return true;
    const isDead = state !== 'TERMINATING' && !isAlive(pod, ageMsOf(pod, read.storeTime));
    return isDead && isNear(updateTime);
  };
  return { at: diedAt, othersFell: [...read.pods.values()].filter(hasFallen).length };
}
