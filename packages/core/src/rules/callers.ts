/*
 * When a caller announces itself among those that place users of a service (`ServerExecutor.announceCaller`).
 */

/** For how many periods a caller is counted after it announced itself. */
const COUNTED_PERIODS = 3;

/** After a change of their number callers announce themselves soon, so that they all know it soon: after this share of a period. */
const FIRST_GAP = 1 / 32;

/** How much earlier than planned an announcement may be made, so that callers do not all come at once. */
const JITTER = 0.25;

/** What a caller knows of the others. */
export interface KnownCallers {
  /** How many callers place users, this one included. */
  readonly count: number;
  /** The planned time between the last announcement and the next, in ms. */
  readonly gapMs: number;
}

/** What a caller knows before it has announced itself. */
export function unknownCallers(periodMs: number): KnownCallers {
  return { count: 1, gapMs: periodMs * FIRST_GAP };
}

/** What a caller knows by the reply to an announcement: once the count stays the same, it asks less and less often, down to once a period. */
export function callersAfter(before: KnownCallers, count: number, periodMs: number): KnownCallers {
  const gapMs = count === before.count ? Math.min(periodMs, before.gapMs * 2) : periodMs * FIRST_GAP;
  return { count, gapMs };
}

/** How long a caller waits for its next announcement, in ms. Its id says how much shorter its gaps are than those of others. */
export function announceAfterMs({ gapMs }: KnownCallers, callerId: string): number {
  let hash = 0;
  for (let at = 0; at < callerId.length; at++) hash = (hash * 31 + callerId.charCodeAt(at)) % 65_521;
  return gapMs * (1 - (JITTER * hash) / 65_521);
}

/** For how long a caller is counted after an announcement, in ms. */
export function countedForMs(periodMs: number): number {
  return periodMs * COUNTED_PERIODS;
}
