import type { Reason, ReasonWord } from '@stateful-route/core';

/** The letter of each reason in records; see `lua/include/link.lua`. */
const LETTERS: Readonly<Record<ReasonWord, string>> = {
  placed: 'p',
  claimed: 'c',
  relinked: 'r',
  'taken-over': 't',
  'handed-over': 'h',
  moved: 'm',
  forced: 'f',
  restored: 's',
};

const WORDS = new Map<string, ReasonWord>(
  Object.entries(LETTERS).map(([word, letter]) => [letter, word as ReasonWord]),
);

/** Whether a field among token records has the reason of a temporary link, a pin or deaths: no service's name has a colon. */
export function isOtherField(field: string): boolean {
  return [':why', ':pin', ':poison'].some((suffix) => field.endsWith(suffix));
}

/** The reason of a temporary link that has none. */
export const PLACED: Reason = Object.freeze({ why: 'placed' });

/** A reason's letter, as an argument of a script. */
export function letterOf(why: ReasonWord | undefined): string | undefined {
  return why && LETTERS[why];
}

/** A name, as an argument of a script: without the characters that separate the parts of a record. */
export function encodedName(by: string | undefined): string | undefined {
  return by === undefined ? undefined : encodeURIComponent(by);
}

/** Reads an encoded name; `undefined` for none. */
export function decodedName(stored: string | undefined): string | undefined {
  return stored ? decodeURIComponent(stored) : undefined;
}

/**
 * Reads the reason of a link. One that this release does not know is left out.
 *
 * @param token - of the claim: its time counts where the reason has none.
 */
export function reasonFrom(stored: string | undefined, token: number | undefined): Reason | undefined {
  if (!stored) return undefined;
  const why = WORDS.get(stored.charAt(0));
  if (!why) return undefined;
  if (stored.length === 1) return { why, at: token && Math.floor(token / 1_000) };
  const [at, by] = stored.slice(1).split('/');
  return { why, by: decodedName(by), at: Number(at) };
}
