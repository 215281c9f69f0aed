import { routeError } from '@stateful-route/core';
import type { ClaimingPod } from './claims/claim-store.ts';
import type { PodRun } from './life/pod-run.ts';

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
