import type { Frozen, Link, LinkInForce, Pin, PlacementResult, TrySetResult } from '@stateful-route/core';
import type { LinkReading, RefusedFor } from '@stateful-route/core/adapter';
import { decodedName, PLACED, reasonFrom } from './reason.ts';

/*
 * Decoders of the store's replies. Each throws on a value that it does not expect: a fault of the store never becomes a result.
 */

const POD_ID_MAX = 2_147_483_647;
const POD_ID_DIGITS_MAX = 10;
const ZERO = '0'.charCodeAt(0);

/** The error of a decoder. */
export class UnreadableReply extends Error {
  override readonly name = 'UnreadableReply';

  constructor(expected: string, got: unknown) {
    super(`expected ${expected}, got ${shown(got)}`);
  }
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** A string. */
export function text(reply: unknown): string {
  if (typeof reply !== 'string') throw new UnreadableReply('a string', reply);
  return reply;
}

/** An integer. A client may be set to return numbers as strings. */
export function integer(reply: unknown): number {
  const value = typeof reply === 'string' && reply !== '' ? Number(reply) : reply;
  if (!Number.isSafeInteger(value)) throw new UnreadableReply('an integer', reply);
  return value as number;
}

/** 1 or 0. */
export function flag(reply: unknown): boolean {
  return integer(reply) === 1;
}

/** Whether a text is a pod's ordinal as the shared keys spell it. */
export function isPodId(spelled: string): boolean {
  return podIdOf(spelled) !== undefined;
}

/** A pod's ordinal. */
export function podId(reply: unknown): number {
  const ordinal = podIdOf(text(reply));
  if (ordinal === undefined) throw new UnreadableReply('a podId', reply);
  return ordinal;
}

/** Reads digit by digit, as each reply about a link has an ordinal: a regular expression takes several times as long. */
function podIdOf(spelled: string): number | undefined {
  const digits = spelled.length;
  if (digits === 0 || digits > POD_ID_DIGITS_MAX || (digits > 1 && spelled.startsWith('0'))) return undefined;
  let ordinal = 0;
  for (let at = 0; at < digits; at++) {
    const digit = spelled.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    ordinal = ordinal * 10 + digit;
  }
  return ordinal <= POD_ID_MAX ? ordinal : undefined;
}

/** A list. */
export function list(reply: unknown): readonly unknown[] {
  if (!Array.isArray(reply)) throw new UnreadableReply('a list', reply);
  return reply as unknown[];
}

/** Alternating fields and values, or the object that a client may be set to return. */
export function pairs(reply: unknown): readonly (readonly [string, string])[] {
  if (!Array.isArray(reply) && typeof reply === 'object' && reply !== null) {
    return Object.entries(reply).map(([field, value]) => [field, text(value)]);
  }
  const flat = list(reply);
  if (flat.length % 2 !== 0) throw new UnreadableReply('fields and values', reply);
  return Array.from({ length: flat.length / 2 }, (_, at) => [text(flat[at * 2]), text(flat[at * 2 + 1])]);
}

/** `undefined` for nil, which is `false` in JSON. */
export function optional<T>(decode: (reply: unknown) => T): (reply: unknown) => T | undefined {
  return (reply) => (reply === null || reply === undefined || reply === false ? undefined : decode(reply));
}

/** The fields of a JSON object. The caller checks their values. */
export function jsonObject(reply: unknown): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text(reply));
  } catch {
    throw new UnreadableReply('JSON', reply);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UnreadableReply('a JSON object', reply);
  }
  return value as Record<string, unknown>;
}

const NO_TIME_TO_LIVE = -1;

// Made once; and the objects below are spelled out: rest and spread took most of the time of a batch.
const optionalInteger = optional(integer);
const optionalText = optional(text);
const optionalPodId = optional(podId);

/** The lease of a claim whose writer named none. */
const UNNAMED = '';

function leaseFrom(leaseMs: unknown): number | undefined {
  return leaseMs === UNNAMED ? undefined : optionalInteger(leaseMs);
}

/**
 * Reads a link: podId, ms to live, token, incarnation, leaseMs, reason, token of an ended record, podId, time and name of the pin.
 */
export function linkReading(reply: unknown, storeTime: number): LinkReading {
  const [pod, ttl, token, incarnation, leaseMs, reason, ended, pinned, pinnedAt, pinnedBy, until] =
    list(reply);
  const quarantinedUntil = optionalInteger(until);
  const endedToken = optionalInteger(ended);
  const pin = pinFrom(pinned, pinnedAt, pinnedBy);
  if (optionalText(pod) === undefined)
    return { permanent: false, endedToken, pin, quarantinedUntil, storeTime };
  return {
    ...linkFrom(pod, ttl, token, incarnation, leaseMs, reason),
    endedToken,
    pin,
    quarantinedUntil,
    storeTime,
  };
}

/** Reads what refused a placement: the podId of a pin, or `q` and the time until which the user is quarantined. */
export function refusedFor(reply: unknown): RefusedFor {
  const refused = optionalText(reply);
  if (refused === undefined) return {};
  return refused.startsWith('q')
    ? { quarantinedUntil: integer(refused.slice(1)) }
    : { pinnedTo: podId(refused) };
}

/** Reads a pin: podId, time, encoded name. */
export function pinFrom(pod: unknown, at: unknown, by: unknown): Pin | undefined {
  const pinned = optionalPodId(pod);
  return pinned === undefined ? undefined : { podId: pinned, by: decodedName(text(by)), at: integer(at) };
}

/** Reads since when the evening out is stopped, and by whom. What cannot be read was not written by `setFrozen`, and is ignored. */
export function frozenFrom(stored: unknown): Frozen | undefined {
  const [, at, by] = /^(\d{1,16})\/([^/]*)\/$/.exec(optionalText(stored) ?? '') ?? [];
  return at === undefined ? undefined : { at: Number(at), by: decodedName(by) };
}

/**
 * Reads the link in force after a set-if-absent: whether it was created, podId, ms to live, token, incarnation, leaseMs, reason; or
 * 'REFUSED' and by what.
 */
export function placementResult(reply: unknown): PlacementResult {
  const [created, pod, ttl, token, incarnation, leaseMs, reason] = list(reply);
  if (created === 'REFUSED') return { created: false, ...refusedFor(pod) };
  return { ...linkFrom(pod, ttl, token, incarnation, leaseMs, reason), created: flag(created) };
}

function linkFrom(
  pod: unknown,
  ttl: unknown,
  spelledToken: unknown,
  incarnation: unknown,
  leaseMs: unknown,
  stored: unknown,
): Link {
  const left = integer(ttl);
  const permanent = left === NO_TIME_TO_LIVE;
  const token = optionalInteger(spelledToken);
  const reason = reasonFrom(optionalText(stored), token);
  return {
    podId: podId(pod),
    permanent,
    token,
    incarnation: optionalText(incarnation) || undefined,
    ownerLeaseMs: leaseFrom(leaseMs),
    ttlMs: permanent ? undefined : left,
    reason: permanent ? reason : (reason ?? PLACED),
  };
}

/** The link of a reading. */
export function linkOf({
  podId: pod,
  permanent,
  token,
  incarnation,
  ownerLeaseMs,
  ttlMs,
  reason,
  pin,
}: LinkReading): Link | undefined {
  if (pod === undefined) return undefined;
  return { podId: pod, permanent, token, incarnation, ownerLeaseMs, ttlMs, reason, pin };
}

/** The outcome of a claim: a result, or the incarnation of a later run, which fences this one. */
export type TrySetOutcome = TrySetResult | { readonly met: string };

/** Reads the outcome: whether it linked, podId in force, podId before, token, gap, pin; or 'FENCED' and the later incarnation. */
export function trySetOutcome(reply: unknown): TrySetOutcome {
  const [linked, inForce, previous, token, gapMs, refused] = list(reply);
  if (linked === 'FENCED') return { met: text(inForce) };
  return {
    linked: flag(linked),
    podId: optionalPodId(inForce),
    previous: optionalPodId(previous),
    token: optionalInteger(token),
    gapMs: optionalInteger(gapMs),
    ...refusedFor(refused),
  };
}

/** The arguments of an item from which a usual outcome's reply follows. */
type Asked = Readonly<Record<string, unknown>>;

/** A set-if-absent created the link that was asked for. */
export function placedAsAsked({ podId: pod, persistSeconds }: Asked): LinkInForce {
  return {
    podId: Number(pod),
    permanent: false,
    token: undefined,
    incarnation: undefined,
    ownerLeaseMs: undefined,
    ttlMs: Number(persistSeconds) * 1_000,
    reason: PLACED,
    created: true,
  };
}

/** A first claim of a user without a link. Its token is the time. */
export function claimedFirst({ podId: pod }: Asked, nowUs: number): TrySetOutcome {
  return { linked: true, podId: Number(pod), previous: undefined, token: nowUs };
}

/** A first claim of a user who was placed on this pod. */
export function claimedWherePlaced({ podId: pod }: Asked, nowUs: number): TrySetOutcome {
  return { linked: true, podId: Number(pod), previous: Number(pod), token: nowUs };
}
