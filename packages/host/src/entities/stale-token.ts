import { checkInteger } from '@stateful-route/core/adapter';

const brand = Symbol.for('stateful-route.StaleToken');

/**
 * The error that `open` and `save` throw if the storage knows a greater token than theirs. At opening, the host claims the user
 * again with a token above `seen`; at saving, another pod has the user, and the entity is closed as lost.
 *
 * @param seen - the token that the storage knows.
 *
 * @example
 * const { registered } = await storage.register(uid, token);
 * if (registered > token) throw staleToken(registered);
 */
export function staleToken(seen: number): Error {
  checkInteger(seen, 'seen', 0, Number.MAX_SAFE_INTEGER);
  const error = new Error(`The storage knows a greater token (${seen}), so this pod may not write.`);
  error.name = 'StaleTokenError';
  return Object.defineProperty(error, brand, { value: seen });
}

/** The token that a caught `staleToken` carries; `undefined` for any other error. Recognises errors of another copy, too. */
export function seenToken(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !(brand in error)) return undefined;
  const seen = error[brand];
  return typeof seen === 'number' ? seen : undefined;
}
