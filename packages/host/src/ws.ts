import type { IncomingMessage } from 'node:http';
import { type Clock, systemClock } from '@stateful-route/core';
import {
  checkClock,
  checkFunction,
  configCheck,
  hasMethods,
  invalidParameter,
} from '@stateful-route/core/adapter';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Enterable } from './faces/admission.ts';
import { closeFrame, SOCKET_CLOSE_MS } from './faces/close-socket.ts';
import { followStay } from './faces/follow-stay.ts';
import { enterUpgrades } from './faces/upgrade.ts';
import type { Stay, UidOf, UpgradeListener } from './host.ts';

/** Options of {@link webSockets}. */
export interface WebSocketsOptions {
  /** The uid of an upgrade. Default: the header `stateful-route-uid`. */
  readonly uid?: UidOf | undefined;
  /** A server with `noServer: true`, for its options. Default: a new one. */
  readonly server?: WebSocketServer | undefined;
  readonly clock?: Clock | undefined;
}

/** Takes a user's WebSocket, which is open. */
export type OnSocket<State> = (socket: WebSocket, request: IncomingMessage, stay: Stay<State>) => void;

const checkOptions = configCheck<WebSocketsOptions>({
  uid: (value) => checkFunction(value, 'uid'),
  server: (value) => {
    if (!hasMethods(value, ['handleUpgrade'])) {
      throw invalidParameter('server', 'must be a WebSocketServer, made with { noServer: true }');
    }
  },
  clock: checkClock,
});

/**
 * The listener for a server's `upgrade` event that serves users by WebSocket.
 *
 * An upgrade is answered 421, 503 or 400 while that is possible. When the user leaves this pod the socket reads no more: a
 * message that comes then is not emitted, and its sender gets no answer. After the save and the move the socket closes with 1012
 * ("Service Restart") and the reason, or with 1000 when the application ended the entity. The stay ends with the socket.
 *
 * @example
 * server.on('upgrade', webSockets(host, (socket, request, stay) => {
 *   socket.on('message', (text) => stay.use((room) => room.say(String(text))));
 * }));
 */
export function webSockets<State>(
  host: Enterable<State>,
  onSocket: OnSocket<State>,
  options: WebSocketsOptions = {},
): UpgradeListener {
  checkFunction(onSocket, 'onSocket');
  checkOptions(options);
  const { uid, server = new WebSocketServer({ noServer: true }), clock = systemClock } = options;
  return enterUpgrades(host, uid, (request, socket, head, stay) => {
    server.handleUpgrade(request, socket, head, (webSocket) => {
      follow(webSocket, stay, clock);
      onSocket(webSocket, request, stay);
      server.emit('connection', webSocket, request);
    });
  });
}

/** Pauses the socket when its user leaves, and closes it when the user has gone. */
function follow(socket: WebSocket, stay: Stay<unknown>, clock: Clock): void {
  // `pause` does not hold back the messages of a chunk that was read before.
  const emit = socket.emit.bind(socket);
  socket.emit = (event: string | symbol, ...values: unknown[]) =>
    !(event === 'message' && stay.signal.aborted) && emit(event, ...values);
  const off = followStay(stay, {
    pause: () => socket.pause(),
    close: (closed) => {
      const { code, reason } = closeFrame(closed);
      const cancel = clock.setTimeout(() => socket.terminate(), SOCKET_CLOSE_MS);
      socket.once('close', cancel);
      // Else the client's answer to the close would not be read.
      socket.resume();
      socket.close(code, reason);
    },
  });
  socket.once('close', off);
}
