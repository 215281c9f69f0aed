import type { Link } from '@stateful-route/core';
import { integer, optional, podId, text } from './replies.ts';

const NO_TIME_TO_LIVE = -1;

/** A link of its parts; an incarnation or a lease that was not named is sent as empty. */
export function linkFrom([pod, ttlMs, token, incarnation, leaseMs]: readonly unknown[]): Link {
  const left = integer(ttlMs);
  return {
    podId: podId(pod),
    permanent: left === NO_TIME_TO_LIVE,
    token: optional(integer)(token),
    incarnation: optional(text)(incarnation) || undefined,
    ownerLeaseMs: optional(integer)(leaseMs || undefined),
    ttlMs: left === NO_TIME_TO_LIVE ? undefined : left,
  };
}
