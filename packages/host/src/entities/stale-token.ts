import { checkInteger, REQUESTED_TOKEN_MAX } from '@stateful-route/core/adapter';

const brand = Symbol.for('stateful-route.StaleToken');

/** The greatest token after which a claim can still have a greater one. */
const SEEN_MAX = REQUESTED_TOKEN_MAX - 1;

/**
 * The error that `open` and `save` throw if the storage knows a greater token than theirs. At opening, the host claims the user
 * again with a token above `seen`; at saving, another pod has the user, and the entity is closed as lost.
 *
 * @param seen - the token that the storage knows, from 0 to 2^53 - 2^32 - 1.
 * @throws `INVALID_PARAMETER` for anything else: nobody could claim the user with a greater token.
 *
 * @example
 * const { registered } = await storage.register(uid, token);
 * if (registered > token) throw staleToken(registered);
 */
export function staleToken(seen: number): Error {
  checkInteger(seen, 'seen', 0, SEEN_MAX);
  const error = new Error(`The storage knows a greater token (${seen}), so this pod may not write.`);
  error.name = 'StaleTokenError';
  return Object.defineProperty(error, brand, { value: seen });
}

/** The token that a caught `staleToken` carries; `undefined` for any other error. Recognises errors of another copy, too. */
export function seenToken(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !(brand in error)) return undefined;
  const seen = error[brand];
  const isToken = typeof seen === 'number' && Number.isInteger(seen) && seen >= 0 && seen <= SEEN_MAX;
  return isToken ? seen : undefined;
}
