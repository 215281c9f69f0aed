import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Pool } from 'undici';

/** Headers of one connection, which no proxy may send on. */
const OF_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'te', 'trailer']);

/** The least that a proxy can do: streams every request to one server by undici, and its answer back. */
export function bareProxy(origin: string): RequestListener {
  const pool = new Pool(origin);
  return (request, response) => {
    forward(pool, request, response).catch(() => response.destroy());
  };
}

async function forward(pool: Pool, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { url: path = '/', method = 'GET' } = request;
  const hasBody = request.headers['content-length'] !== undefined || 'transfer-encoding' in request.headers;
  const body = hasBody ? request : null;
  const options = { path, method, headers: kept(request.headers), body };
  await pool.stream(options, ({ statusCode, headers }) => {
    response.writeHead(statusCode, kept(headers));
    return response;
  });
}

function kept<Headers extends Readonly<Record<string, unknown>>>(headers: Headers): Headers {
  const own: Record<string, unknown> = {};
  for (const name in headers) if (!OF_CONNECTION.has(name)) own[name] = headers[name];
  return own as Headers;
}
