import type { Clock, RouteErrorOf } from '@stateful-route/core';
import { placementHoldMs } from '@stateful-route/core/adapter';
import type { RouteConfig } from '../../config/route-config.ts';
import type { ServiceStateCache } from '../../service/service-state-cache.ts';
import type { ClaimGate } from '../claims/pod-claims.ts';
import type { PodStatus } from './pod-status.ts';
import type { BeatingPod } from './heartbeat.ts';
import type { PodLives } from './pod-lives.ts';

/** What the gate of claims depends on. */
export interface ClaimGateParts {
  readonly pod: BeatingPod;
  readonly config: RouteConfig;
  readonly clock: Clock;
  readonly status: PodStatus;
  readonly states: ServiceStateCache;
  readonly lives: PodLives;
  /** Throws where the application may not claim now, other than for the fence. */
  readonly assertRunning: () => void;
  /** The error of a call on a fenced pod. */
  readonly fencedError: () => Error;
}

/** What a pod lets its claims do now. */
export function claimGate(parts: ClaimGateParts): ClaimGate {
  const { config, status, lives } = parts;
  return {
    maxUsers: config.maxUsers,
    assertServing: () => {
      parts.assertRunning();
      if (lives.isFenced) throw parts.fencedError();
    },
    isRefusing: () => status.routingState !== 'READY',
    epoch: () => lives.lastAck?.epoch,
    beat: () => lives.publish().catch(() => {}),
    placementHoldMs: (signal) => holdMs(parts, signal),
    outlives: (error) => outlives(parts, error),
  };
}

function holdMs(
  { lives, states, pod }: ClaimGateParts,
  signal: AbortSignal | undefined,
): Promise<number> | 0 {
  const restored = lives.lastAck?.restored;
  if (restored === undefined) return 0;
  const known = states.peek(pod.namespace, pod.serviceName)?.snapshot;
  if (known?.read.restored === restored && placementHoldMs(known.readNow()) === 0) return 0;
  const fresh = states.fresh(pod.namespace, pod.serviceName, { signal });
  return fresh.then((snapshot) => placementHoldMs(snapshot.readNow()));
}

/** A later run that lives would have beaten by the time that this one's entry has stood for a lease. */
async function outlives(
  { lives, clock, config }: ClaimGateParts,
  { met }: RouteErrorOf<'FENCED'>,
): Promise<number> {
  const leaseMs = config.stateCacheExpireSecs * 1_000;
  const before = lives.lastAck;
  await lives.publish().catch(() => {});
  if (lives.isFenced || met === undefined) return Number.POSITIVE_INFINITY;
  // A heartbeat that was not acknowledged proves nothing.
  if (lives.lastAck === before) return leaseMs;
  const stoodMs = clock.monotonic() - lives.beatenSince;
  if (stoodMs <= leaseMs) return leaseMs - stoodMs + 1;
  lives.startAfter(met);
  const raised = lives.incarnation;
  await lives.publish().catch(() => {});
  return lives.lastAck?.incarnation === raised ? 0 : leaseMs;
}
