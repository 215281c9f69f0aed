import type { IncomingMessage } from 'node:http';
import { invalidParameter } from '@stateful-route/core/adapter';

/** The header in which a gateway names the user: percent-encoded UTF-8. */
export const UID_HEADER = 'stateful-route-uid';

/** What `encodeURIComponent` writes. A comma would join the values of several such headers. */
const ENCODED = /^[!'()*\-.\w~%]*$/;

/**
 * The uid that the gateway sent; `undefined` without one.
 *
 * @throws `INVALID_PARAMETER` if the header is there more than once or is not percent-encoded UTF-8.
 */
export function uidFromHeader(request: Pick<IncomingMessage, 'headers'>): string | undefined {
  const value = request.headers[UID_HEADER];
  return value === undefined ? undefined : decodeUid(String(value));
}

/** Reads the header's value. An empty one counts as none. */
export function decodeUid(value: string): string | undefined {
  try {
    if (ENCODED.test(value)) return decodeURIComponent(value) || undefined;
  } catch {
    // an incomplete escape, or no UTF-8
  }
  throw invalidParameter(UID_HEADER, 'must be there once, as encodeURIComponent writes it');
}
