import type { StatefulRoute } from '@stateful-route/driver';
import type { StatefulRouteForServerDriver } from '@stateful-route/core';
import type { RoomPod } from './room-pod.ts';

/**
 * Sees the pod's users off as soon as the directory says that it refuses new ones, whoever wanted that: an operator or
 * the pod itself. The pod's route must watch the pod's own service.
 */
export function handOffOnDrain(
  route: StatefulRoute<StatefulRouteForServerDriver>,
  pod: RoomPod,
  at: { readonly namespace: string; readonly podId: number },
  onFailed: (error: unknown) => void,
): void {
  route.routeInfo.registerRoutingStateChangedEvent(at.namespace, ({ podId, current }) => {
    if (podId === at.podId && current?.routingState === 'DENY_NEW_CALL') pod.handOff().catch(onFailed);
  });
}
