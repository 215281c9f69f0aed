import type { IncomingMessage } from 'node:http';

/** A header was sent more than once. */
export const REPEATED: unique symbol = Symbol('repeated');

/**
 * The value of a header that may be sent once only. `headers` of node:http joins or drops the repeated ones, depending on the
 * name, and another reader of the same request may choose differently.
 *
 * @param name - in lower case.
 */
export function singleHeader(
  { rawHeaders }: IncomingMessage,
  name: string,
): string | undefined | typeof REPEATED {
  let found: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const raw = rawHeaders[at]!;
    if (raw.length !== name.length || (raw !== name && raw.toLowerCase() !== name)) continue;
    if (found !== undefined) return REPEATED;
    found = rawHeaders[at + 1]!;
  }
  return found;
}
