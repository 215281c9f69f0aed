import { type ServerResponse, STATUS_CODES } from 'node:http';
import { isRouteError } from '@stateful-route/core';

/** An answer of the gateway itself. It shows no address and no internal error. */
export interface OwnAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

type Situation =
  | 'badGateway'
  | 'timeout'
  | 'closing'
  | 'full'
  | 'bodyTooLarge'
  | 'bodyTimeout'
  | 'mustRepeat';

export const answers: Readonly<Record<Situation, OwnAnswer>> = {
  badGateway: { status: 502, body: 'The server behind the gateway failed to answer.' },
  timeout: { status: 504, body: 'The server behind the gateway did not answer in time.' },
  closing: unavailable('The gateway is closing.', 1_000, { connection: 'close' }),
  full: unavailable('Too many requests are waiting.', 1_000),
  bodyTooLarge: { status: 413, body: 'The body of the request is too large.' },
  bodyTimeout: {
    status: 408,
    body: 'The body of the request did not arrive.',
    headers: { connection: 'close' },
  },
  mustRepeat: unavailable('The user is moving to another server. Send the request again.', 1_000),
};

/** A 503 that says when to ask again. */
export function unavailable(
  body: string,
  retryAfterMs: number,
  headers: Readonly<Record<string, string>> = {},
): OwnAnswer {
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1_000));
  return { status: 503, body, headers: { ...headers, 'retry-after': String(seconds) } };
}

/** The answer to a request whose user could not be located. */
export function answerTo(error: unknown): OwnAnswer {
  if (!isRouteError(error)) return { status: 500, body: 'The gateway failed.' };
  if (isRouteError(error, 'INVALID_PARAMETER'))
    return { status: 400, body: 'The user of the request has no valid name.' };
  const { retryAfterMs } = error as { readonly retryAfterMs?: unknown };
  const waitMs = typeof retryAfterMs === 'number' ? retryAfterMs : 1_000;
  return unavailable('No server can take the request now.', waitMs);
}

export function sendAnswer(response: ServerResponse, { status, body, headers = {} }: OwnAnswer): void {
  if (response.headersSent || response.destroyed) return;
  const text = `${body}\n`;
  // Named, as the response may still have the reason of a pod's answer that could not be sent.
  response.writeHead(status, STATUS_CODES[status], {
    ...headers,
    'content-type': 'text/plain; charset=utf-8',
    'content-length': String(Buffer.byteLength(text)),
  });
  response.end(text);
}
