import { routeError } from '@stateful-route/core';
import { errorCode, withoutSecrets } from '../client/client-errors.ts';
import { UnreadableReply } from '../stored/replies.ts';
import type { Operation } from './operation.ts';

/** Codes of errors about what a key holds: the server's own, and that of the scripts. */
const DAMAGE_CODES = new Set(['WRONGTYPE', 'GARBAGE']);

/** How many names an error's message has at most. */
const NAMES_MAX = 3;

/** In place of an item's reply: what the item's keys hold cannot be read. */
export class DamagedItem {
  readonly problem: unknown;

  constructor(problem: unknown) {
    this.problem = problem;
  }
}

/** Whether an error is about what an item's own keys hold, and concerns no other item. */
export function isDamage(error: unknown): boolean {
  if (error instanceof UnreadableReply) return true;
  return error instanceof Error && DAMAGE_CODES.has(errorCode(error.message));
}

/** The replies about all items; throws one error that names every item whose keys are damaged. */
export function undamaged<Reply>(
  names: readonly string[],
  replies: readonly (Reply | DamagedItem)[],
  { name: operation }: Operation,
): readonly Reply[] {
  const first = replies.find((reply) => reply instanceof DamagedItem);
  if (!first) return replies as readonly Reply[];
  const damaged = [...new Set(names.filter((_, at) => replies[at] instanceof DamagedItem))];
  const named = damaged.slice(0, NAMES_MAX).join(', ');
  const more = damaged.length > NAMES_MAX ? ` and ${damaged.length - NAMES_MAX} more` : '';
  const cause = withoutSecrets(first.problem);
  throw routeError(
    'STORE_ERROR',
    `${operation} cannot read what the store holds of ${named}${more}: ${cause.message}. Remove or repair those keys; without them the other items can be read.`,
    { operation, damaged },
    { cause, retryable: false },
  );
}

/** The values that there are, by the name at the same position. */
export function valuesByName<T>(
  names: readonly string[],
  values: readonly (T | undefined)[],
): Map<string, T> {
  const byName = new Map<string, T>();
  for (const [at, value] of values.entries()) if (value !== undefined) byName.set(names[at]!, value);
  return byName;
}
