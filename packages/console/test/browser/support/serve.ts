import type { AddressInfo } from 'node:net';
import { serve as listen } from '@hono/node-server';

/** A handler behind an HTTP server of its own. */
export interface Served extends AsyncDisposable {
  readonly url: string;
}

/** Serves a handler on a free port. */
export function serve(fetch: (request: Request) => Response | Promise<Response>): Promise<Served> {
  return new Promise((resolve) => {
    const server = listen({ fetch, port: 0, hostname: '127.0.0.1' }, ({ port }: AddressInfo) => {
      resolve({
        url: `http://127.0.0.1:${port}`,
        [Symbol.asyncDispose]: () =>
          new Promise((closed) => {
            server.close(() => closed());
            if ('closeAllConnections' in server) server.closeAllConnections();
          }),
      });
    });
  });
}
