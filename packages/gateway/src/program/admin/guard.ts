import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isLoopback } from '../loopback.ts';
import { singleHeader } from '../../admit/single-header.ts';

/** A header for the token, where `Authorization` is the client's own. */
const TOKEN_HEADER = 'stateful-route-token';

/**
 * Why a request to the admin listener is refused; undefined if it is not.
 *
 * @param forClient - whether it has the headers of a proxy's client, which says nothing of who sends it.
 */
export type AdminGuard = (
  request: IncomingMessage,
  forClient: boolean,
) => { readonly status: 401 | 403; readonly why: string } | undefined;

/**
 * Lets in who knows the token. Without one the listener is on the loopback interface, where a browser on this machine is the way
 * in for others: a page of another site, or a name that is made to resolve to 127.0.0.1.
 */
export function adminGuard(token: string | undefined): AdminGuard {
  if (token !== undefined) {
    const expected = digest(token);
    return (request) => {
      const given = tokenOf(request);
      const isRight = given !== undefined && timingSafeEqual(digest(given), expected);
      return isRight ? undefined : { status: 401, why: 'The token is missing or wrong.' };
    };
  }
  return (request, forClient) => {
    const { host = '', origin, 'sec-fetch-site': site } = request.headers;
    if (!URL.canParse(`http://${host}`) || !isLoopback(bareHost(host))) {
      return { status: 403, why: 'The host must be localhost or 127.0.0.1.' };
    }
    const isFromPage =
      origin !== undefined || (site !== undefined && site !== 'none' && site !== 'same-origin');
    return isFromPage && !forClient ? { status: 403, why: 'Requests of web pages are refused.' } : undefined;
  };
}

const bareHost = (host: string): string => new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, '');
// As digests, so that neither the length nor the first difference shows in the time.
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function tokenOf(request: IncomingMessage): string | undefined {
  const own = singleHeader(request, TOKEN_HEADER);
  if (typeof own === 'string') return own;
  const authorization = singleHeader(request, 'authorization');
  return typeof authorization === 'string' ? /^bearer +(\S+)$/i.exec(authorization)?.[1] : undefined;
}
