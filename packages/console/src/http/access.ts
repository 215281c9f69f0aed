import type { MiddlewareHandler } from 'hono';
import { Failure } from './failure.ts';

/** Somebody who is signed in. */
export interface Visitor {
  /** A name for the journal. */
  readonly who: string;
  readonly may: 'read' | 'act';
}

/**
 * Says who sent a request. `undefined`: nobody who may look, which is answered with 403. A `Response` is sent as it is, as a 401 or
 * a redirect to a sign-in.
 */
export type Authorize = (
  request: Request,
) => Visitor | Response | undefined | Promise<Visitor | Response | undefined>;

/** What the handlers of the API find in their context. */
export interface ApiEnv {
  Variables: { readonly visitor: Visitor };
}

/** Refuses a `Host` that is not one of these: a page of a stranger's name that leads to this address (DNS rebinding). */
export function onlyHosts(allowed: readonly string[]): MiddlewareHandler {
  const names = new Set(allowed.map((host) => host.toLowerCase()));
  return async (c, next) => {
    const given = [c.req.header('host'), new URL(c.req.url).host].filter((host) => host !== undefined);
    if (given.every((host) => names.has(host.toLowerCase()) || names.has(withoutPort(host)))) return next();
    throw new Failure('FORBIDDEN', 'This console does not answer to that Host.');
  };
}

const withoutPort = (host: string): string => host.toLowerCase().replace(/:\d+$/, '');

/** Asks who sent a request of the API. */
export function onlyVisitors(authorize: Authorize): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const visitor = await authorize(c.req.raw);
    if (visitor instanceof Response) return visitor;
    if (!visitor) throw new Failure('FORBIDDEN', 'You may not look at this console.');
    c.set('visitor', visitor);
    return next();
  };
}

/**
 * Refuses a change that another site's page could have sent, or that whoever sent it may not make. A browser names the origin of
 * every POST; a program that is none sends no `Origin`.
 */
export function onlyActors(readOnly: boolean): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const origin = c.req.header('origin');
    const site = c.req.header('sec-fetch-site');
    const isOwn = origin === undefined || hostOf(origin) === c.req.header('host');
    if (!isOwn || (site !== undefined && site !== 'same-origin')) {
      throw new Failure('FORBIDDEN', 'Actions are accepted from the page of this console alone.');
    }
    if (readOnly) throw new Failure('FORBIDDEN', 'This console is read-only.');
    if (c.get('visitor').may !== 'act') throw new Failure('FORBIDDEN', 'You may look, but not act.');
    if (!/^application\/json(?:;|$)/i.test(c.req.header('content-type') ?? '')) {
      throw new Failure('INVALID_REQUEST', 'Send the body as application/json.');
    }
    return next();
  };
}

const hostOf = (origin: string): string | undefined =>
  URL.canParse(origin) ? new URL(origin).host : undefined;
