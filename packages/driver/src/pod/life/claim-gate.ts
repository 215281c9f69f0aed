import type { Clock, RouteErrorOf } from '@stateful-route/core';
import { placementHoldMs } from '@stateful-route/core/adapter';
import type { RouteConfig } from '../../config/route-config.ts';
import type { ServiceRegistry } from '../../service/service-registry.ts';
import type { PodPlace } from '../../wiring/place.ts';
import type { ClaimGate } from '../claims/pod-claims.ts';
import type { Incarnations, PodStatus } from './incarnations.ts';

/** What the gate of claims depends on. */
export interface ClaimGateParts {
  readonly pod: PodPlace;
  readonly config: RouteConfig;
  readonly clock: Clock;
  readonly status: PodStatus;
  readonly services: ServiceRegistry;
  readonly incarnations: Incarnations;
  /** Throws `NOT_RUNNING` if the pod is stopping. */
  readonly assertRunning: () => void;
  readonly isStopping: () => boolean;
}

/** What the pod's state lets claims do. */
export function claimGate(parts: ClaimGateParts): ClaimGate {
  const { pod, status, incarnations } = parts;
  return {
    maxUsers: () => status.maxUsers,
    assertServing: () => {
      parts.assertRunning();
      incarnations.assertUnfenced();
    },
    isStopping: parts.isStopping,
    isRefusing: () => status.routingState !== 'READY',
    epoch: () => incarnations.lastAck?.epoch,
    beat: () => incarnations.publish().catch(() => {}),
    placementHoldMs: (signal) => holdMs(parts, signal),
    goesTo: async (pin, uid, signal) => {
      const { namespace, serviceName } = pod;
      const snapshot = await parts.services.snapshot(namespace, serviceName, { signal });
      return parts.services.service(namespace, serviceName).placements.pick(snapshot, uid, { pin }) === pin;
    },
    fencedForMs: (error) => fencedForMs(parts, error),
  };
}

function holdMs(
  { incarnations, services, pod }: ClaimGateParts,
  signal: AbortSignal | undefined,
): Promise<number> | 0 {
  const restored = incarnations.lastAck?.restored;
  if (restored === undefined) return 0;
  const known = services.peek(pod.namespace, pod.serviceName)?.snapshot;
  if (known?.read.restored === restored && placementHoldMs(known.readNow()) === 0) return 0;
  const fresh = services.fresh(pod.namespace, pod.serviceName, { signal });
  return fresh.then((snapshot) => placementHoldMs(snapshot.readNow()));
}

/** A later run that is alive would have sent a heartbeat within the lease that this run's entry has been in the store. */
async function fencedForMs(
  { incarnations, clock, config }: ClaimGateParts,
  { met }: RouteErrorOf<'FENCED'>,
): Promise<number> {
  const leaseMs = config.stateCacheExpireSecs * 1_000;
  const before = incarnations.lastAck;
  await incarnations.publish().catch(() => {});
  if (incarnations.isFenced || met === undefined) return Number.POSITIVE_INFINITY;
  // Without an acknowledged heartbeat nothing is known.
  if (incarnations.lastAck === before) return leaseMs;
  const stoodMs = clock.monotonic() - incarnations.beatenSince;
  if (stoodMs <= leaseMs) return leaseMs - stoodMs + 1;
  incarnations.startAfter(met);
  const raised = incarnations.incarnation;
  await incarnations.publish().catch(() => {});
  return incarnations.lastAck?.incarnation === raised ? 0 : leaseMs;
}
