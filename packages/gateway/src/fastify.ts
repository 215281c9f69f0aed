import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyPluginAsync } from 'fastify';
import type { Gateway } from './gateway.ts';

/** Options of the plugin. */
export interface GatewayPluginOptions {
  readonly gateway: Gateway;
}

/**
 * Gives a gateway all requests and upgrades below the plugin's `prefix`; without one, all that no other route takes. Bodies are
 * not parsed. The hooks that run are those of `onRequest`, such as an authentication. Closing the application closes the gateway.
 *
 * @example
 * const gateway = createGateway(route, { service: 'room', uid: { path: 1 } });
 * await app.register(gatewayPlugin, { prefix: '/rooms', gateway });
 */
export const gatewayPlugin: FastifyPluginAsync<GatewayPluginOptions> = async (app, { gateway }) => {
  const { prefix, server } = app;
  // After those of the application, as this scope adds its own last; before the body is parsed.
  app.addHook('onRequest', async (request, reply) => {
    reply.hijack();
    gateway.request(request.raw, reply.raw);
  });
  const answered = (): void => {};
  app.all('/', answered);
  app.all('/*', answered);

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (isBelow(request.url ?? '', prefix)) gateway.upgrade(request, socket, head);
    else if (server.listenerCount('upgrade') === 1) refuse(socket);
  };
  server.on('upgrade', upgrade);
  app.addHook('preClose', async () => {
    await gateway.close();
    server.off('upgrade', upgrade);
  });
};

function isBelow(url: string, prefix: string): boolean {
  return url.startsWith(prefix) && (url.length === prefix.length || '/?'.includes(url[prefix.length]!));
}

/** Nobody else would end this socket. */
function refuse(socket: Duplex): void {
  socket.on('error', () => {});
  socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
}
