import { routeError } from '@stateful-route/core';
import { errorWord } from '../client/error-word.ts';
import { UnreadableReply } from '../stored/replies.ts';
import type { StoreCall } from './store-call.ts';
import { withoutSecrets } from './store-error.ts';

/** The words of errors about what a key holds: the server's own, and that of the scripts. */
const DAMAGE = new Set(['WRONGTYPE', 'GARBAGE']);

/** How many names an error's message has at most. */
const NAMES_MAX = 3;

/** In the place of a reply: what the item's keys hold cannot be read. */
export class DamagedItem {
  readonly problem: unknown;

  constructor(problem: unknown) {
    this.problem = problem;
  }
}

/** Whether an error is about what an item's own keys hold, and says nothing of other items. */
export function isDamage(error: unknown): boolean {
  if (error instanceof UnreadableReply) return true;
  return error instanceof Error && DAMAGE.has(errorWord(error.message));
}

/** The replies about all items, or one error that names every item whose keys are damaged. */
export function undamaged<Reply>(
  names: readonly string[],
  replies: readonly (Reply | DamagedItem)[],
  { operation }: StoreCall,
): readonly Reply[] {
  const first = replies.find((reply) => reply instanceof DamagedItem);
  if (!first) return replies as readonly Reply[];
  const damaged = [...new Set(names.filter((_, at) => replies[at] instanceof DamagedItem))];
  const named = damaged.slice(0, NAMES_MAX).join(', ');
  const more = damaged.length > NAMES_MAX ? ` and ${damaged.length - NAMES_MAX} more` : '';
  const cause = withoutSecrets(first.problem);
  throw routeError(
    'STORE_ERROR',
    `${operation} cannot read what the store holds of ${named}${more}: ${cause.message}. Remove or mend those keys; without them the others are answered.`,
    { operation, damaged },
    { cause, retryable: false },
  );
}
