import type { IncomingMessage } from 'node:http';
import type { Refusal } from '../admission.ts';
import { refuse } from './refusals.ts';
import { singleHeader } from './single-header.ts';

const SAFE_METHODS: readonly unknown[] = ['GET', 'HEAD', 'OPTIONS'];

/** Refuses a request that a page of another site could have sent with this user's cookies. */
export type CheckOrigin = (request: IncomingMessage, upgrade: boolean) => Refusal | undefined;

const FOREIGN = refuse(403, 'Requests from this origin are not allowed.');

/**
 * Requires an `Origin` of upgrades and of requests that change something. Browsers send it with all of those.
 *
 * @param allowed - the origins, as `https://app.example`. Default: those of the request's own host.
 */
export function originCheck(allowed: readonly string[] | undefined): CheckOrigin {
  const origins = allowed && new Set(allowed);
  return (request, upgrade) => {
    if (!upgrade && SAFE_METHODS.includes(request.method)) return undefined;
    const origin = singleHeader(request, 'origin');
    if (typeof origin !== 'string' || origin === 'null') return FOREIGN;
    const isAllowed = origins ? origins.has(origin) : isOwnHost(origin, request);
    return isAllowed ? undefined : FOREIGN;
  };
}

/** The scheme is not compared: the ingress in front ends TLS. */
function isOwnHost(origin: string, request: IncomingMessage): boolean {
  const host = singleHeader(request, 'host');
  if (typeof host !== 'string' || !URL.canParse(origin)) return false;
  const { protocol, host: from, origin: whole } = new URL(origin);
  if (whole !== origin || !URL.canParse(`${protocol}//${host}`)) return false;
  // As URLs, so that a scheme's own port may be named or not.
  const own = new URL(`${protocol}//${host}`);
  return own.host === from && own.pathname === '/' && own.search === '' && own.username === '';
}
