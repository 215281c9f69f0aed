import { isRouteError, NOT_MINE } from '@stateful-route/core';
import type { IncomingMessage } from 'node:http';
import { isWaitingForContinue } from './expect-continue.ts';
import { UID_HEADER } from './uid-from-header.ts';

/** Why a request is not served, as the answer that it gets. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** For people. It is sent with a 400 only. */
  readonly message: string;
  readonly cause?: unknown;
}

/** The error that a use of a request rejects with. Express, Fastify and Hono answer it by themselves. */
export interface RefusalError extends Error {
  readonly status: number;
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  /** As Hono asks for it. */
  getResponse(): Response;
}

const RETRY_AFTER_MS = 1_000;

/** Nothing was done: the gateway may send the request to another pod. */
const notMine: Refusal = {
  status: 421,
  headers: { 'stateful-route': 'not-mine' },
  message: 'Another pod has this user; nothing was done.',
};

export const withoutUid: Refusal = {
  status: 400,
  headers: {},
  message: `The request names no user. The gateway does it with the header ${UID_HEADER}.`,
};

/** @param answer - `NOT_MINE`, or what `host.enter` rejected with. */
export function refusalOf(answer: unknown): Refusal {
  // A route that does not run holds nobody.
  if (answer === NOT_MINE || isRouteError(answer, 'NOT_RUNNING')) return notMine;
  if (isRouteError(answer, 'INVALID_PARAMETER')) {
    return { status: 400, headers: {}, message: answer.message, cause: answer };
  }
  return unavailable(answer);
}

/** The refusal of a request that may come again later. It may have acted already, so no gateway sends it again. */
export function unavailable(cause: unknown): Refusal {
  const known = typeof cause === 'object' && cause !== null && 'retryAfterMs' in cause && cause.retryAfterMs;
  const retryAfterMs = typeof known === 'number' && known > 0 ? known : RETRY_AFTER_MS;
  return {
    status: 503,
    headers: { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) },
    message: 'This pod cannot serve the user now.',
    cause,
  };
}

/** The headers and the body of a refusal. Only a 400 has a body: it says what to mend. */
export function answerOf(
  { status, headers, message }: Pick<Refusal, 'status' | 'headers' | 'message'>,
  request?: IncomingMessage,
): { readonly headers: Record<string, string>; readonly body: string } {
  const body = status === 400 ? `${message}\n` : '';
  return {
    body,
    headers: {
      ...headers,
      'content-length': String(Buffer.byteLength(body)),
      ...(body && { 'content-type': 'text/plain; charset=utf-8' }),
      // The client does not send the body now, so the next request on this connection would be taken for it.
      ...(request && isWaitingForContinue(request) && { connection: 'close' }),
    },
  };
}

/** The answer to a request whose `uidOf` threw: the error's own `status` if it is the client's fault, as `http-errors` has it. */
export function refusalOfUidError(cause: unknown): Refusal {
  const known = typeof cause === 'object' && cause !== null && 'status' in cause && cause.status;
  const isClients = typeof known === 'number' && known >= 400 && known < 500;
  return {
    status: isClients ? known : 500,
    headers: {},
    message: 'The user of the request is unknown.',
    cause,
  };
}

const refused = Symbol.for('stateful-route.RefusalError');

/** The refusal as an error, with what frameworks need to answer it. */
export function refusalError({ status, headers, message, cause }: Refusal): RefusalError {
  const error = new Error(message, { cause });
  error.name = 'Refused';
  // A user who moved is no fault. Frameworks that log the stack need one line.
  error.stack = `${error.name}: ${message}`;
  const getResponse = (): Response => new Response(null, { status, headers: { ...headers } });
  return Object.assign(error, {
    status,
    statusCode: status,
    headers,
    getResponse,
    [refused]: true,
  }) as RefusalError;
}

/** Also recognises errors of another copy of this package. */
export function isRefusalError(error: unknown): error is RefusalError {
  return typeof error === 'object' && error !== null && refused in error;
}
