import { createHash, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';

/** The hosts of this machine, as addresses name them. */
export const LOOPBACK: RegExp = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;
const BEARER = /^Bearer +(?<token>\S+)$/i;

/**
 * Refuses what a web page could send: a request with an `Origin`, or with a `Host` that is not this machine's. With a token it
 * also refuses whoever does not send it.
 */
export function access(token: string | undefined): MiddlewareHandler {
  const expected = token === undefined ? undefined : digest(token);
  return async (c, next) => {
    if (c.req.header('origin') !== undefined)
      return c.json({ error: 'Requests of web pages are refused: send no Origin.' }, 403);
    const hosts = [c.req.header('host'), new URL(c.req.url).host].filter((host) => host !== undefined);
    if (!hosts.every((host) => LOOPBACK.test(host.replace(/:\d+$/, ''))))
      return c.json({ error: 'The Host must be localhost, 127.0.0.1 or [::1].' }, 403);
    if (expected) {
      const given = BEARER.exec(c.req.header('authorization') ?? '')?.groups?.['token'];
      // Digests have one length, so the comparison tells nothing by its time.
      if (given === undefined || !timingSafeEqual(digest(given), expected)) {
        c.header('www-authenticate', 'Bearer');
        return c.json(
          { error: "Send the token of the agent's --token-file: Authorization: Bearer TOKEN." },
          401,
        );
      }
    }
    return next();
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
