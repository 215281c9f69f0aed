import type { ClaimOptions, DrainOptions } from '@stateful-route/core';
import {
  type Check,
  checkCount,
  checkDuration,
  checkInteger,
  checkLoad,
  checkMetadata,
  checkRate,
  checkWord,
  invalidParameter,
  optionsCheck,
  ROUTING_STATES,
} from '@stateful-route/core/adapter';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { PodSettings } from '../pod/agent-pod.ts';

const BODY_BYTES_MAX = 65_536;
const USERS_MAX = 1_000_000_000;
const FAILURE_LENGTH_MAX = 1_000;

/** The body of `POST /v1/hand-offs/{id}`. */
export interface HandOffOutcome {
  /** Why the user could not be saved. Absent: the user is saved. */
  readonly failed?: string | undefined;
}

/** The body of a claim. */
export type ClaimBody = Pick<ClaimOptions, 'minToken'>;

/** The body of a drain. */
export type DrainBody = Pick<DrainOptions, 'deadlineMs' | 'ratePerSecond' | 'concurrency'>;

export const checkClaimBody: Check = optionsCheck<ClaimBody>({ minToken: checkCount });

export const checkDrainBody: Check = optionsCheck<DrainBody>({
  deadlineMs: checkDuration,
  ratePerSecond: checkRate,
  concurrency: (value, parameter = 'concurrency') => {
    checkInteger(value, parameter, 1, USERS_MAX);
  },
});

export const checkPodBody: Check = optionsCheck<PodSettings>({
  load: checkLoad,
  routingState: (value, parameter = 'routingState') => {
    checkWord(value, parameter, ROUTING_STATES);
  },
  metadata: checkMetadata,
  maxUsers: (value, parameter = 'maxUsers') => {
    if (value !== null) checkInteger(value, parameter, 1, USERS_MAX);
  },
});

export const checkOutcomeBody: Check = optionsCheck<HandOffOutcome>({
  failed: (value, parameter = 'failed') => {
    if (typeof value !== 'string' || value.length > FAILURE_LENGTH_MAX)
      throw invalidParameter(parameter, `must be a text of at most ${FAILURE_LENGTH_MAX} characters`);
  },
});

/** The body as JSON, checked; an empty one is `{}`. Rejects with `INVALID_PARAMETER`, or with a 413 if it is too long. */
export async function bodyOf<Body extends object>(c: Context, check: Check): Promise<Body> {
  const text = await textOf(c.req.raw);
  let body: unknown = {};
  if (text.trim() !== '') {
    try {
      body = JSON.parse(text);
    } catch {
      throw invalidParameter('body', 'must be JSON');
    }
  }
  check(body, 'body');
  return body as Body;
}

/** Hono's `bodyLimit` makes a `Request` of the server's one where no length is given, which Node's class refuses. */
async function textOf({ body }: Request): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body ?? []) {
    bytes += part.length;
    if (bytes > BODY_BYTES_MAX)
      throw new HTTPException(413, { message: `The body must have at most ${BODY_BYTES_MAX} bytes.` });
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

/** The third part of the path, percent-decoded. Throws `INVALID_PARAMETER`. */
export function namedIn(c: Context, parameter: string): string {
  // The router decodes too, but takes a malformed part as it stands.
  const part = new URL(c.req.url).pathname.split('/')[3] ?? '';
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalidParameter(parameter, 'must be percent-encoded UTF-8');
  }
}
