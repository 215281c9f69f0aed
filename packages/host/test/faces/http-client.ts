import { once } from 'node:events';
import {
  type Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type RequestListener,
  createServer,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The client's port: the same for two answers if they came by one connection. */
  readonly connection: number | undefined;
}

export interface Ask {
  readonly uid?: string | undefined;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
  readonly agent?: Agent;
}

export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return portOf(server);
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** A server that ends with the test. */
export async function serve(
  listener: RequestListener,
  prepare: (server: Server) => void = () => {},
): Promise<{ readonly port: number; readonly server: Server } & AsyncDisposable> {
  const server = createServer(listener);
  prepare(server);
  const port = await listen(server);
  return {
    port,
    server,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

export async function ask(
  port: number,
  { uid, headers, body, agent, path, method }: Ask = {},
): Promise<Answer> {
  const sent = request({
    port,
    host: '127.0.0.1',
    path: path ?? '/',
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { ...(uid !== undefined && { 'stateful-route-uid': encodeURIComponent(uid) }), ...headers },
    ...(agent && { agent }),
  });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const connection = response.socket.localPort;
  return { status: response.statusCode, headers: response.headers, body: await text(response), connection };
}
