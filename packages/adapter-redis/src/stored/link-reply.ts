import type { Link, LinkInForce } from '@stateful-route/core';
import type { LinkReading } from '@stateful-route/core/adapter';
import { flag, integer, list, optional, podId, text } from './replies.ts';

const NO_TIME_TO_LIVE = -1;

// Made once, and objects spelled out below: batches decode many links, and rest and spread took most of that time.
const optionalInteger = optional(integer);
const optionalText = optional(text);

/** What the lease is of a claim whose writer named none. */
const UNNAMED = '';

function leaseFrom(leaseMs: unknown): number | undefined {
  return leaseMs === UNNAMED ? undefined : optionalInteger(leaseMs);
}

/** A link that was read: podId, ms to live, token, incarnation, leaseMs, token of an ended record. */
export function linkReading(reply: unknown, storeTime: number): LinkReading {
  const [pod, ttl, token, incarnation, leaseMs, ended] = list(reply);
  const endedToken = optionalInteger(ended);
  if (optionalText(pod) === undefined) return { permanent: false, endedToken, storeTime };
  const left = integer(ttl);
  const permanent = left === NO_TIME_TO_LIVE;
  return {
    podId: podId(pod),
    permanent,
    token: optionalInteger(token),
    incarnation: optionalText(incarnation) || undefined,
    ownerLeaseMs: leaseFrom(leaseMs),
    ttlMs: permanent ? undefined : left,
    endedToken,
    storeTime,
  };
}

/** A link that a set-if-absent found or made: whether it made it, podId, ms to live, token, incarnation, leaseMs. */
export function linkInForce(reply: unknown): LinkInForce {
  const [created, pod, ttl, token, incarnation, leaseMs] = list(reply);
  const left = integer(ttl);
  const permanent = left === NO_TIME_TO_LIVE;
  return {
    podId: podId(pod),
    permanent,
    token: optionalInteger(token),
    incarnation: optionalText(incarnation) || undefined,
    ownerLeaseMs: leaseFrom(leaseMs),
    ttlMs: permanent ? undefined : left,
    created: flag(created),
  };
}

/** The link that a reading found. */
export function linkOf({
  podId: pod,
  permanent,
  token,
  incarnation,
  ownerLeaseMs,
  ttlMs,
}: LinkReading): Link | undefined {
  if (pod === undefined) return undefined;
  return { podId: pod, permanent, token, incarnation, ownerLeaseMs, ttlMs };
}
