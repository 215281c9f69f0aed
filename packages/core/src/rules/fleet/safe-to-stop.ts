import type { ServiceStateRead, StatefulServiceState } from '../../domain/stateful-service-state.ts';
import { ageMsOf, hasEnded, isRoutable } from '../liveness.ts';
import { counted } from './words.ts';
import { conditionsOf, type ServiceCondition } from './service-status.ts';

/** Why a pod is not drained yet; `undefined` if it is: it holds nobody and takes nobody, or it has ended. */
export function notDrained(pod: StatefulServiceState): string | undefined {
  if (hasEnded(pod)) return undefined;
  if (pod.routingState === 'READY') return 'it still takes new users';
  if (pod.users === undefined) return 'it does not publish how many users it holds';
  return pod.users === 0 ? undefined : `it holds ${counted(pod.users, 'user')}`;
}

const HOLDS_UP: readonly ServiceCondition['name'][] = ['guard', 'young', 'restored'];

/** The first condition in which users of a pod that goes may find no other one. */
export function heldUp(read: ServiceStateRead): ServiceCondition | undefined {
  return conditionsOf(read).find(({ name }) => HOLDS_UP.includes(name));
}

/**
 * Why stopping a pod now would leave users without a pod; `undefined` if it would not. A pod that is drained may always be
 * stopped, but not the last one that takes users.
 */
export function notSafeToStop(read: ServiceStateRead, pod: StatefulServiceState): string | undefined {
  if (hasEnded(pod)) return undefined;
  const others = [...read.pods.values()].filter(
    (other) => other !== pod && isRoutable(other, ageMsOf(other, read.storeTime)),
  );
  if (others.length === 0) return 'no other pod takes new users';
  if (notDrained(pod) === undefined) return undefined;
  const held = heldUp(read);
  if (held) return held.meaning;
  const free = others.map(({ users = 0, maxUsers = Number.POSITIVE_INFINITY }) =>
    Math.max(0, maxUsers - users),
  );
  const places = free.reduce((sum, each) => sum + each, 0);
  const { users = 0 } = pod;
  return places < users
    ? `it holds ${counted(users, 'user')}, and the others have ${places} places`
    : undefined;
}
