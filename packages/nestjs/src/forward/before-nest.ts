import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { HttpServer } from '@nestjs/common';
import type { Gateway } from '@stateful-route/gateway';
import type { Forwards } from './gateway-module-options.ts';

type Emit = (event: string | symbol, ...args: unknown[]) => boolean;

/**
 * Lets the gateway take requests and upgrades from the server before all other listeners: Nest's body parsers would read the body,
 * and the adapters of WebSockets end the upgrades that they do not know.
 */
export function takeBeforeNest(
  adapter: HttpServer,
  server: Server,
  gateway: Pick<Gateway, 'request' | 'upgrade'>,
  isForwarded: Forwards,
): void {
  const target = server as unknown as { emit: Emit };
  const emit = target.emit.bind(server);
  target.emit = (event, ...args) => {
    const isRequest = event === 'request' || event === 'checkContinue';
    if ((isRequest || event === 'upgrade') && isForwarded(args[0] as IncomingMessage)) {
      if (isRequest) gateway.request(...(args as [IncomingMessage, ServerResponse]));
      else gateway.upgrade(...(args as [IncomingMessage, Duplex, Buffer]));
      return true;
    }
    return emit(event, ...args);
  };
  // Without listeners Node would answer these by itself.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    response.writeContinue();
    emit('request', request, response);
  });
  server.on('upgrade', (_request: IncomingMessage, socket: Duplex) => {
    if (server.listenerCount('upgrade') === 1) socket.end(NO_UPGRADE);
  });
  if (adapter.getType() === 'fastify') takeFromOtherAddresses(adapter, gateway, isForwarded);
}

const NO_UPGRADE = 'HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

interface FastifyLike {
  addHook(
    name: 'onRequest',
    hook: (
      request: { readonly raw: IncomingMessage },
      reply: { readonly raw: ServerResponse; hijack(): void },
      done: () => void,
    ) => void,
  ): void;
}

/** Fastify listens to `localhost` on two addresses: for the second it makes a server of its own. */
function takeFromOtherAddresses(
  adapter: HttpServer,
  gateway: Pick<Gateway, 'request'>,
  isForwarded: Forwards,
): void {
  (adapter.getInstance() as FastifyLike).addHook('onRequest', (request, reply, done) => {
    if (!isForwarded(request.raw)) {
      done();
      return;
    }
    reply.hijack();
    gateway.request(request.raw, reply.raw);
  });
}
