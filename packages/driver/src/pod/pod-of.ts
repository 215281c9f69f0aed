import { routeError } from '@stateful-route/core';
import { invalidConfig } from '@stateful-route/core/adapter';
import type { RoutePlace } from '../route/route-parts.ts';
import type { ClaimingPod } from './claims/claim-store.ts';
import type { BeatingPod } from './life/heartbeat.ts';
import type { PodRun } from './pod-run.ts';

/** The pod that a route is. Throws `INVALID_CONFIG` where it is a caller's. */
export function podOf({ namespace, serviceName, podId, address }: RoutePlace): BeatingPod {
  if (serviceName === undefined || podId === undefined) {
    throw invalidConfig([
      {
        name: serviceName === undefined ? 'serviceName' : 'podId',
        problem: 'must be given: a route without it is a caller, and has no pod',
      },
    ]);
  }
  return { namespace, serviceName, podId, address };
}

/** The error of a call on a pod that must not serve. */
export function fencedError({ namespace, serviceName, podId }: ClaimingPod, run: PodRun | undefined): Error {
  const name = `${podId} of ${namespace}/${serviceName}`;
  return routeError(
    'FENCED',
    run?.lives.isDisplaced
      ? `A later process runs as pod ${name}. Stop this one.`
      : `Pod ${name} has not been heard by the store for nearly its lease, or was told that its life is over. It comes back when the store hears it, or when another state is set.`,
    { namespace, serviceName, podId, incarnation: run?.lives.incarnation ?? '' },
  );
}
