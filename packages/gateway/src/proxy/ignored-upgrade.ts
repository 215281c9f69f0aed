import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { UpgradeRequest } from './upgrade.ts';

/** Whether a request offers HTTP/2, which would go past everything that a gateway checks. Some clients offer it with each one. */
export function offersHttp2({ headers }: IncomingMessage): boolean {
  return /\bh2c?\b/i.test(headers.upgrade ?? '');
}

/**
 * Serves a request as if it offered no upgrade, which a server may ignore (RFC 9110, 7.8). Node reads no more of a connection that
 * asks for one, not even the request's body: the server gets the connection anew, with the head without the offer, once it has
 * answered the requests before.
 *
 * @returns whether the connection has a server, as those of Node have.
 */
export function ignoreUpgrade({ request, socket, head }: UpgradeRequest): boolean {
  const { server } = request.socket as { readonly server?: unknown };
  if (!(server instanceof EventEmitter)) return false;
  const serveAgain = (): void => {
    const { _httpMessage: answer } = socket as { readonly _httpMessage?: ServerResponse | null };
    if (answer) {
      // The next one is assigned after this event.
      answer.once('close', () => queueMicrotask(serveAgain));
      return;
    }
    if (socket.destroyed) return;
    // Which ends a connection that waits for its next request.
    request.socket.setTimeout(0);
    socket.unshift(Buffer.concat([headWithoutUpgrade(request), head]));
    server.emit(socket instanceof TLSSocket ? 'secureConnection' : 'connection', socket);
  };
  serveAgain();
  return true;
}

function headWithoutUpgrade({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]!.toLowerCase() !== 'upgrade') text += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`;
  }
  return Buffer.from(`${text}\r\n`, 'latin1');
}
