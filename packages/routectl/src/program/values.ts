import type { JournalType } from '@stateful-route/core';
import { JOURNAL_TYPES } from '@stateful-route/core/adapter';
import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const DURATION_MAX_MS = 24 * 3_600_000;

/** A duration in ms: `30`, `30s`, `500ms`, `5m`, `1h`. Without a unit it is in seconds. */
export function durationMs(text: string): number {
  const [, digits, unit = 's'] = /^(\d{1,9})(ms|s|m|h)?$/.exec(text) ?? [];
  const ms = Number(digits) * UNITS[unit]!;
  if (ms > 0 && ms <= DURATION_MAX_MS) return ms;
  throw new InvalidArgumentError('It must be a duration of at most a day, such as 30s, 5m or 500ms.');
}

/** A whole number above 0. */
export function positive(text: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value > 0) return value;
  throw new InvalidArgumentError('It must be a whole number from 1 to 999999999.');
}

/** A rate above 0. */
export function rate(text: string): number {
  const value = /^\d{1,9}(?:\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (value > 0) return value;
  throw new InvalidArgumentError('It must be a number above 0.');
}

/** `HOST:PORT`, several of them by commas, or the option several times. What they are is checked with the settings. */
export function nodes(text: string, before: readonly string[] = []): string[] {
  return [...before, ...text.split(',').map((node) => node.trim())];
}

/** Types of the journal's entries, several of them by commas, or the option several times. */
export function journalTypes(text: string, before: readonly JournalType[] = []): JournalType[] {
  const types = text.split(',').map((type) => type.trim());
  const unknown = types.find((type) => !(JOURNAL_TYPES as readonly string[]).includes(type));
  if (unknown === undefined) return [...before, ...(types as JournalType[])];
  throw new InvalidArgumentError(`${unknown} is none of ${JOURNAL_TYPES.join(', ')}.`);
}
