import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Clock, systemClock } from '@stateful-route/core';
import { checkFunction, onAbort } from '@stateful-route/core/adapter';
import type { OnUpgrade, Stay, UidOf, UpgradeListener } from '../host.ts';
import { admit, type Enterable } from './admission.ts';
import { endSocket, SOCKET_CLOSE_MS } from './close-socket.ts';
import { followStay } from './follow-stay.ts';
import { answerOf, type Refusal, refusalOfUidError } from './refusal.ts';
import { uidFromHeader } from './uid-from-header.ts';

/** The upgrade listener of a host: see `Host.upgrade`. */
export function createUpgrade<State>(
  host: Enterable<State>,
  uidOf: UidOf | undefined,
  onUpgrade: OnUpgrade<State>,
  clock: Clock = systemClock,
): UpgradeListener {
  checkFunction(onUpgrade, 'onUpgrade');
  return enterUpgrades(host, uidOf, (request, socket, head, stay) => {
    // A client that ends its side has gone: the stay must not outlive it.
    socket.allowHalfOpen = false;
    const off = followStay(stay, {
      pause: () => socket.pause(),
      close: () => {
        // The application's `close` may still write to it, and end it.
        const cancel = clock.setTimeout(() => endSocket(socket), SOCKET_CLOSE_MS);
        socket.once('close', cancel);
      },
    });
    socket.once('close', off);
    onUpgrade(request, socket, head, stay);
  });
}

/** Like `createUpgrade`, but leaves pausing and closing to `onUpgrade`. The stay ends with the socket. */
export function enterUpgrades<State>(
  host: Enterable<State>,
  uidOf: UidOf | undefined = uidFromHeader,
  onUpgrade: OnUpgrade<State>,
): UpgradeListener {
  checkFunction(uidOf, 'uidOf');
  const enter = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    let stay: Stay<State> | undefined;
    try {
      stay = await enterForSocket(host, () => uidOf(request), socket);
    } catch (error) {
      const refusal = refusalOfUidError(error);
      refuseUpgrade(socket, refusal);
      if (refusal.status >= 500) process.emitWarning(error instanceof Error ? error : String(error));
    }
    if (stay) onUpgrade(request, socket, head, stay);
  };
  return (request, socket, head) => {
    void enter(request, socket, head);
  };
}

/**
 * Enters a user until the socket closes. Answers a refusal by itself. Rejects with what `uidOf` threw.
 *
 * @returns `undefined` if the socket was answered, or closed.
 */
async function enterForSocket<State>(
  host: Enterable<State>,
  uidOf: () => string | undefined | Promise<string | undefined>,
  socket: Duplex,
): Promise<Stay<State> | undefined> {
  const closed = endOfSocket(socket);
  const { stay, refusal } = await admit(host, uidOf, closed);
  if (refusal) refuseUpgrade(socket, refusal);
  if (stay) onAbort(closed, () => stay.leave());
  return stay;
}

/** Fires when the socket is closed. */
export function endOfSocket(socket: Duplex): AbortSignal {
  const closed = new AbortController();
  socket.once('close', () => closed.abort());
  // Without a listener an error of the connection would end the process. 'close' follows it.
  socket.on('error', () => {});
  if (socket.destroyed) closed.abort();
  return closed.signal;
}

/** Answers on the bare socket, and ends it. */
export function refuseUpgrade(socket: Duplex, refusal: Refusal): void {
  const { headers, body } = answerOf(refusal);
  const lines = Object.entries({ ...headers, connection: 'close' }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const status = `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}`;
  endSocket(socket, `${status}\r\n${lines.join('')}\r\n${body}`);
}
