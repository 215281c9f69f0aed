import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { HostPort } from '@stateful-route/core/adapter';
import type { Gateway } from '../gateway.ts';
import type { ChooseService } from './choose-service.ts';

/** Longer than ingresses keep idle connections: the side that sends requests must be the first to close. */
const KEEP_ALIVE_MS = 75_000;
const HEADERS_TIMEOUT_MS = 10_000;
/** How soon a connection is ended that sends no request, so that it does not hold up the end. */
const CHECK_MS = 1000;
/** A slow upload may take as long as it moves: the gateway itself ends what stands still. */
const NO_LIMIT = 0;

/** A service behind the listener. */
export interface PublicService {
  readonly gateway: Pick<Gateway, 'request' | 'upgrade'>;
  /** Called with each request. */
  readonly observe: (response: ServerResponse) => void;
}

/** The listener for the services' requests. */
export interface PublicServer {
  readonly address: HostPort;
  /** From now on each answer ends its connection, so that clients go elsewhere. */
  sendAway(): void;
  /** Stops listening; resolves when all connections have ended. */
  close(): Promise<void>;
  /** Cuts off what is left. */
  destroy(): void;
}

/** Listens for the services' requests. Nothing else is answered here. */
export async function listenForRequests(
  choose: ChooseService<PublicService>,
  { host, port }: HostPort,
): Promise<PublicServer> {
  let sendsAway = false;
  let isClosing = false;
  /** Node keeps a connection whose answer began before the end. */
  const closeIdle = (): void => {
    if (isClosing) setImmediate(() => server.closeIdleConnections());
  };
  const request = (incoming: IncomingMessage, response: ServerResponse): void => {
    if (sendsAway) response.shouldKeepAlive = false;
    response.once('close', closeIdle);
    const service = choose(incoming);
    if (!service) {
      incoming.resume();
      response.writeHead(404, { 'content-type': 'text/plain' }).end('There is no such service.\n');
      return;
    }
    service.observe(response);
    service.gateway.request(incoming, response);
  };
  const upgrade = (incoming: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const service = choose(incoming);
    if (service) service.gateway.upgrade(incoming, socket, head);
    else {
      socket.on('error', () => {});
      const answer = 'HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
      // A client that does not end its side would be waited for at the end.
      socket.end(answer, () => socket.destroy());
    }
  };
  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: NO_LIMIT,
    connectionsCheckingInterval: CHECK_MS,
  });
  server.on('request', request).on('checkContinue', request).on('upgrade', upgrade);
  server.listen(port, host);
  await once(server, 'listening');
  const bound = server.address();
  return {
    address: { host, port: typeof bound === 'object' && bound ? bound.port : port },
    sendAway() {
      sendsAway = true;
    },
    async close() {
      const closed = once(server, 'close');
      isClosing = true;
      server.close();
      await closed;
    },
    destroy() {
      server.closeAllConnections();
    },
  };
}
