import { isRouteError, routeError } from '@stateful-route/core';
import { errorCode, NoConnection, TRANSIENT_CODES, withoutSecrets } from '../client/client-errors.ts';

/** The error of a reading that failed at the client or the server. */
export function inspectError(operation: string, error: unknown): Error {
  if (isRouteError(error)) return error;
  const cause = withoutSecrets(error);
  const fields = { operation };
  if (error instanceof NoConnection) {
    const { transient: retryable, address: unreachable } = error;
    return routeError(
      'STORE_ERROR',
      `${operation} failed: ${error.message}`,
      { ...fields, unreachable },
      { cause, retryable },
    );
  }
  const retryable = cause.name !== 'ReplyError' || TRANSIENT_CODES.has(errorCode(cause.message));
  return routeError('STORE_ERROR', `${operation} failed at the store: ${cause.message}`, fields, {
    cause,
    retryable,
  });
}

/** Whether a server refused a command because its user lacks the right to it, or to a key. */
export function isDenied(error: unknown): boolean {
  return error instanceof Error && /NOPERM|can't (?:run|access|publish)|no permissions/i.test(error.message);
}
