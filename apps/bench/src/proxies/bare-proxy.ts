import type { RequestListener } from 'node:http';
import { Pool } from 'undici';

/** Headers of one connection, which no proxy may send on. */
const OF_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'te', 'trailer']);

/** The least that a proxy can do: streams every request to one server by undici's `dispatch`, and its answer back. */
export function bareProxy(origin: string): RequestListener {
  const pool = new Pool(origin);
  return (request, response) => {
    const { url: path = '/', method = 'GET' } = request;
    const hasBody = request.headers['content-length'] !== undefined || 'transfer-encoding' in request.headers;
    const body = hasBody ? request : null;
    pool.dispatch(
      { path, method, headers: kept(request.headers), body },
      {
        onRequestStart(controller) {
          response.on('close', () => {
            if (!response.writableFinished) controller.abort(new Error('The client has gone.'));
          });
        },
        onResponseStart(_controller, status, headers) {
          response.writeHead(status, kept(headers));
        },
        onResponseData(controller, chunk) {
          if (response.write(chunk)) return;
          controller.pause();
          response.once('drain', () => controller.resume());
        },
        onResponseEnd() {
          response.end();
        },
        onResponseError() {
          response.destroy();
        },
      },
    );
  };
}

function kept<Headers extends Readonly<Record<string, unknown>>>(headers: Headers): Headers {
  const own: Record<string, unknown> = {};
  for (const name in headers) if (!OF_CONNECTION.has(name)) own[name] = headers[name];
  return own as Headers;
}
