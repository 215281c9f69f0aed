// oxlint-disable no-underscore-dangle -- Node names its hook so
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** Requests whose client waits for `100 Continue` before it sends the body. */
const waiting = new WeakSet<IncomingMessage>();

/**
 * Lets a server send `100 Continue` when the body of a request is first read, not before. So a guard answers 421 before the
 * client has sent the body, and a gateway can send the request to another pod without having kept the body. `runUntilSignal`
 * does it for its server. Does nothing for a server that has a listener for `checkContinue`.
 */
export function continueWhenRead(server: Server): void {
  if (server.listenerCount('checkContinue') > 0) return;
  server.on('checkContinue', (request, response) => {
    sendContinueOnRead(request, response);
    server.emit('request', request, response);
  });
}

function sendContinueOnRead(request: IncomingMessage, response: ServerResponse): void {
  waiting.add(request);
  const read = request._read.bind(request);
  // Node calls it for the first reader of the body, whichever way it reads.
  request._read = (size) => {
    request._read = read;
    waiting.delete(request);
    if (!response.headersSent && !response.destroyed) response.writeContinue();
    read(size);
  };
}

export function isWaitingForContinue(request: IncomingMessage): boolean {
  return waiting.has(request);
}
