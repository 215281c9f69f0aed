import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { checkFunction, onAbort } from '@stateful-route/core/adapter';
import type { Guard, GuardedRequest, RequestEntity, UidOf } from '../host.ts';
import { admit, type Enterable } from './admission.ts';
import { answerOf, isRefusalError, type Refusal, refusalOfUidError } from './refusal.ts';
import { requestEntity } from './request-entity.ts';
import { uidFromHeader } from './uid-from-header.ts';

/** The guard of a host: see `Host.guard`. */
export function createGuard<State>(host: Enterable<State>, uidOf: UidOf = uidFromHeader): Guard<State> {
  checkFunction(uidOf, 'uidOf');
  const enter = async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const entity = await enterForResponse(host, () => uidOf(request), request, response);
    // Guards may follow one another; the last one counts.
    if (entity) Object.defineProperty(request, 'entity', { value: entity, configurable: true });
    return entity !== undefined;
  };
  const run = async (
    request: IncomingMessage,
    response: ServerResponse,
    next: () => unknown,
    fail: (error: unknown) => unknown,
  ): Promise<void> => {
    try {
      if (!(await enter(request, response))) return;
    } catch (error) {
      fail(error);
      return;
    }
    try {
      await next();
    } catch (error) {
      if (!isRefusalError(error)) throw error;
      refuse(request, response, error);
    }
  };
  const guard = (
    request: IncomingMessage,
    response: ServerResponse,
    next: (error?: unknown) => unknown,
  ): void => {
    void run(request, response, () => next(), next);
  };
  const handle: Guard<State>['handle'] = (handler) => {
    checkFunction(handler, 'handler');
    return (request, response) => {
      const fail = (error: unknown): void => refuse(request, response, refusalOfUidError(error));
      void run(request, response, () => handler(request as GuardedRequest<State>, response), fail);
    };
  };
  return Object.assign(guard, { handle });
}

/**
 * Enters a user until the response ends or its connection closes. Answers a refusal by itself. Rejects with what `uidOf` threw.
 *
 * @returns `undefined` if the request was answered, or its client went away.
 */
async function enterForResponse<State>(
  host: Enterable<State>,
  uidOf: () => string | undefined | Promise<string | undefined>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<RequestEntity<State> | undefined> {
  const ended = endOf(response);
  const { stay, refusal } = await admit(host, uidOf, ended);
  if (refusal) refuse(request, response, refusal);
  if (!stay) return undefined;
  onAbort(ended, () => stay.leave());
  return requestEntity(stay);
}

/** Fires when the response is complete, or its connection closed. */
export function endOf(response: ServerResponse): AbortSignal {
  const ended = new AbortController();
  // A response that waits for its turn on a connection does not hear that it closes.
  const off = onAbort(closedSignal(response.req.socket), () => ended.abort());
  response.once('close', () => {
    off();
    ended.abort();
  });
  if (response.destroyed || response.closed) ended.abort();
  return ended.signal;
}

const closedSignals = new WeakMap<object, AbortSignal>();

/** Fires when the connection has closed. All its requests share one listener. */
function closedSignal(connection: Socket): AbortSignal {
  const known = closedSignals.get(connection);
  if (known) return known;
  const closed = new AbortController();
  closedSignals.set(connection, closed.signal);
  if (connection.destroyed) closed.abort();
  else connection.once('close', () => closed.abort());
  return closed.signal;
}

/** Answers a refusal. Ends the connection instead if the answer has begun. */
export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, message }: Pick<Refusal, 'status' | 'headers' | 'message'>,
): void {
  if (response.destroyed || response.writableEnded) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const answer = answerOf({ status, headers, message }, request);
  response.writeHead(status, answer.headers).end(answer.body);
  // Read and dropped, the rest of the body leaves the connection fit for the next request.
  request.resume();
}
