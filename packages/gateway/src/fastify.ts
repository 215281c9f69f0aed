import type { EventEmitter } from 'node:events';
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

  const remove = takeUpgrades(server, prefix.replace(/\/+$/, ''), gateway);
  app.addHook('preClose', async () => {
    await gateway.close();
    remove();
  });
};

interface Upgrades {
  readonly byPrefix: Map<string, Gateway>;
  readonly listener: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/** Of each server with gateways. An upgrade belongs to the longest of the prefixes, as a request does. */
const upgradesOf = new WeakMap<EventEmitter, Upgrades>();

function takeUpgrades(server: EventEmitter, prefix: string, gateway: Gateway): () => void {
  const upgrades = upgradesOf.get(server) ?? listenForUpgrades(server);
  upgrades.byPrefix.set(prefix, gateway);
  return () => {
    upgrades.byPrefix.delete(prefix);
    if (upgrades.byPrefix.size > 0) return;
    server.off('upgrade', upgrades.listener);
    upgradesOf.delete(server);
  };
}

function listenForUpgrades(server: EventEmitter): Upgrades {
  const byPrefix = new Map<string, Gateway>();
  const listener: Upgrades['listener'] = (request, socket, head) => {
    const { url = '' } = request;
    const own = [...byPrefix.keys()].filter((prefix) => isBelow(url, prefix));
    const [longest] = own.toSorted((a, b) => b.length - a.length);
    if (longest !== undefined) byPrefix.get(longest)!.upgrade(request, socket, head);
    else if (server.listenerCount('upgrade') === 1) refuse(socket);
  };
  server.on('upgrade', listener);
  const upgrades = { byPrefix, listener };
  upgradesOf.set(server, upgrades);
  return upgrades;
}

function isBelow(url: string, prefix: string): boolean {
  return url.startsWith(prefix) && (url.length === prefix.length || '/?'.includes(url[prefix.length]!));
}

/** Nobody else would end this socket. */
function refuse(socket: Duplex): void {
  socket.on('error', () => {});
  socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', () =>
    socket.destroy(),
  );
}
