import type { IncomingMessage } from 'node:http';

/** What a request asks for, in the form in which it is sent on. */
export interface RequestTarget {
  /** The path and the query, beginning with a slash. */
  readonly path: string;
  /** The host that the client named; `undefined` from an HTTP/1.0 client that named none. */
  readonly host: string | undefined;
}

/** A request that is not sent on. */
export interface BadRequest {
  readonly status: 400 | 405 | 411 | 413 | 431 | 501;
  readonly message: string;
}

/** Node drops the headers above its own limit without a word. No request gets near it. */
const HEADERS_MAX = 256;

const BAD_PATH = /[^\u0021-\u00ff]|#/;
const HOST = /^[\w.\-~%!$&'()*+,;=:[\]]+$/;
const ABSOLUTE = /^https?:\/\/([^/?#]+)(.*)$/i;

/** The methods that have no business at a pod: TRACE shows a client what was added to its request, CONNECT makes a tunnel. */
const REFUSED_METHODS: ReadonlySet<string | undefined> = new Set(['TRACE', 'CONNECT']);

/** Checks what no parser checks for us, or checks only when it is told to be strict. */
export function targetOf(request: IncomingMessage): RequestTarget | BadRequest {
  const { rawHeaders, method, url = '' } = request;
  if (REFUSED_METHODS.has(method)) return { status: 405, message: 'This method is not forwarded.' };
  if (rawHeaders.length > 2 * HEADERS_MAX)
    return { status: 431, message: 'The request has too many headers.' };
  const { host, 'transfer-encoding': encoding, 'content-length': length } = request.headers;
  if (encoding !== undefined) {
    if (length !== undefined) {
      return { status: 400, message: 'A request has Content-Length or Transfer-Encoding, not both.' };
    }
    if (encoding.toLowerCase() !== 'chunked') {
      return { status: 501, message: 'Only the transfer encoding “chunked” is known here.' };
    }
  }
  if (host !== undefined && !isOneHost(host, rawHeaders)) {
    return { status: 400, message: 'The request must name one host.' };
  }
  if (url.startsWith('/')) return BAD_PATH.test(url) ? badPath : { path: url, host };
  const absolute = ABSOLUTE.exec(url);
  if (!absolute) return badPath;
  const [, authority = '', rest = ''] = absolute;
  const path = rest.startsWith('/') ? rest : `/${rest}`;
  // A name and a password in the target are refused with all that is no host.
  return BAD_PATH.test(path) || !HOST.test(authority) ? badPath : { path, host: authority };
}

const badPath: BadRequest = { status: 400, message: 'The target of the request must be a path.' };

function isOneHost(host: string, rawHeaders: readonly string[]): boolean {
  if (!HOST.test(host)) return false;
  let named = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    if (name.length === 4 && name.toLowerCase() === 'host') named += 1;
  }
  return named === 1;
}
