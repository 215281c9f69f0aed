import { createHash, timingSafeEqual } from 'node:crypto';
import type { ApiError } from '../api/types.ts';
import type { Authorize, Visitor } from '../http/access.ts';

const BEARER = /^Bearer +(?<token>\S+)$/i;

/** Lets in who sends a token; without one, whoever reaches the port. */
export function byToken(token: string | undefined, visitor: Visitor): Authorize {
  if (token === undefined) return () => visitor;
  const expected = digest(token);
  return ({ headers }) => {
    const given = BEARER.exec(headers.get('authorization') ?? '')?.groups?.['token'];
    // Digests have one length, so the comparison tells nothing by its time.
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return visitor;
    const message = 'Send the token of the console: Authorization: Bearer TOKEN.';
    const body: ApiError = { error: { code: 'UNAUTHENTICATED', message } };
    return Response.json(body, { status: 401, headers: { 'www-authenticate': 'Bearer' } });
  };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
